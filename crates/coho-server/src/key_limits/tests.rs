use super::*;
use crate::{authorize::Right, transport::Peer};
use coho_auth::Form;
use coho_model::{KeyNeed, KeyRights, Query, Timestamp, website::Protocol};
use coho_oss::document::policy::parse_session;
use http::HeaderMap;
use std::sync::Arc;

/// Whether limits allow an operation on `photos`, or on the key of it.
fn allowed(limits: KeyLimits, operation: Operation, key: Option<&str>, query: &str) -> bool {
    let identity = Identity::Signed {
        access_key_id: "k".into(),
        owner: "1001".into(),
        form: Form::Header,
        limits: Some(Arc::new(limits)),
    };
    let (headers, query) = (HeaderMap::new(), Query::parse(query).unwrap());
    let sender = Sender {
        identity: &identity,
        headers: &headers,
        query: &query,
        peer: Peer { scheme: Protocol::Http, address: None },
        now: Timestamp::from_unix_ms(0),
        region: "cn-hangzhou",
        names_version: false,
        is_account_blocked: false,
    };
    let key = key.map(|key| ObjectKey::parse(key).unwrap());
    let access = RequestedAccess { operation, right: Right::Own, key: key.as_ref() };
    let bucket = if operation.level() == Level::Service { "" } else { "photos" };
    check(&sender, access, Limited::new(bucket, "1001")).is_ok()
}

fn by_rights(rights: &[&str]) -> KeyLimits {
    KeyLimits { rights: Some(KeyRights::parse(rights).unwrap()), policy: None }
}

fn by_policy(document: &str) -> KeyLimits {
    KeyLimits { rights: None, policy: Some(Box::new(parse_session(document).unwrap())) }
}

fn key_of(operation: Operation) -> Option<&'static str> {
    let of_objects = matches!(operation, Operation::DeleteMultipleObjects | Operation::PostObject);
    (operation.level() == Level::Object || of_objects).then_some("2024/a")
}

#[test]
fn every_operation_is_within_full_rights_and_needs_some_right() {
    for operation in Operation::ALL.iter().copied() {
        let key = key_of(operation);
        let allowed = |limits| allowed(limits, operation, key, "prefix=2024/");
        assert!(allowed(by_rights(&["full"])), "{operation}");
        assert!(allowed(by_rights(&["admin"])), "{operation}");
        assert!(!allowed(by_rights(&["full:other", "read-write:photo"])), "{operation}");
        assert!(!allowed(by_rights(&["read-write:photos/2025/"])), "{operation}");
        let of_bucket = operation.level() != Level::Service;
        assert_eq!(allowed(by_rights(&["full:photos"])), of_bucket, "{operation}");
        let need = operation.need();
        assert_eq!(allowed(by_rights(&["read-only"])), need == KeyNeed::Read, "{operation}");
        assert_eq!(allowed(by_rights(&["read-write:photos"])), of_bucket && need != KeyNeed::Manage, "{operation}");
        let action = operation.action();
        let of_action = |effect: &str| {
            by_policy(&format!(
                r#"{{"Version":"1","Statement":[{{"Effect":"Allow","Action":"*","Resource":"*"}},
                    {{"Effect":"{effect}","Action":"{action}","Resource":"*"}}]}}"#
            ))
        };
        assert!(allowed(of_action("Allow")) && !allowed(of_action("Deny")), "{operation}");
        let both = KeyLimits { rights: by_rights(&["full:other"]).rights, ..of_action("Allow") };
        assert!(!allowed(both), "{operation}: the policy of a session gives no right");
    }
}

#[test]
fn rights_to_a_prefix_cover_its_objects_and_listings_alone() {
    let check = |operation, key, query: &str, expected| {
        let limits = by_rights(&["read-only:photos/2024/"]);
        assert_eq!(allowed(limits, operation, key, query), expected, "{operation} {key:?} {query}");
    };
    check(Operation::GetObject, Some("2024/a"), "", true);
    check(Operation::GetObject, Some("2023/a"), "", false);
    check(Operation::PutObject, Some("2024/a"), "", false);
    check(Operation::ListObjectsV2, None, "list-type=2&prefix=2024%2F05", true);
    check(Operation::ListObjectsV2, None, "list-type=2&prefix=2023/&prefix=2024/", false);
    check(Operation::ListObjects, None, "", false);
    check(Operation::ListMultipartUploads, None, "uploads&prefix=2024/", true);
    check(Operation::GetBucketInfo, None, "bucketInfo&prefix=2024/", false);
    check(Operation::ListBuckets, None, "prefix=2024/", false);
}

#[test]
fn the_policy_of_a_session_allows_what_it_names_and_denies_the_rest() {
    let document = r#"{"Version":"1","Statement":[
        {"Effect":"Allow","Action":["oss:Get*","oss:PutObject"],"Resource":"acs:oss:*:1001:photos/2024/*"},
        {"Effect":"Allow","Action":"oss:ListObjects","Resource":["acs:oss:*:*:photos"],
         "Condition":{"StringLike":{"oss:Prefix":["2024/*"]}}},
        {"Effect":"Deny","Action":"oss:*","Resource":"acs:oss:*:*:photos/2024/secret"}]}"#;
    let check = |operation, key, query: &str, expected| {
        assert_eq!(allowed(by_policy(document), operation, key, query), expected, "{operation} {key:?} {query}");
    };
    check(Operation::GetObject, Some("2024/a"), "", true);
    check(Operation::UploadPart, Some("2024/a"), "", true);
    check(Operation::DeleteObject, Some("2024/a"), "", false);
    check(Operation::GetObject, Some("2024/secret"), "", false);
    check(Operation::GetObject, Some("2023/a"), "", false);
    check(Operation::ListObjectsV2, None, "prefix=2024/05", true);
    check(Operation::ListObjects, None, "", false);
    check(Operation::ListBuckets, None, "", false);
    let all =
        r#"{"Version":"1","Statement":[{"Effect":"Allow","Action":"oss:ListBuckets","Resource":"acs:oss:*:*:*"}]}"#;
    assert!(allowed(by_policy(all), Operation::ListBuckets, None, ""));
}
