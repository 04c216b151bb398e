//! What each operation takes and answers. The match has no wildcard, so that a new operation must say it.

use super::{
    Schemas,
    document::{Answer, Media, Parameter, RequestBody},
};
use crate::{
    AdminOperation, ServerStatus,
    access::{
        AccessKey, AccessKeyChange, AccessKeys, AccountChange, AccountList, AccountSummary, IssuedAccessKey,
        IssuedKeySession, NewAccessKey, NewAccount, NewKeySession, PresignRequest, PresignedAddress, RotationRequest,
    },
    bucket::{BucketSummary, BucketSummaryPage, BucketsQuery},
    configuration::Configuration,
    encryption::{EncryptionStatus, MasterKeyRetirementRequest, MasterKeyRotationRequest},
    event::AdminEvent,
    explain::{ExplainQuery, Explanation},
    history::{Restored, TrafficHistory, TrafficQuery, WebsiteVersionDetail, WebsiteVersionPage, WebsiteVersionsQuery},
    lifecycle::{LifecyclePreview, LifecyclePreviewQuery, LifecycleRunRequest, LifecycleStatus},
    mirror::{
        BucketMirror, BucketMirrorChange, ClearQuery, ClearedFailures, FailuresQuery, FetchFailures,
        FetchObjectRequest, FetchObjectResult, ForgetQuery, Forgotten, MirrorProgress, MirrorStatus, MissingKeys,
        MissingQuery, OriginReset, OriginResetRequest,
    },
    provenance::{ProvenanceRequest, Provenances},
    request_log::{RequestLogEvent, RequestLogQuery},
    role::{NewRole, RoleChange, RoleList, RoleSummary},
    website::WebsiteCheck,
};
use schemars::{JsonSchema, json_schema};
use std::collections::BTreeMap;

const JSON: &str = "application/json";
const XML: &str = "application/xml";
const TEXT: &str = "text/plain";

/// The parameters, the body and the answers of an operation, but for refusals.
#[derive(Default)]
pub(super) struct Contract {
    pub(super) parameters: Vec<Parameter>,
    pub(super) body: Option<RequestBody>,
    pub(super) answers: BTreeMap<String, Answer>,
}

impl Contract {
    fn answer(status: u16, description: &'static str, media: Option<(&'static str, Media)>) -> Self {
        Self::default().or(status, description, media)
    }

    fn json<T: JsonSchema>(schemas: &mut Schemas, description: &'static str) -> Self {
        let media = Media::of(JSON, schemas.answer::<T>());
        Self::answer(200, description, Some(media))
    }

    fn or(mut self, status: u16, description: &'static str, media: Option<(&'static str, Media)>) -> Self {
        self.answers.insert(status.to_string(), Answer::new(description, media));
        self
    }

    fn query<T: JsonSchema>(mut self, schemas: &mut Schemas) -> Self {
        self.parameters = Parameter::query::<T>(&mut schemas.requests);
        self
    }

    /// The headers of a change that is made only in the state that its editor has seen.
    fn conditional(mut self) -> Self {
        let if_match =
            "The change is made only if the entity tag is one of these; `*`: only if there is a configuration.";
        let if_none_match = "Only `*`: the change is made only if there is no configuration.";
        self.parameters.push(Parameter::header("If-Match", if_match));
        self.parameters.push(Parameter::header("If-None-Match", if_none_match));
        self.answers.insert("412".to_owned(), Answer::reference(super::PROBLEM));
        self
    }

    fn body(mut self, media: (&'static str, Media)) -> Self {
        self.body = Some(RequestBody { required: true, content: [media].into() });
        self
    }

    /// A website configuration that is not stored, in any of its forms.
    fn draft(mut self) -> Self {
        // The path names it.
        self.parameters.retain(|parameter| !parameter.is_named("bucket"));
        let json = Media::of(JSON, json_schema!({ "type": "object" }));
        let content = [Media::text(XML), json, Media::text("application/yaml")].into();
        self.body = Some(RequestBody { required: true, content });
        self
    }
}

