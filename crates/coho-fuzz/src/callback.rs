//! Upload callbacks.

use base64::{Engine, engine::general_purpose::STANDARD};
use coho_model::Query;
use coho_oss::callback::{self, CallbackBodyType, CallbackValues, MAX_BODY_BYTES};
use http::{HeaderMap, HeaderValue};

/// Any callback is read or refused, and its body is bounded and, where it says so, JSON.
/// Input: two lines, the JSON of the callback and of its variables.
pub fn callback(input: &[u8]) {
    let (json, variables) = match input.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&input[..end], &input[end + 1..]),
        None => (input, &b"{}"[..]),
    };
    let mut headers = HeaderMap::new();
    for (name, json) in [("x-oss-callback", json), ("x-oss-callback-var", variables)] {
        let Ok(value) = HeaderValue::try_from(STANDARD.encode(json)) else { return };
        headers.insert(name, value);
    }
    let Ok(Some(found)) = callback::of_request(&headers, &Query::default(), "dir/\"key\"") else { return };
    let values = CallbackValues {
        bucket: "bucket",
        object: "dir/\"key\"",
        etag: "D41D8CD98F00B204E9800998ECF8427E",
        size: 5,
        mime_type: "text/plain",
        image: None,
        crc64: "1",
        content_md5: "",
        client_ip: "::1",
        request_id: "0123456789ABCDEF01234567",
        operation: "PutObject",
    };
    let body = found.body(&values).expect("the sizes were checked");
    assert!(body.len() <= MAX_BODY_BYTES);
    assert!(found.body_type != CallbackBodyType::Json || callback::is_json(&body));
    for url in &found.urls {
        assert!(callback::signed_text(url, &body).ends_with(&body));
        assert!(url.uri().host().is_some_and(|host| !host.is_empty()));
    }
}
