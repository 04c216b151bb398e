//! Any policy that is accepted gives a verdict on any request, and is kept as it is.
//! Input: a JSON document, a zero byte, a key.
#![no_main]

use coho_auth::{PolicyFacts, PolicyRequest, Principal, evaluate, is_public};
use coho_model::PolicyKey;
use coho_oss::document::policy;
use std::{borrow::Cow, net::IpAddr};

struct NoFacts;

impl PolicyFacts for NoFacts {
    fn text(&self, _key: &PolicyKey) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(""))
    }

    fn address(&self) -> Option<IpAddr> {
        None
    }

    fn unix_ms(&self) -> i64 {
        0
    }

    fn flag(&self, _key: &PolicyKey) -> bool {
        false
    }
}

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some(at) = input.iter().position(|byte| *byte == 0) else { return };
    // The policy of a session names no principal.
    if let Ok(session) = policy::parse_session(&String::from_utf8_lossy(&input[..at])) {
        assert!(session.statements.iter().all(|statement| statement.principals.is_empty()));
    }
    let Ok(parsed) = policy::parse(&input[..at]) else { return };
    assert_eq!(parsed.document.as_bytes(), &input[..at]);
    let key = String::from_utf8_lossy(&input[at + 1..]);
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
        evaluate(&parsed, &request, &NoFacts);
    }
});
