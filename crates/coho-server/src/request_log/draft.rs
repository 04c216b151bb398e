//! What is recorded of a request, and when: at the end of its answer.

use crate::{call::Call, context::Context, transport::Peer};
use coho_admin_api::request_log::{LoggedRequest, RequestAnswer};
use coho_model::{Query, Timestamp, TrafficCounter};
use http::{HeaderMap, StatusCode, header, request::Parts};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

/// Longest query and longest path, in bytes.
const MAX_TEXT_BYTES: usize = 512;
/// Longest key with the slashes before it, in bytes: one more than the longest key of an object.
const MAX_KEY_BYTES: usize = 1024;
/// Longest method, in bytes: any token is one.
const MAX_METHOD_BYTES: usize = 32;
/// Longest `User-Agent`, in bytes.
const MAX_AGENT_BYTES: usize = 256;
/// Parameters whose names contain one of these, in any case, sign a request or may be secret.
const SECRET_PARTS: [&str; 10] = [
    "signature",
    "token",
    "credential",
    "accesskeyid",
    "secret",
    "passw",
    "auth",
    "session",
    "externalid",
    "x-oss-date",
];

/// A request whose answer is not known.
pub(crate) struct RequestDraft {
    method: String,
    bucket: Option<String>,
    key: Option<String>,
    path: Option<String>,
    query: String,
    user_agent: Option<String>,
}

/// What the answer adds.
pub(crate) struct RequestEnd<'a> {
    pub(crate) id: &'a str,
    pub(crate) at: Timestamp,
    pub(crate) started: Instant,
    pub(crate) peer: Peer,
    pub(crate) operation: &'static str,
    pub(crate) status: StatusCode,
    pub(crate) code: Option<String>,
    pub(crate) class: TrafficCounter,
    pub(crate) received: u64,
}

/// A request whose answer is on its way. It is recorded when this is dropped.
pub(crate) struct PendingRequest {
    context: Arc<Context>,
    request: Option<LoggedRequest>,
    started: Instant,
    sent: AtomicU64,
}

impl RequestDraft {
    /// Of a request that was read.
    pub(crate) fn of_call(call: &Call) -> Self {
        Self {
            method: cut(call.method.as_str(), MAX_METHOD_BYTES),
            bucket: call.bucket_name.as_ref().map(ToString::to_string),
            key: call.key.as_ref().map(|key| written_key(call.leading_slashes, key.as_str())),
            path: None,
            query: harmless(&call.query),
            user_agent: user_agent(&call.headers),
        }
    }

    /// Of a request that was refused before it was read.
    pub(crate) fn of_parts(parts: &Parts) -> Self {
        Self {
            method: cut(parts.method.as_str(), MAX_METHOD_BYTES),
            bucket: None,
            key: None,
            path: Some(cut(parts.uri.path(), MAX_TEXT_BYTES)),
            query: Query::parse(parts.uri.query().unwrap_or_default())
                .map(|query| harmless(&query))
                .unwrap_or_default(),
            user_agent: user_agent(&parts.headers),
        }
    }

    pub(crate) fn answered(self, context: Arc<Context>, end: RequestEnd<'_>) -> PendingRequest {
        let request = LoggedRequest {
            at: end.at.iso8601(),
            request_id: end.id.to_owned(),
            client: end.peer.address.map(|address| address.to_string()),
            method: self.method,
            operation: end.operation.to_owned(),
            bucket: self.bucket,
            key: self.key,
            path: self.path,
            query: self.query,
            status: end.status.as_u16(),
            code: end.code,
            answered: answer(end.class),
            in_bytes: end.received,
            out_bytes: 0,
            duration_ms: 0.0,
            user_agent: self.user_agent,
        };
        PendingRequest { context, request: Some(request), started: end.started, sent: AtomicU64::new(0) }
    }
}

