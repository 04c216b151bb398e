//! The state of fetches and origins, for operators.

use crate::{Mirror, origins::OriginStatus};
use coho_model::BucketRecord;
use std::time::Duration;

/// Most fetches in one report.
pub const MAX_FILLS_REPORTED: usize = 1000;

/// A fetch in progress.
#[derive(Debug, Clone)]
pub struct FillStatus {
    /// The bucket.
    pub bucket: String,
    /// The key under which the object will be stored.
    pub key: String,
    /// The rule.
    pub rule_number: u32,
    /// The origin URL, without its query.
    pub url: String,
    /// Bytes received so far.
    pub bytes: u64,
    /// Length of the body in bytes, if the origin sent it.
    pub length: Option<u64>,
    /// Number of readers.
    pub readers: usize,
    /// Time since the start.
    pub elapsed: Duration,
}

impl Mirror {
    /// The oldest fetches in progress, at most [`MAX_FILLS_REPORTED`].
    pub fn fills(&self) -> Vec<FillStatus> {
        let mut flights = self.coalescer.flights();
        flights.sort_by_key(|flight| flight.started());
        let reported = flights.iter().take(MAX_FILLS_REPORTED).map(|flight| {
            let (request, opened) = (flight.request(), flight.opened());
            FillStatus {
                bucket: request.bucket.name.as_str().to_owned(),
                key: request.key.as_str().to_owned(),
                rule_number: request.rule_number,
                url: request.urls.first.without_query().to_owned(),
                bytes: opened.as_ref().map_or(0, |opened| opened.body.available()),
                length: opened.as_ref().and_then(|opened| opened.head.length),
                readers: opened.as_ref().map_or(0, |opened| opened.body.readers()),
                elapsed: flight.started().elapsed(),
            }
        });
        reported.collect()
    }

    /// The recently used origins.
    pub fn origins(&self) -> Vec<OriginStatus> {
        self.environment.client.origins()
    }

    /// The number of entries in the negative cache.
    pub fn negative_cache_size(&self) -> usize {
        self.environment.negative_cache.count()
    }

    /// Removes a bucket's entries from the negative cache: one key, or all keys that begin with a prefix. Returns their
    /// number.
    pub fn purge_negative_cache(&self, bucket: &BucketRecord, key: Option<&str>, prefix: &str) -> usize {
        self.environment.negative_cache.purge(bucket.id, |cached| match key {
            Some(key) => cached.as_str() == key,
            None => cached.as_str().starts_with(prefix),
        })
    }
}
