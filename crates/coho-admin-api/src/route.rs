//! Every route of the admin address. The server's dispatch, the command line and the OpenAPI document come from this one
//! table.

use crate::explain::encoded;

/// What a client can do at the admin address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AdminOperation {
    /// Whether the process answers.
    GetHealth,
    /// Whether requests should come here.
    GetReadiness,
    /// The metrics.
    GetMetrics,
    /// The description of this API.
    GetOpenApi,
    /// The events as they happen.
    FollowEvents,
    /// The state of the server.
    GetStatus,
    /// The state of fetches and origins.
    GetMirrorStatus,
    /// How a request is answered, and why.
    Explain,
    /// The settings in force.
    GetConfiguration,
    /// The access keys.
    ListAccessKeys,
    /// The buckets.
    ListBuckets,
    /// One of them.
    GetBucket,
    /// Signs the address of an object.
    Presign,
    /// The website configuration of a bucket.
    GetWebsite,
    /// Replaces it.
    PutWebsite,
    /// Removes it.
    DeleteWebsite,
    /// Checks a draft of it.
    CheckWebsite,
    /// How a request would be answered under a draft of it, and why.
    ExplainDraft,
    /// What was counted of a bucket in a span of time.
    GetTraffic,
    /// What was counted of all buckets in a span of time.
    GetTotalTraffic,
    /// The versions of the website configuration of a bucket.
    ListWebsiteVersions,
    /// One of them.
    GetWebsiteVersion,
    /// Puts one of them back.
    RestoreWebsiteVersion,
    /// How a bucket fetches.
    GetBucketMirror,
    /// Changes that.
    ChangeBucketMirror,
    /// Forgets missing objects of origins.
    ForgetMissing,
    /// Missing objects of origins.
    ListMissing,
    /// The fetches that failed last.
    ListFailures,
    /// Forgets them.
    ClearFailures,
    /// Closes the circuit breaker of an origin.
    ResetOrigin,
    /// Fetches a missing object.
    FetchObject,
    /// How far the migration of a bucket is.
    GetProgress,
    /// The requests of the API as they are answered.
    FollowRequests,
    /// Where objects of a bucket came from.
    ShowProvenance,
    /// The runs of lifecycle rules.
    GetLifecycleStatus,
    /// Begins one.
    RunLifecycle,
    /// What one would do.
    PreviewLifecycle,
    /// Makes an access key.
    CreateAccessKey,
    /// Changes one.
    ChangeAccessKey,
    /// Removes one.
    DeleteAccessKey,
    /// Gives one another secret.
    RotateAccessKey,
    /// Makes temporary credentials with one.
    CreateSession,
    /// The accounts.
    ListAccounts,
    /// Makes an account.
    CreateAccount,
    /// Changes one.
    ChangeAccount,
    /// Removes one.
    DeleteAccount,
    /// The state of encryption.
    GetEncryption,
    /// Makes a new master key, and has it seal everything.
    RotateMasterKey,
    /// Removes an old master key.
    RetireMasterKey,
    /// The roles.
    ListRoles,
    /// Makes a role.
    CreateRole,
    /// Changes one.
    ChangeRole,
    /// Removes one.
    DeleteRole,
}

/// A method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RouteMethod {
    /// GET, and HEAD without the body.
    Get,
    /// PUT.
    Put,
    /// POST.
    Post,
    /// PATCH.
    Patch,
    /// DELETE.
    Delete,
}

/// Who may use a route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RouteAccess {
    /// Every client that reaches the admin address.
    Open,
    /// Holders of the token.
    Token,
}

/// A route.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// What it does.
    pub operation: AdminOperation,
    /// Its method.
    pub method: RouteMethod,
    /// Its path; `{bucket}` and `{id}` stand for names.
    pub path: &'static str,
    /// Who may use it.
    pub access: RouteAccess,
    /// What it does, in a sentence.
    pub summary: &'static str,
}

const fn route(
    operation: AdminOperation,
    method: RouteMethod,
    path: &'static str,
    access: RouteAccess,
    summary: &'static str,
) -> Route {
    Route { operation, method, path, access, summary }
}

use AdminOperation::*;
use RouteAccess::{Open, Token};
use RouteMethod::{Delete, Get, Patch, Post, Put};

