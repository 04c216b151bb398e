//! Asking an origin about an object without fetching it, for those who want to know what a fetch would meet.

use crate::{
    MirrorFailure,
    client::{Client, Manner},
    sign::sign,
};
use coho_model::{BucketRecord, Timestamp, website::MirrorAuth};
use coho_rules::OriginUrl;
use http::{HeaderValue, Method, StatusCode, header};
use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long what `MirrorURLProbe` said is believed.
const HEALTH_AGE: Duration = Duration::from_secs(5);
/// Longest wait for its answer: a fetch waits for it.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(2);
/// Most probe URLs that are remembered.
const MAX_HEALTH: usize = 1024;

/// What the probe URLs of origins said last.
#[derive(Debug, Default)]
pub(crate) struct Health(Mutex<HashMap<String, (Instant, bool)>>);

/// Whether a rule's `MirrorURLProbe` answers with 200, or did so a moment ago.
pub(crate) async fn is_well(client: &Client, health: &Health, bucket: &BucketRecord, url: &str) -> bool {
    let known = |table: &HashMap<String, (Instant, bool)>| {
        table.get(url).filter(|(at, _)| at.elapsed() < HEALTH_AGE).map(|(_, well)| *well)
    };
    if let Some(well) = known(&health.0.lock().unwrap_or_else(PoisonError::into_inner)) {
        return well;
    }
    let Ok(uri) = coho_rules::encoded_address(url).to_string().parse() else { return false };
    let manner = Manner { bucket, insists: true, mirror: None };
    let answer = client.send(Method::GET, client.headers(None), &manner, &uri);
    let answer = tokio::time::timeout(HEALTH_TIMEOUT, answer).await;
    let well = matches!(answer, Ok(Ok(response)) if response.status() == StatusCode::OK);
    let mut table = health.0.lock().unwrap_or_else(PoisonError::into_inner);
    if table.len() >= MAX_HEALTH {
        table.clear();
    }
    table.insert(url.to_owned(), (Instant::now(), well));
    well
}

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

/// Asks as the fetch of that rule would, with its signature.
pub(crate) async fn probe(
    client: &Client,
    bucket: &BucketRecord,
    (auth, now): (Option<&MirrorAuth>, Timestamp),
    url: &OriginUrl,
) -> Result<Probe, MirrorFailure> {
    let auth = (auth, now);
    let head = ask(client, Method::HEAD, bucket, auth, url).await?;
    if !matches!(head.status, StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED) {
        return Ok(head);
    }
    ask(client, Method::GET, bucket, auth, url).await
}

async fn ask(
    client: &Client,
    method: Method,
    bucket: &BucketRecord,
    (auth, now): (Option<&MirrorAuth>, Timestamp),
    url: &OriginUrl,
) -> Result<Probe, MirrorFailure> {
    let uri: http::Uri =
        url.as_str().parse().map_err(|_| MirrorFailure::Unreachable("origin URL cannot be asked for".into()))?;
    let mut headers = client.headers(None);
    if method == Method::GET {
        headers.insert(header::RANGE, HeaderValue::from_static("bytes=0-0"));
    }
    if let Some(auth) = auth {
        sign(auth, &method, &uri, &mut headers, now)?;
    }
    let started = Instant::now();
    // The body is not read: what is left of it ends with its connection.
    let manner = Manner { bucket, insists: true, mirror: None };
    let answer = client.send(method.clone(), headers, &manner, &uri).await?;
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
