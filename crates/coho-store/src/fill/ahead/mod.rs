//! Ranges of a growing object that are fetched ahead of the fill, because a reader wants them at once.
//!
//! Each is a range request of its own. Its bytes are written at their offset of the blob, and the fill does not fetch them
//! again: it absorbs a long range that it reaches, and overwrites a short one, which costs less than a further request,
//! unless nothing is left to request. A fill never passes a range that is still being written.
//!
//! A range is fetched for a reader: it ends with its reader, and gives its place back, also when it is done.

mod ranges;

use super::InProgressBody;
use crate::StoreError;
use bytes::Bytes;
use coho_blob::{BlobError, WriteAt};
pub use ranges::FAR_BYTES;
use ranges::Gap;
pub(super) use ranges::{AheadRanges, Met};
use std::{io, ops::Range, sync::Arc};
use tokio::{
    sync::{Notify, Semaphore},
    task::AbortHandle,
};

/// Most ranges ahead of one object that are fetched at a time; further readers wait for a place, in the order in which they came.
pub const MAX_RUNNING_RANGES: usize = 16;

/// What readers of ranges ahead wait for.
#[derive(Debug)]
pub(super) struct AheadPlaces {
    free: Semaphore,
    /// A range has ended or was cut, a reader has left, or the fill has ended.
    changed: Notify,
}

impl Default for AheadPlaces {
    fn default() -> Self {
        Self { free: Semaphore::new(MAX_RUNNING_RANGES), changed: Notify::new() }
    }
}

impl AheadPlaces {
    pub(super) fn notify(&self) {
        self.changed.notify_waiters();
    }
}

/// A reader that needs bytes far ahead of the fill. What is fetched of them is remembered as long as it lives.
#[derive(Debug)]
pub struct AheadReader {
    id: u64,
    body: Arc<InProgressBody>,
    needed: Range<u64>,
}

/// The task that fetches for a reader; it ends when this is dropped.
#[derive(Debug)]
pub(super) struct AheadTask {
    pub(super) task: AbortHandle,
    pub(super) _reader: Arc<AheadReader>,
}

impl Drop for AheadTask {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// The right to write one range ahead. Dropping it ends the range at its last byte.
#[derive(Debug)]
pub struct AheadWriter {
    id: u64,
    body: Arc<InProgressBody>,
    blob: Arc<dyn WriteAt>,
    /// The first offset of the range.
    pub start: u64,
    /// The offset after the range.
    pub end: u64,
}

impl InProgressBody {
    /// A reader of these bytes; `None` if they begin near what is available: then it waits for the fill.
    pub fn read_ahead(self: &Arc<Self>, needed: Range<u64>) -> Option<Arc<AheadReader>> {
        if needed.is_empty() || !self.is_far(needed.start) {
            return None;
        }
        let id = self.ahead_ranges().add_reader(needed.clone());
        Some(Arc::new(AheadReader { id, body: self.clone(), needed }))
    }

    fn is_far(&self, offset: u64) -> bool {
        offset >= self.available().saturating_add(FAR_BYTES)
    }

    /// Waits until the fill may continue at the offset, or absorb a range there.
    pub(super) async fn meet(&self, offset: u64, absorbs_all: bool, end: Option<u64>) -> Met {
        let ranges = self.ahead_ranges();
        loop {
            let mut news = self.news();
            match ranges.meet(offset, absorbs_all, end) {
                // No byte to absorb yet, or the last write of a range that is to be overwritten.
                Met::Range { available, grows: true } if available <= offset => {}
                Met::Nothing if ranges.is_written_at(offset) => {}
                met => return met,
            }
            if !news.next().await {
                return Met::Nothing;
            }
        }
    }
}

impl AheadReader {
    /// The right to fetch the next of its bytes that nothing else brings soon. Waits for what others fetch, and for a place among
    /// the running ranges, which it reports by `at_limit`. `None` if the fill brings the rest, or has ended.
    pub async fn next(&self, at_limit: impl Fn()) -> Option<AheadWriter> {
        let (body, ranges) = (&self.body, self.body.ahead_ranges());
        let blob = body.write_ahead().await?;
        loop {
            let mut changed = std::pin::pin!(body.ahead_places.changed.notified());
            changed.as_mut().enable();
            if body.has_ended() {
                return None;
            }
            match ranges.gap(&self.needed) {
                Gap::None => return None,
                Gap::Fetching => {}
                Gap::At(start) if !body.is_far(start) => return None,
                Gap::At(_) => {
                    let free = &body.ahead_places.free;
                    if free.available_permits() == 0 {
                        at_limit();
                    }
                    // It is never closed.
                    let place = free.acquire().await.ok()?;
                    // Meanwhile the fill may have come near the gap or past it, or have ended.
                    if body.has_ended() || matches!(ranges.gap(&self.needed), Gap::At(start) if !body.is_far(start)) {
                        return None;
                    }
                    if let Some((id, claimed)) = ranges.claim(self.id, &self.needed, body.available()) {
                        place.forget();
                        body.notify();
                        body.ahead_places.notify();
                        return Some(AheadWriter {
                            id,
                            body: body.clone(),
                            blob,
                            start: claimed.start,
                            end: claimed.end,
                        });
                    }
                }
            }
            changed.await;
        }
    }
}

impl Drop for AheadReader {
    fn drop(&mut self) {
        self.body.ahead_ranges().remove_reader(self.id);
        self.body.ahead_places.notify();
    }
}

impl AheadWriter {
    /// Writes the next bytes; `false` if no more are wanted.
    pub async fn write(&self, bytes: Bytes) -> Result<bool, StoreError> {
        let begun = self.body.ahead_ranges().change(self.id, |range| range.begin_write(bytes.len()));
        let Some(Some((offset, count))) = begun else { return Ok(false) };
        let (body, blob, id) = (self.body.clone(), self.blob.clone(), self.id);
        // In a task of its own: a write runs to its end even if this future is dropped, and until then the fill waits.
        let write = tokio::spawn(async move {
            let bytes = bytes.slice(..count);
            let written = blob.write_at(offset, bytes.clone()).await;
            let continues = body.ahead_ranges().change(id, |range| range.end_write(written.is_ok().then_some(&bytes)));
            body.notify();
            written.map(|()| continues == Some(true))
        });
        let lost = |error| BlobError::Io { operation: "writing a blob ahead", source: io::Error::other(error) };
        Ok(write.await.map_err(lost)??)
    }
}

impl Drop for AheadWriter {
    fn drop(&mut self) {
        self.body.ahead_ranges().end_range(self.id);
        self.body.ahead_places.free.add_permits(1);
        self.body.notify();
        self.body.ahead_places.notify();
    }
}
