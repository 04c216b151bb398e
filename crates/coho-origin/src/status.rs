//! What is going on, for those who operate the store.

use crate::{Mirror, origins::OriginStatus};
use coho_model::BucketRecord;
use std::time::Duration;

/// Most fetches that are told one by one.
pub const MAX_FILLS_TOLD: usize = 1000;

/// A fetch at this moment.
#[derive(Debug, Clone)]
pub struct FillStatus {
    /// The bucket.
    pub bucket: String,
    /// What the object will be stored as.
    pub key: String,
    /// The rule.
    pub rule_number: u32,
    /// The origin URL, without its query.
    pub url: String,
    /// Bytes that are here.
    pub bytes: u64,
    /// Bytes in all, if the origin has said so.
    pub length: Option<u64>,
    /// Who reads it while it grows.
    pub readers: usize,
    /// How long it has been under way.
    pub elapsed: Duration,
}

impl Mirror {
    /// The fetches that have been under way longest, at most [`MAX_FILLS_TOLD`].
    pub fn fills(&self) -> Vec<FillStatus> {
        let mut flights = self.flights();
        flights.sort_by_key(|flight| flight.started);
        let told = flights.iter().take(MAX_FILLS_TOLD).map(|flight| {
            let (order, opened) = (flight.order(), flight.opened());
            FillStatus {
                bucket: order.bucket.name.as_str().to_owned(),
                key: order.key.as_str().to_owned(),
                rule_number: order.rule_number,
                url: order.urls.first.without_query().to_owned(),
                bytes: opened.as_ref().map_or(0, |(_, growth)| growth.available()),
                length: opened.as_ref().and_then(|(head, _)| head.length),
                readers: opened.as_ref().map_or(0, |(_, growth)| growth.readers()),
                elapsed: flight.started.elapsed(),
            }
        });
        told.collect()
    }

    /// The origins that were asked lately.
    pub fn origins(&self) -> Vec<OriginStatus> {
        self.client.origins()
    }

    /// How many misses are kept.
    pub fn known_missing(&self) -> usize {
        self.missing.count()
    }

    /// Forgets which of a bucket's objects its origins did not have: one key, or all that begin with a prefix. How many
    /// these were.
    pub fn forget_missing(&self, bucket: &BucketRecord, key: Option<&str>, prefix: &str) -> usize {
        self.missing.forget(bucket.id, |there| match key {
            Some(key) => there.as_str() == key,
            None => there.as_str().starts_with(prefix),
        })
    }
}