const WEBSITE: &str = "/v1/buckets/{bucket}/website";
const CHECK: &str = "/v1/buckets/{bucket}/website/check";
const EXPLAIN_DRAFT: &str = "/v1/buckets/{bucket}/website/explain";
const TRAFFIC: &str = "/v1/buckets/{bucket}/history";
const TOTAL_TRAFFIC: &str = "/v1/history";
const VERSIONS: &str = "/v1/buckets/{bucket}/website/history";
const VERSION: &str = "/v1/buckets/{bucket}/website/history/{id}";
const RESTORE: &str = "/v1/buckets/{bucket}/website/history/{id}/restore";
const MIRROR: &str = "/v1/buckets/{bucket}/mirror";
const MISSING: &str = "/v1/buckets/{bucket}/mirror/missing";
const FETCH: &str = "/v1/buckets/{bucket}/mirror/fetch";
const PROGRESS: &str = "/v1/buckets/{bucket}/mirror/progress";
const FAILURES: &str = "/v1/mirror/failures";
const RESET: &str = "/v1/mirror/origins/reset";
const LIFECYCLE: &str = "/v1/lifecycle";
const LIFECYCLE_RUN: &str = "/v1/lifecycle/run";
const LIFECYCLE_PREVIEW: &str = "/v1/lifecycle/preview";
const ACCESS_KEYS: &str = "/v1/access-keys";
const ACCESS_KEY: &str = "/v1/access-keys/{id}";
const ROTATION: &str = "/v1/access-keys/{id}/rotate";
const KEY_SESSION: &str = "/v1/access-keys/{id}/sessions";
const ACCOUNTS: &str = "/v1/accounts";
const ACCOUNT: &str = "/v1/accounts/{id}";
const ENCRYPTION: &str = "/v1/encryption";
const MASTER_KEY_ROTATION: &str = "/v1/encryption/rotate";
const MASTER_KEY_RETIREMENT: &str = "/v1/encryption/retire";
const ROLES: &str = "/v1/roles";
const ROLE: &str = "/v1/roles/{id}";
const PROVENANCE: &str = "/v1/buckets/{bucket}/provenance";

