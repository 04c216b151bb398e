//! Every configuration and key yields a decision, and a location that is safe to send.
//! Input: an XML document, a zero byte, a key.
#![no_main]

use coho_model::{ObjectKey, website::Protocol};
use coho_oss::document::website;
use coho_rules::{Access, Decision, Method, NoHeaders, NoTrace, Observation, RuleRequest, decide};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    let Some(at) = input.iter().position(|byte| *byte == 0) else { return };
    let Ok(document) = website::parse(&input[..at]) else { return };
    let key = ObjectKey::parse(&String::from_utf8_lossy(&input[at + 1..])).ok();
    for found in [Observation::Missing, Observation::Present, Observation::Refused(403), Observation::Refused(500)] {
        let request = RuleRequest {
            bucket: "bucket",
            key: key.as_ref(),
            method: Method::Get,
            raw_query: "a=b",
            headers: &NoHeaders,
            scheme: Protocol::Http,
            host: "127.0.0.1",
            path_style: true,
            access: Access::Anonymous,
        };
        if let Decision::Redirect(to) = decide(Some(&document), request, |_| found, NoTrace) {
            assert!(to.location.bytes().all(|byte| byte.is_ascii_graphic()), "{}", to.location);
        }
    }
});
