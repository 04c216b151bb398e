//! Bucket policies, and those of sessions.

use crate::parts;
use coho_auth::{PolicyFacts, PolicyRequest, Principal, evaluate, is_public};
use coho_model::PolicyKey;
use coho_oss::document::policy;
use std::{
    borrow::Cow,
    net::{IpAddr, Ipv4Addr},
};

struct AnyFacts<'a>(&'a str);

impl PolicyFacts for AnyFacts<'_> {
    fn text(&self, _key: &PolicyKey) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.0))
    }

    fn address(&self) -> Option<IpAddr> {
        Some(Ipv4Addr::LOCALHOST.into())
    }

    fn unix_ms(&self) -> i64 {
        0
    }

    fn flag(&self, _key: &PolicyKey) -> bool {
        false
    }
}

/// Any policy that is accepted gives a verdict on any request, and is kept as it is.
/// Input: a JSON document, then a key.
pub fn bucket_policy(input: &[u8]) {
    let (document, key) = parts(input);
    // The policy of a session names no principal.
    if let Ok(session) = policy::parse_session(&String::from_utf8_lossy(document)) {
        assert!(session.statements.iter().all(|statement| statement.principals.is_empty()));
    }
    let Ok(parsed) = policy::parse(document) else { return };
    assert_eq!(parsed.document.as_bytes(), document);
    let key = String::from_utf8_lossy(key);
    is_public(&parsed);
    for principal in [Principal::Anonymous, Principal::Owner("1"), Principal::Account("2")] {
        let request = PolicyRequest {
            principal,
            action: "oss:GetObject",
            region: "r",
            owner: "1",
            bucket: "b",
            key: Some(&key),
            is_public_blocked: false,
        };
        evaluate(&parsed, &request, &AnyFacts(&key));
    }
}
