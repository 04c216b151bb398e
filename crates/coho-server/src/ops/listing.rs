//! The parameters that listings share.

use crate::{call::Call, failure::Failure};
use coho_model::{BucketRecord, ListQuery, MAX_KEY_BYTES, MAX_LIST_KEYS, RequestRefusal, decimal};
use tokio::sync::SemaphorePermit;

/// Entries of a page that names no number (OSS: 100 for objects and buckets).
pub(super) const DEFAULT_KEYS: usize = 100;

impl Call {
    /// A text parameter; absent and empty are the same to OSS.
    pub(super) fn text(&self, name: &str) -> &str {
        self.query.get(name).unwrap_or_default()
    }

    /// A count from 1 to 1000.
    pub(super) fn max(&self, name: &'static str, default: usize) -> Result<usize, Failure> {
        let Some(text) = self.query.get(name).filter(|text| !text.is_empty()) else { return Ok(default) };
        match decimal(text) {
            Some(count) if (1..=MAX_LIST_KEYS).contains(&count) => Ok(count),
            _ => {
                Err(RequestRefusal::invalid_argument(name, text, format!("{name} must be an integer from 1 to 1000."))
                    .into())
            }
        }
    }

    /// The turn of this listing among those that are in memory. It ends with the request; the answer is counted when it
    /// waits to be written.
    pub(super) async fn listing_turn(&self) -> Option<SemaphorePermit<'_>> {
        // The semaphore is never closed.
        self.context.listings.acquire().await.ok()
    }

    /// A client that has seen an object finds it in a later listing.
    pub(super) async fn await_inflight_listed(&self, bucket: &BucketRecord) {
        self.context.mirror.await_inflight_prefix(bucket.id, self.text("prefix")).await;
    }

    /// What to list, by the names that listings of objects and uploads share.
    pub(super) fn list_query(&self, after: &str, max: usize) -> Result<ListQuery, Failure> {
        let (prefix, delimiter) = (self.text("prefix"), self.text("delimiter"));
        for (name, text) in [("prefix", prefix), ("delimiter", delimiter), ("marker", after)] {
            if text.len() > MAX_KEY_BYTES {
                let message = format!("The length of {name} must not be larger than {MAX_KEY_BYTES} bytes.");
                return Err(RequestRefusal::invalid_argument(name, text, message).into());
            }
        }
        Ok(ListQuery { prefix: prefix.into(), delimiter: delimiter.into(), after: after.into(), max })
    }
}