pub(super) fn contract(operation: AdminOperation, schemas: &mut Schemas) -> Contract {
    match operation {
        AdminOperation::GetHealth => Contract::answer(200, "The line `ok`.", Some(Media::text(TEXT))),
        AdminOperation::GetReadiness => {
            Contract::answer(200, "The line `ready`, and a line for each shortage.", Some(Media::text(TEXT))).or(
                503,
                "The line `not ready:` with the reason, and a line for each shortage.",
                Some(Media::text(TEXT)),
            )
        }
        AdminOperation::GetMetrics => {
            Contract::answer(200, "The metrics.", Some(Media::text("application/openmetrics-text")))
        }
        AdminOperation::GetOpenApi => {
            let document = Media::of(JSON, json_schema!({ "type": "object" }));
            Contract::answer(200, "This document.", Some(document))
        }
        AdminOperation::FollowEvents => {
            let events = Media::of("text/event-stream", schemas.answer::<AdminEvent>());
            let description = "Events until the client or the server ends the stream, the first of them `hello`. `event` of the schema \
                               is the `event:` line, `data` the `data:` line; the `id:` line is the id of the event.";
            Contract::answer(200, description, Some(events))
        }
        AdminOperation::GetStatus => Contract::json::<ServerStatus>(schemas, "The state."),
        AdminOperation::GetMirrorStatus => Contract::json::<MirrorStatus>(schemas, "The state."),
        AdminOperation::Explain => {
            Contract::json::<Explanation>(schemas, "The explanation.").query::<ExplainQuery>(schemas)
        }
        AdminOperation::GetConfiguration => Contract::json::<Configuration>(schemas, "The settings."),
        AdminOperation::ListAccessKeys => Contract::json::<AccessKeys>(schemas, "The keys."),
        AdminOperation::ListBuckets => {
            Contract::json::<BucketSummaryPage>(schemas, "A page of buckets.").query::<BucketsQuery>(schemas)
        }
        AdminOperation::GetBucket => Contract::json::<BucketSummary>(schemas, "The bucket."),
        AdminOperation::Presign => {
            let asked = Media::of(JSON, schemas.request::<PresignRequest>());
            Contract::json::<PresignedAddress>(schemas, "The address.").body(asked)
        }
        AdminOperation::GetWebsite => Contract::answer(
            200,
            "The configuration. `ETag` names its version, for `If-Match`.",
            Some(Media::text(XML)),
        ),
        AdminOperation::PutWebsite => {
            Contract::answer(204, "The configuration is stored, and in force. `ETag` names its version.", None)
                .body(Media::text(XML))
                .conditional()
        }
        AdminOperation::DeleteWebsite => Contract::answer(204, "The bucket has no configuration.", None).conditional(),
        AdminOperation::CheckWebsite => Contract::json::<WebsiteCheck>(schemas, "What the check finds.").draft(),
        AdminOperation::ExplainDraft => {
            Contract::json::<Explanation>(schemas, "The explanation.").query::<ExplainQuery>(schemas).draft()
        }
        AdminOperation::GetTraffic | AdminOperation::GetTotalTraffic => {
            Contract::json::<TrafficHistory>(schemas, "The counts.").query::<TrafficQuery>(schemas)
        }
        AdminOperation::ListWebsiteVersions => {
            Contract::json::<WebsiteVersionPage>(schemas, "A page of versions.").query::<WebsiteVersionsQuery>(schemas)
        }
        AdminOperation::GetWebsiteVersion => Contract::json::<WebsiteVersionDetail>(schemas, "The version."),
        AdminOperation::RestoreWebsiteVersion => {
            Contract::json::<Restored>(schemas, "Which version is in force now.").conditional()
        }
        AdminOperation::GetBucketMirror => {
            Contract::json::<BucketMirror>(schemas, "The settings, and what is in force.")
        }
        AdminOperation::ChangeBucketMirror => {
            let change = Media::of(JSON, schemas.request::<BucketMirrorChange>());
            Contract::json::<BucketMirror>(schemas, "The settings after the change, and what is in force.").body(change)
        }
        AdminOperation::ForgetMissing => {
            Contract::json::<Forgotten>(schemas, "How many were forgotten.").query::<ForgetQuery>(schemas)
        }
        AdminOperation::ListMissing => {
            Contract::json::<MissingKeys>(schemas, "A page of keys.").query::<MissingQuery>(schemas)
        }
        AdminOperation::ListFailures => {
            Contract::json::<FetchFailures>(schemas, "The failed fetches.").query::<FailuresQuery>(schemas)
        }
        AdminOperation::ClearFailures => {
            Contract::json::<ClearedFailures>(schemas, "How many were forgotten.").query::<ClearQuery>(schemas)
        }
        AdminOperation::FetchObject => {
            let request = Media::of(JSON, schemas.request::<FetchObjectRequest>());
            let result = Media::of(JSON, schemas.answer::<FetchObjectResult>());
            let stored = Media::of(JSON, schemas.answer::<FetchObjectResult>());
            Contract::answer(202, "A fetch is in progress.", Some(result))
                .or(200, "The object is stored already.", Some(stored))
                .body(request)
        }
        AdminOperation::GetProgress => Contract::json::<MirrorProgress>(schemas, "How far the migration is."),
        AdminOperation::FollowRequests => {
            let events = Media::of("text/event-stream", schemas.answer::<RequestLogEvent>());
            let description = "Requests until the client or the server ends the stream, the first event is `hello`. `event` of the schema \
                               is the `event:` line, `data` the `data:` line.";
            Contract::answer(200, description, Some(events)).query::<RequestLogQuery>(schemas)
        }
        AdminOperation::ShowProvenance => {
            let request = Media::of(JSON, schemas.request::<ProvenanceRequest>());
            Contract::json::<Provenances>(schemas, "Those of the objects that are stored.").body(request)
        }
        AdminOperation::GetLifecycleStatus => Contract::json::<LifecycleStatus>(schemas, "The runs."),
        AdminOperation::RunLifecycle => {
            let request = Media::of(JSON, schemas.request::<LifecycleRunRequest>());
            let status = Media::of(JSON, schemas.answer::<LifecycleStatus>());
            Contract::answer(202, "The run is under way.", Some(status)).body(request)
        }
        AdminOperation::PreviewLifecycle => {
            Contract::json::<LifecyclePreview>(schemas, "A page of changes.").query::<LifecyclePreviewQuery>(schemas)
        }
        AdminOperation::CreateAccessKey => {
            let request = Media::of(JSON, schemas.request::<NewAccessKey>());
            let issued = Media::of(JSON, schemas.answer::<IssuedAccessKey>());
            Contract::answer(201, "The key, and its secret.", Some(issued)).body(request)
        }
        AdminOperation::ChangeAccessKey => {
            let request = Media::of(JSON, schemas.request::<AccessKeyChange>());
            Contract::json::<AccessKey>(schemas, "The key as it is now.").body(request)
        }
        AdminOperation::DeleteAccessKey => Contract::answer(204, "The key is removed.", None),
        AdminOperation::RotateAccessKey => {
            let request = Media::of(JSON, schemas.request::<RotationRequest>());
            Contract::json::<IssuedAccessKey>(schemas, "The key, and its new secret.").body(request)
        }
        AdminOperation::CreateSession => {
            let request = Media::of(JSON, schemas.request::<NewKeySession>());
            let issued = Media::of(JSON, schemas.answer::<IssuedKeySession>());
            Contract::answer(201, "The credentials.", Some(issued)).body(request)
        }
        AdminOperation::ListAccounts => Contract::json::<AccountList>(schemas, "The accounts."),
        AdminOperation::CreateAccount => {
            let request = Media::of(JSON, schemas.request::<NewAccount>());
            let account = Media::of(JSON, schemas.answer::<AccountSummary>());
            Contract::answer(201, "The account.", Some(account)).body(request)
        }
        AdminOperation::ChangeAccount => {
            let request = Media::of(JSON, schemas.request::<AccountChange>());
            Contract::json::<AccountSummary>(schemas, "The account as it is now.").body(request)
        }
        AdminOperation::DeleteAccount => Contract::answer(204, "The account is removed.", None),
        AdminOperation::GetEncryption => Contract::json::<EncryptionStatus>(schemas, "The state of encryption."),
        AdminOperation::RotateMasterKey => {
            let request = Media::of(JSON, schemas.request::<MasterKeyRotationRequest>());
            let status = Media::of(JSON, schemas.answer::<EncryptionStatus>());
            Contract::answer(202, "The job is under way.", Some(status)).body(request)
        }
        AdminOperation::RetireMasterKey => {
            let request = Media::of(JSON, schemas.request::<MasterKeyRetirementRequest>());
            let status = Media::of(JSON, schemas.answer::<EncryptionStatus>());
            Contract::answer(202, "The job is under way.", Some(status)).body(request)
        }
        AdminOperation::ListRoles => Contract::json::<RoleList>(schemas, "The roles."),
        AdminOperation::CreateRole => {
            let request = Media::of(JSON, schemas.request::<NewRole>());
            let role = Media::of(JSON, schemas.answer::<RoleSummary>());
            Contract::answer(201, "The role.", Some(role)).body(request)
        }
        AdminOperation::ChangeRole => {
            let request = Media::of(JSON, schemas.request::<RoleChange>());
            Contract::json::<RoleSummary>(schemas, "The role as it is now.").body(request)
        }
        AdminOperation::DeleteRole => Contract::answer(204, "The role is removed.", None),
        AdminOperation::ResetOrigin => {
            let request = Media::of(JSON, schemas.request::<OriginResetRequest>());
            Contract::json::<OriginReset>(schemas, "The state before.").body(request)
        }
    }
}
