//! `MirrorURLProbe`: whether the first origin of a rule is healthy, by the status of a probe URL.

use crate::client::{Client, SendOptions};
use coho_model::BucketRecord;
use http::{Method, StatusCode};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long the answer of a probe URL is cached.
const HEALTH_AGE: Duration = Duration::from_secs(5);
/// Longest wait for the answer of a probe URL, which delays a fetch.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(2);
/// Most probe URLs in the cache; above it, the cache is emptied.
const MAX_HEALTH: usize = 1024;

/// The last answers of the probe URLs.
#[derive(Debug, Default)]
pub(crate) struct Health(Mutex<HashMap<String, (Instant, bool)>>);

impl Health {
    /// Whether the probe URL answers with 200, or did so within [`HEALTH_AGE`].
    pub(crate) async fn is_healthy(&self, client: &Client, bucket: &BucketRecord, url: &str) -> bool {
        if let Some(healthy) = self.cached(url) {
            return healthy;
        }
        let Ok(uri) = coho_rules::encoded_address(url).to_string().parse() else { return false };
        let options = SendOptions { bucket, ignores_breaker: true, mirror: None };
        let answer = client.send(Method::GET, client.headers(None), &options, &uri);
        let answer = tokio::time::timeout(HEALTH_TIMEOUT, answer).await;
        let healthy = matches!(answer, Ok(Ok(response)) if response.status() == StatusCode::OK);
        let mut cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if cache.len() >= MAX_HEALTH {
            cache.clear();
        }
        cache.insert(url.to_owned(), (Instant::now(), healthy));
        healthy
    }

    fn cached(&self, url: &str) -> Option<bool> {
        let cache = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        cache.get(url).filter(|(at, _)| at.elapsed() < HEALTH_AGE).map(|(_, healthy)| *healthy)
    }
}
