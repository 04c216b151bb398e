//! Asking an origin about an object without fetching it, for those who want to know what a fetch would meet.

use crate::{MirrorFailure, client::Client, connect::Used};
use coho_model::BucketName;
use coho_rules::OriginUrl;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

/// What the origin said.
#[derive(Debug, Clone)]
pub struct Probe {
    /// How it was asked: `HEAD`, or `GET` for one byte.
    pub method: Method,
    /// Its status.
    pub status: StatusCode,
    /// Until the head of the answer, with the connection if one was made.
    pub latency: Duration,
    /// The length of the whole object in bytes, as far as it was told.
    pub length: Option<u64>,
    /// Its `ETag`.
    pub etag: Option<String>,
    /// Its `Last-Modified`.
    pub last_modified: Option<String>,
    /// The address that was connected to.
    pub address: Option<SocketAddr>,
}

pub(crate) async fn probe(client: &Client, bucket: &BucketName, url: &OriginUrl) -> Result<Probe, MirrorFailure> {
    let head = ask(client, Method::HEAD, bucket, url).await?;
    if !matches!(head.status, StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED) {
        return Ok(head);
    }
    ask(client, Method::GET, bucket, url).await
}

async fn ask(client: &Client, method: Method, bucket: &BucketName, url: &OriginUrl) -> Result<Probe, MirrorFailure> {
    let mut extra = HeaderMap::new();
    if method == Method::GET {
        extra.insert(header::RANGE, HeaderValue::from_static("bytes=0-0"));
    }
    let started = Instant::now();
    // The body is not read: what is left of it ends with its connection.
    let answer = client.send(method.clone(), extra, bucket, url).await?;
    let text = |name| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let of_range = text(header::CONTENT_RANGE).and_then(|range| range.rsplit('/').next()?.parse().ok());
    Ok(Probe {
        method,
        status: answer.status(),
        latency: started.elapsed(),
        length: of_range.or_else(|| text(header::CONTENT_LENGTH)?.parse().ok()),
        etag: text(header::ETAG),
        last_modified: text(header::LAST_MODIFIED),
        address: answer.extensions().get::<Used>().and_then(|used| used.peer),
    })
}