/// Every route, in the order of [`AdminOperation`]. The description of the API holds nothing of an installation, so that it
/// is open, like health.
pub const ROUTES: [Route; 53] = [
    route(GetHealth, Get, "/-/healthz", Open, "Answers while the process does."),
    route(GetReadiness, Get, "/-/readyz", Open, "Tells whether requests should come here."),
    route(GetMetrics, Get, "/-/metrics", Open, "Shows the metrics, for Prometheus."),
    route(GetOpenApi, Get, "/-/openapi.json", Open, "Describes this API."),
    route(FollowEvents, Get, "/-/events", Token, "Streams events as they happen, as Server-Sent Events."),
    route(GetStatus, Get, "/v1/status", Token, "Shows the state of the server."),
    route(GetMirrorStatus, Get, "/v1/mirror/status", Token, "Shows the running fetches and the state of origins."),
    route(Explain, Get, "/v1/rules/explain", Token, "Explains how a request is answered, and why. Stores nothing."),
    route(GetConfiguration, Get, "/v1/configuration", Token, "Shows the settings in force and where each comes from."),
    route(ListAccessKeys, Get, ACCESS_KEYS, Token, "Lists the access keys that are accepted, without secrets."),
    route(ListBuckets, Get, "/v1/buckets", Token, "Lists buckets with their settings and counters, by name."),
    route(GetBucket, Get, "/v1/buckets/{bucket}", Token, "Shows a bucket with its settings and counters."),
    route(
        Presign,
        Post,
        "/v1/buckets/{bucket}/presign",
        Token,
        "Signs the address of an object with an access key that the server has.",
    ),
    route(GetWebsite, Get, WEBSITE, Token, "Shows the website configuration of a bucket, with secrets masked."),
    route(PutWebsite, Put, WEBSITE, Token, "Replaces the website configuration of a bucket, or refuses it whole."),
    route(DeleteWebsite, Delete, WEBSITE, Token, "Removes the website configuration of a bucket, if it has one."),
    route(CheckWebsite, Post, CHECK, Token, "Checks a draft of a website configuration as a put does. Stores nothing."),
    route(
        ExplainDraft,
        Post,
        EXPLAIN_DRAFT,
        Token,
        "Explains how a request would be answered under a draft of the website configuration. Stores nothing.",
    ),
    route(GetTraffic, Get, TRAFFIC, Token, "Shows what was counted of a bucket by minute or hour."),
    route(GetTotalTraffic, Get, TOTAL_TRAFFIC, Token, "Shows what was counted of all buckets by minute or hour."),
    route(
        ListWebsiteVersions,
        Get,
        VERSIONS,
        Token,
        "Lists the versions of a bucket's website configuration, newest first.",
    ),
    route(GetWebsiteVersion, Get, VERSION, Token, "Shows a version of a website configuration and what it changed."),
    route(
        RestoreWebsiteVersion,
        Post,
        RESTORE,
        Token,
        "Puts a version back, with the secrets that it had and the checks of today.",
    ),
    route(GetBucketMirror, Get, MIRROR, Token, "Shows how a bucket fetches from its origins."),
    route(ChangeBucketMirror, Patch, MIRROR, Token, "Changes how a bucket fetches, from the next fetch on."),
    route(
        ForgetMissing,
        Delete,
        MISSING,
        Token,
        "Forgets missing objects of origins, so that the next request asks them again.",
    ),
    route(ListMissing, Get, MISSING, Token, "Lists the missing objects of origins that are remembered."),
    route(ListFailures, Get, FAILURES, Token, "Lists the fetches that failed last, with every request to an origin."),
    route(ClearFailures, Delete, FAILURES, Token, "Forgets the failed fetches of a bucket, or all."),
    route(ResetOrigin, Post, RESET, Token, "Closes the circuit breaker of an origin and forgets its failures."),
    route(FetchObject, Post, FETCH, Token, "Fetches a missing object as a GET would, without waiting for it."),
    route(GetProgress, Get, PROGRESS, Token, "Tells how far the migration of a bucket is, and what is not known."),
    route(FollowRequests, Get, "/-/requests", Token, "Streams the requests of the API as they are answered."),
    route(ShowProvenance, Post, PROVENANCE, Token, "Shows which of some objects were fetched, from where and when."),
    route(
        GetLifecycleStatus,
        Get,
        LIFECYCLE,
        Token,
        "Shows the present run of lifecycle rules, the last and the next.",
    ),
    route(RunLifecycle, Post, LIFECYCLE_RUN, Token, "Begins a run of lifecycle rules, unless one is under way."),
    route(
        PreviewLifecycle,
        Get,
        LIFECYCLE_PREVIEW,
        Token,
        "Lists what a run of lifecycle rules would do. Changes nothing.",
    ),
    route(CreateAccessKey, Post, ACCESS_KEYS, Token, "Makes an access key, and shows its secret this once."),
    route(ChangeAccessKey, Patch, ACCESS_KEY, Token, "Enables, disables or limits a key, from the next request on."),
    route(DeleteAccessKey, Delete, ACCESS_KEY, Token, "Removes a key, and ends the sessions that were made with it."),
    route(RotateAccessKey, Post, ROTATION, Token, "Gives a key another secret, and shows that this once."),
    route(
        CreateSession,
        Post,
        KEY_SESSION,
        Token,
        "Makes temporary credentials that a policy may limit. Stores nothing.",
    ),
    route(ListAccounts, Get, ACCOUNTS, Token, "Lists the accounts."),
    route(CreateAccount, Post, ACCOUNTS, Token, "Makes an account."),
    route(ChangeAccount, Patch, ACCOUNT, Token, "Gives an account another display name."),
    route(DeleteAccount, Delete, ACCOUNT, Token, "Removes an account that has neither keys, roles nor buckets."),
    route(GetEncryption, Get, ENCRYPTION, Token, "Shows the master keys, what they seal, and the job under way."),
    route(
        RotateMasterKey,
        Post,
        MASTER_KEY_ROTATION,
        Token,
        "Makes a new master key the active one, and begins to seal every data key by it.",
    ),
    route(
        RetireMasterKey,
        Post,
        MASTER_KEY_RETIREMENT,
        Token,
        "Counts what an old master key seals, and removes the key once that is nothing.",
    ),
    route(ListRoles, Get, ROLES, Token, "Lists the roles that keys can assume."),
    route(CreateRole, Post, ROLES, Token, "Makes a role. `{id}` of the other routes is its id, its ARN or its name."),
    route(
        ChangeRole,
        Patch,
        ROLE,
        Token,
        "Enables, disables or changes a role and its sessions, from the next request on.",
    ),
    route(DeleteRole, Delete, ROLE, Token, "Removes a role, and ends its sessions."),
];

impl AdminOperation {
    /// Its row of the table.
    pub fn route(self) -> &'static Route {
        // A test holds the order.
        &ROUTES[self as usize]
    }

    /// The path with these names, in order, in place of what stands for them.
    pub fn path(self, names: &[&str]) -> String {
        let mut names = names.iter();
        let segment = |segment: &str| match segment.starts_with('{') {
            true => names.next().map(|name| encoded(name).to_string()).unwrap_or_default(),
            false => segment.to_owned(),
        };
        self.route().path.split('/').map(segment).collect::<Vec<_>>().join("/")
    }
}

impl RouteMethod {
    /// The method as a request has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Put => "PUT",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_operation_has_its_own_row_in_order() {
        let places = ROUTES.map(|route| (route.path, route.method)).into_iter().collect::<BTreeSet<_>>();
        assert_eq!(places.len(), ROUTES.len());
        for (index, route) in ROUTES.iter().enumerate() {
            assert_eq!(route.operation as usize, index);
            assert_eq!(route.operation.route().path, route.path);
        }
    }

    #[test]
    fn a_name_is_one_segment_of_a_path() {
        assert_eq!(GetWebsite.path(&["a/b c"]), "/v1/buckets/a%2Fb%20c/website");
        assert_eq!(GetWebsiteVersion.path(&["a", "3"]), "/v1/buckets/a/website/history/3");
        assert_eq!(GetStatus.path(&[]), "/v1/status");
    }
}
