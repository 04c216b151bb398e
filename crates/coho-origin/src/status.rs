//! The state of fetches and origins, for operators.

use crate::{FailedFetch, LimitHit, Mirror, MissingKey, origins::OriginStatus};
use coho_model::{BucketId, BucketName, BucketRecord, Timestamp};
use coho_store::events::FillEvents;
use std::{collections::BTreeMap, time::Duration};

/// Most fetches in one report.
pub const MAX_FILLS_REPORTED: usize = 1000;

/// A fetch in progress.
#[derive(Debug, Clone)]
pub struct FillStatus {
    /// Its number in events; 0 if it has none.
    pub number: u64,
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
                number: flight.events().map_or(0, FillEvents::number),
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

    /// Closes the circuit breaker of an origin, named by scheme, host and port, and forgets its failures. Returns its state
    /// before; `None` if it is not among the recently used ones.
    pub fn reset_origin(&self, origin: &str) -> Option<OriginStatus> {
        self.environment.client.reset_origin(origin)
    }

    /// The last failed fetches of a bucket, or of all, newest first, and the number of all that are kept of it.
    pub fn failed_fetches(&self, bucket: Option<BucketId>, max: usize) -> (Vec<FailedFetch>, usize) {
        self.environment.failed_fetches.newest(bucket, max)
    }

    /// The buckets with failed fetches since then: the number of their keys, and the first failure.
    pub fn failed_since(&self, since: Timestamp) -> BTreeMap<BucketName, (u64, Timestamp)> {
        self.environment.failed_fetches.since(since)
    }

    /// The limits that were hit within [`LIMIT_HIT_TIME`](crate::LIMIT_HIT_TIME).
    pub fn limit_hits(&self) -> Vec<LimitHit> {
        self.environment.limit_hits.recent()
    }

    /// Forgets the failed fetches of a bucket, or all, and returns their number.
    pub fn clear_failed_fetches(&self, bucket: Option<BucketId>) -> usize {
        self.environment.failed_fetches.clear(bucket)
    }

    /// At most `max` cached misses of a bucket whose keys begin with the prefix and come after `after`, in order of key and rule.
    pub fn missing_keys(&self, bucket: &BucketRecord, prefix: &str, after: &str, max: usize) -> Vec<MissingKey> {
        let time = self.environment.options.missing_time(&bucket.mirror);
        self.environment.negative_cache.list(bucket.id, time, prefix, after, max)
    }

    /// How many keys of a bucket are cached misses; no more than `max` are counted.
    pub fn count_missing_keys(&self, bucket: &BucketRecord, max: usize) -> usize {
        let time = self.environment.options.missing_time(&bucket.mirror);
        self.environment.negative_cache.count_keys(bucket.id, time, max)
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
