//! Asking an origin about an object without fetching it, to show an operator what a fetch would meet.

use crate::{
    MirrorFailure,
    client::{Client, SendOptions},
    fetch_request::FetchRequest,
    origin_headers::{OriginTarget, origin_headers},
    origin_requester::uri,
};
use coho_model::Timestamp;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

/// The origin's answer.
#[derive(Debug, Clone)]
pub struct Probe {
    /// The request's method: `HEAD`, or `GET` for one byte.
    pub method: Method,
    /// The status of the answer.
    pub status: StatusCode,
    /// Time until the head of the answer, with the connection if one was made.
    pub latency: Duration,
    /// Length of the whole object in bytes, if the origin sent it.
    pub length: Option<u64>,
    /// The answer's `ETag`.
    pub etag: Option<String>,
    /// The answer's `Last-Modified`.
    pub last_modified: Option<String>,
    /// The address of the connection.
    pub address: Option<SocketAddr>,
}

/// Sends the first request of a fetch as a HEAD; as a GET for one byte where the origin has no HEAD.
pub(crate) async fn probe(client: &Client, request: &FetchRequest, now: Timestamp) -> Result<Probe, MirrorFailure> {
    let head = ask(client, Method::HEAD, request, now).await?;
    if !matches!(head.status, StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED) {
        return Ok(head);
    }
    ask(client, Method::GET, request, now).await
}

async fn ask(client: &Client, method: Method, request: &FetchRequest, now: Timestamp) -> Result<Probe, MirrorFailure> {
    let uri = uri(&request.urls.first)?;
    let mut range = HeaderMap::new();
    if method == Method::GET {
        range.insert(header::RANGE, HeaderValue::from_static("bytes=0-0"));
    }
    let target = OriginTarget { method: &method, uri: &uri, is_rules_server: true, range: &range };
    let headers = origin_headers(client, request, &target, now)?;
    let started = Instant::now();
    // The body is not read: what is left of it ends with its connection.
    let options = SendOptions { bucket: &request.bucket, ignores_breaker: true, mirror: None };
    let answer = client.send(method.clone(), headers, &options, &uri).await?;
    let text = |name| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let of_range = text(header::CONTENT_RANGE).and_then(|range| coho_model::decimal(range.rsplit('/').next()?));
    Ok(Probe {
        method,
        status: answer.status(),
        latency: started.elapsed(),
        length: of_range.or_else(|| coho_model::decimal(&text(header::CONTENT_LENGTH)?)),
        etag: text(header::ETAG),
        last_modified: text(header::LAST_MODIFIED),
        address: answer.body().peer(),
    })
}
