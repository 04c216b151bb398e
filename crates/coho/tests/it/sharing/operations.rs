//! Every operation on a bucket or its objects asks the policy, by its own action: an operation without a row here fails.

use coho_oss::{Level, Operation};
use coho_testkit::oss::expect;

use super::{Accounts, OTHER, send};

/// What asks for an operation: `METHOD target`. Operations that Coho does not have are left out when the test runs.
#[rustfmt::skip]
const REQUESTS: &[(&str, &str)] = &[
    ("DeleteBucket", "DELETE /ops-b/"),
    ("ListObjects", "GET /ops-b/"),
    ("ListObjectsV2", "GET /ops-b/?list-type=2"),
    ("ListObjectVersions", "GET /ops-b/?versions"),
    ("ListMultipartUploads", "GET /ops-b/?uploads"),
    ("ListLiveChannel", "GET /ops-b/?live"),
    ("GetBucketInfo", "GET /ops-b/?bucketInfo"),
    ("GetBucketLocation", "GET /ops-b/?location"),
    ("GetBucketStat", "GET /ops-b/?stat"),
    ("GetBucketAcl", "GET /ops-b/?acl"),
    ("PutBucketAcl", "PUT /ops-b/?acl"),
    ("GetBucketVersioning", "GET /ops-b/?versioning"),
    ("PutBucketVersioning", "PUT /ops-b/?versioning"),
    ("GetBucketWebsite", "GET /ops-b/?website"),
    ("PutBucketWebsite", "PUT /ops-b/?website"),
    ("DeleteBucketWebsite", "DELETE /ops-b/?website"),
    ("DeleteMultipleObjects", "POST /ops-b/?delete"),
    ("PutBucketPublicAccessBlock", "PUT /ops-b/?publicAccessBlock"),
    ("GetBucketPublicAccessBlock", "GET /ops-b/?publicAccessBlock"),
    ("DeleteBucketPublicAccessBlock", "DELETE /ops-b/?publicAccessBlock"),
    ("GetBucketStorageCapacity", "GET /ops-b/?qos"),
    ("GetBucketOverwriteConfig", "GET /ops-b/?overwriteConfig"),
    ("GetBucketCallbackPolicy", "GET /ops-b/?policy&comp=callback"),
    ("ListAccessPoints", "GET /ops-b/?accessPoint"),
    ("GetAccessPoint", "GET /ops-b/?accessPoint"),
    ("GetAccessPointPolicy", "GET /ops-b/?accessPointPolicy"),
    ("GetAccessPointForObjectProcess", "GET /ops-b/?accessPointForObjectProcess"),
    ("GetAccessPointConfigForObjectProcess", "GET /ops-b/?accessPointConfigForObjectProcess"),
    ("GetAccessPointPolicyForObjectProcess", "GET /ops-b/?accessPointPolicyForObjectProcess"),
    ("GetBucketAccessMonitor", "GET /ops-b/?accessmonitor"),
    ("GetBucketArchiveDirectRead", "GET /ops-b/?bucketArchiveDirectRead"),
    ("PutBucketArchiveDirectRead", "PUT /ops-b/?bucketArchiveDirectRead"),
    ("GetBucketCors", "GET /ops-b/?cors"),
    ("PutBucketCors", "PUT /ops-b/?cors"),
    ("DeleteBucketCors", "DELETE /ops-b/?cors"),
    ("GetBucketEncryption", "GET /ops-b/?encryption"),
    ("PutBucketEncryption", "PUT /ops-b/?encryption"),
    ("DeleteBucketEncryption", "DELETE /ops-b/?encryption"),
    ("GetBucketHttpsConfig", "GET /ops-b/?httpsConfig"),
    ("GetBucketInventory", "GET /ops-b/?inventory&inventoryId=x"),
    ("ListBucketInventory", "GET /ops-b/?inventory"),
    ("GetBucketLifecycle", "GET /ops-b/?lifecycle"),
    ("PutBucketLifecycle", "PUT /ops-b/?lifecycle"),
    ("DeleteBucketLifecycle", "DELETE /ops-b/?lifecycle"),
    ("GetBucketLogging", "GET /ops-b/?logging"),
    ("GetBucketPolicy", "GET /ops-b/?policy"),
    ("PutBucketPolicy", "PUT /ops-b/?policy"),
    ("DeleteBucketPolicy", "DELETE /ops-b/?policy"),
    ("GetBucketPolicyStatus", "GET /ops-b/?policyStatus"),
    ("GetBucketReferer", "GET /ops-b/?referer"),
    ("PutBucketReferer", "PUT /ops-b/?referer"),
    ("GetBucketReplication", "GET /ops-b/?replication"),
    ("GetBucketReplicationLocation", "GET /ops-b/?replicationLocation"),
    ("GetBucketReplicationProgress", "GET /ops-b/?replicationProgress&rule-id=x"),
    ("GetBucketRequestPayment", "GET /ops-b/?requestPayment"),
    ("PutBucketRequestPayment", "PUT /ops-b/?requestPayment"),
    ("GetBucketResourceGroup", "GET /ops-b/?resourceGroup"),
    ("GetBucketTags", "GET /ops-b/?tagging"),
    ("PutBucketTags", "PUT /ops-b/?tagging"),
    ("DeleteBucketTags", "DELETE /ops-b/?tagging"),
    ("GetBucketTransferAcceleration", "GET /ops-b/?transferAcceleration"),
    ("GetBucketWorm", "GET /ops-b/?worm"),
    ("GetMetaQueryStatus", "GET /ops-b/?metaQuery"),
    ("GetStyle", "GET /ops-b/?style&styleName=x"),
    ("ListStyle", "GET /ops-b/?style"),
    ("GetUserDefinedLogFieldsConfig", "GET /ops-b/?userDefinedLogFieldsConfig"),
    ("ListBucketDataRedundancyTransition", "GET /ops-b/?redundancyTransition"),
    ("ListCname", "GET /ops-b/?cname"),
    ("GetObjectTagging", "GET /ops-b/k?tagging"),
    ("PutObjectTagging", "PUT /ops-b/k?tagging"),
    ("DeleteObjectTagging", "DELETE /ops-b/k?tagging"),
    ("GetSymlink", "GET /ops-b/k?symlink"),
    ("PutSymlink", "PUT /ops-b/link?symlink"),
    ("GetLiveChannelInfo", "GET /ops-b/k?live"),
    ("GetObject", "GET /ops-b/k"),
    ("HeadObject", "HEAD /ops-b/k"),
    ("GetObjectMeta", "HEAD /ops-b/k?objectMeta"),
    ("PutObject", "PUT /ops-b/new"),
    ("CopyObject", "PUT /ops-b/copy"),
    ("AppendObject", "POST /ops-b/appended?append&position=0"),
    ("SealAppendObject", "POST /ops-b/k?seal&position=0"),
    ("DeleteObject", "DELETE /ops-b/k"),
    ("GetObjectAcl", "GET /ops-b/k?acl"),
    ("PutObjectAcl", "PUT /ops-b/k?acl"),
    ("RestoreObject", "POST /ops-b/k?restore"),
    ("CleanRestoredObject", "POST /ops-b/k?cleanRestoredObject"),
    ("InitiateMultipartUpload", "POST /ops-b/k?uploads"),
    ("UploadPart", "PUT /ops-b/k?partNumber=1&uploadId=U"),
    ("UploadPartCopy", "PUT /ops-b/k?partNumber=1&uploadId=U"),
    ("CompleteMultipartUpload", "POST /ops-b/k?uploadId=U"),
    ("AbortMultipartUpload", "DELETE /ops-b/k?uploadId=U"),
    ("ListParts", "GET /ops-b/k?uploadId=U"),
];

