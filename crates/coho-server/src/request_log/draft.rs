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
/// Longest `User-Agent`, in bytes.
const MAX_AGENT_BYTES: usize = 256;
/// Parameters whose names contain one of these, in any case, sign a request or may be secret.
const SECRET_PARTS: [&str; 9] =
    ["signature", "token", "credential", "accesskeyid", "secret", "passw", "auth", "session", "x-oss-date"];

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
            method: call.method.to_string(),
            bucket: call.bucket_name.as_ref().map(ToString::to_string),
            key: call.key.as_ref().map(|key| "/".repeat(call.leading_slashes) + key.as_str()),
            path: None,
            query: harmless(&call.query),
            user_agent: user_agent(&call.headers),
        }
    }

    /// Of a request that was refused before it was read.
    pub(crate) fn of_parts(parts: &Parts) -> Self {
        Self {
            method: parts.method.to_string(),
            bucket: None,
            key: None,
            path: Some(cut(parts.uri.path().to_owned(), MAX_TEXT_BYTES)),
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
    cut(text, MAX_TEXT_BYTES)
}

fn user_agent(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::USER_AGENT)?;
    Some(cut(String::from_utf8_lossy(value.as_bytes()).into_owned(), MAX_AGENT_BYTES))
}

fn cut(mut text: String, bytes: usize) -> String {
    text.truncate(text.floor_char_boundary(bytes));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("security-token=t&password=p&api_token=t&client_secret=s&q=1", "q=1"),
            (&*long, &long[..MAX_TEXT_BYTES]),
        ] {
            assert_eq!(harmless(&Query::parse(raw).unwrap()), expected, "{raw}");
        }
    }
}