impl PendingRequest {
    pub(crate) fn add(&self, bytes: usize) {
        self.sent.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

impl Drop for PendingRequest {
    fn drop(&mut self) {
        if let Some(mut request) = self.request.take() {
            request.out_bytes = self.sent.load(Ordering::Relaxed);
            request.duration_ms = self.started.elapsed().as_secs_f64() * 1000.0;
            self.context.request_log.record(request);
        }
    }
}

fn answer(class: TrafficCounter) -> RequestAnswer {
    match class {
        TrafficCounter::Hits => RequestAnswer::Hit,
        TrafficCounter::Mirrored => RequestAnswer::Mirrored,
        TrafficCounter::Redirects => RequestAnswer::Redirect,
        TrafficCounter::ClientErrors => RequestAnswer::Refused,
        TrafficCounter::ServerErrors => RequestAnswer::Failed,
        _ => RequestAnswer::Other,
    }
}

/// The parameters but for those that sign the request or may be secret.
fn harmless(query: &Query) -> String {
    let is_secret = |name: &str| {
        let name = name.to_ascii_lowercase();
        SECRET_PARTS.iter().any(|part| name.contains(part))
    };
    let mut text = String::new();
    for (name, value) in query.pairs().iter().filter(|(name, _)| !is_secret(name)) {
        if text.len() > MAX_TEXT_BYTES {
            break;
        }
        let separator = if text.is_empty() { "" } else { "&" };
        let equals = if value.is_empty() { "" } else { "=" };
        text.extend([separator, name, equals, value]);
    }
    cut(&text, MAX_TEXT_BYTES)
}

/// A key as it was written: a client may send any number of slashes before it.
fn written_key(leading_slashes: usize, key: &str) -> String {
    cut(&("/".repeat(leading_slashes.min(MAX_KEY_BYTES)) + key), MAX_KEY_BYTES)
}

fn user_agent(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::USER_AGENT)?;
    Some(cut(&String::from_utf8_lossy(value.as_bytes()), MAX_AGENT_BYTES))
}

/// A copy: a longer text that is only truncated would keep its memory as long as the request is kept.
fn cut(text: &str, bytes: usize) -> String {
    text[..text.floor_char_boundary(bytes)].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    #[test]
    fn a_kept_request_holds_no_more_memory_than_it_shows() {
        let long = "é".repeat(50_000);
        let path = format!("/{}?prefix={}", "p".repeat(50_000), "q".repeat(10_000));
        let request =
            Request::builder().method(&*"M".repeat(50_000)).uri(path).header("user-agent", &*"a".repeat(50_000));
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let RequestDraft { method, path, query, user_agent, .. } = RequestDraft::of_parts(&parts);
        for (text, most) in [
            (method, MAX_METHOD_BYTES),
            (path.unwrap(), MAX_TEXT_BYTES),
            (query, MAX_TEXT_BYTES),
            (user_agent.unwrap(), MAX_AGENT_BYTES),
            (written_key(50_000, "key"), MAX_KEY_BYTES),
            (cut(&long, 9), 9),
        ] {
            assert!(text.len() + 1 >= most && text.capacity() <= most, "{} of {}", text.len(), text.capacity());
        }
        assert_eq!(written_key(2, "key"), "//key");
    }

    #[test]
    fn what_signs_a_request_is_left_out_of_its_query() {
        let long = format!("a={}", "x".repeat(2000));
        for (raw, expected) in [
            ("", ""),
            ("acl", "acl"),
            ("prefix=a%2Fb&max-keys=3", "prefix=a/b&max-keys=3"),
            ("OSSAccessKeyId=id&Expires=9&Signature=s&versionId=7", "Expires=9&versionId=7"),
            (
                "x-oss-signature=s&x-oss-credential=c&x-oss-security-token=t&x-oss-process=style/x",
                "x-oss-process=style/x",
            ),
            ("x-oss-signature-version=OSS4&x-oss-date=d&X-OSS-SIGNATURE=s", ""),
            ("Action=AssumeRole&SignatureNonce=n&AccessKeyId=a&ExternalId=e&Signature=s", "Action=AssumeRole"),
            ("security-token=t&password=p&api_token=t&client_secret=s&q=1", "q=1"),
            (&*long, &long[..MAX_TEXT_BYTES]),
        ] {
            assert_eq!(harmless(&Query::parse(raw).unwrap()), expected, "{raw}");
        }
    }
}