/// What a request of its operation needs besides its target.
pub(super) fn headers_and_body(operation: &str) -> (&'static [(&'static str, &'static str)], &'static str) {
    match operation {
        "CopyObject" | "UploadPartCopy" => (&[("x-oss-copy-source", "/source-b/k")], ""),
        "GetAccessPoint" => (&[("x-oss-access-point-name", "x")], ""),
        "PutBucketAcl" => (&[("x-oss-acl", "private")], ""),
        "PutObjectAcl" => (&[("x-oss-object-acl", "private")], ""),
        "PutSymlink" => (&[("x-oss-symlink-target", "k")], ""),
        "DeleteMultipleObjects" => (&[], "<Delete><Object><Key>k</Key></Object></Delete>"),
        _ => (&[], "not what was asked for"),
    }
}

/// `METHOD target` of an operation on the bucket `ops-b` or on one of its objects.
#[track_caller]
pub(super) fn request_of(name: &str) -> &'static str {
    let row = REQUESTS.iter().find(|(of, _)| *of == name);
    row.unwrap_or_else(|| panic!("{name} has no row: what asks for it?")).1
}

#[test]
fn each_operation_is_refused_allowed_and_denied_by_its_action() {
    let Accounts { server: _server, owner, other, .. } = Accounts::start();
    owner.put_bucket("source-b", "public-read");
    owner.put("source-b", "k", b"v");
    for operation in Operation::ALL.iter().filter(|operation| is_about_a_bucket(**operation)) {
        let (name, action) = (operation.name(), operation.action());
        let (method, target) = request_of(name).split_once(' ').unwrap();
        let (headers, body) = headers_and_body(name);
        let ask = || send(&other, method, target, headers, body);
        owner.put_bucket("ops-b", "private");
        owner.put("ops-b", "k", b"v");
        let put_policy = |effect: &str, action: &str| {
            let policy = format!(
                "{{\"Version\":\"1\",\"Statement\":[{{\"Effect\":\"{effect}\",\"Principal\":[\"{OTHER}\"],\
                 \"Action\":[\"{action}\"],\"Resource\":[\"acs:oss:*:*:ops-b\",\"acs:oss:*:*:ops-b/*\"]}}]}}"
            );
            expect(200, &send(&owner, "PUT", "/ops-b/?policy", &[], &policy));
        };
        let without = ask();
        assert_eq!(without.status(), 403, "{name} without a policy: {without:?}");
        put_policy("Allow", if action == "oss:PostVodPlaylist" { "oss:GetVodPlaylist" } else { "oss:PostVodPlaylist" });
        let with_another = ask();
        assert_eq!(with_another.status(), 403, "{name} with another action: {with_another:?}");
        // What it then answers is its own affair: many of these requests are not sensible.
        put_policy("Allow", action);
        let allowed = ask();
        assert_ne!(allowed.status(), 403, "{name} allowed: {allowed:?}");
        owner.put_bucket("ops-b", "public-read-write");
        owner.put("ops-b", "k", b"v");
        put_policy("Deny", action);
        let denied = ask();
        assert_eq!(
            (denied.status(), denied.get("x-oss-ec")),
            (403, Some("0003-00000101")),
            "{name} denied: {denied:?}"
        );
        expect(204, &send(&owner, "DELETE", "/ops-b/?policy", &[], ""));
    }
}

/// A preflight has no sender to judge; creating a bucket is about none that exists.
pub(super) fn is_about_a_bucket(operation: Operation) -> bool {
    // The sender of a form is named in it: `forms.rs` has its policies.
    let has_sender = !matches!(operation, Operation::OptionObject | Operation::PostObject);
    operation.level() != Level::Service && has_sender && operation != Operation::PutBucket
}
