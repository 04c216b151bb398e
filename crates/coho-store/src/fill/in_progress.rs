//! The body of a running fill, as its readers see it.

use super::{
    ahead::{AheadPlaces, AheadRanges},
    reader::GrowingReader,
    shared::{RecentPieces, SharedBlocks},
};
use bytes::Bytes;
use coho_blob::{LocalFile, Progress, WriteAt};
use std::sync::Arc;
use tokio::sync::{Notify, watch};

/// A growing object: the bytes so far, and how it ended.
#[derive(Debug)]
pub struct InProgressBody {
    /// One channel for all news: an object needs few messages, and a small one none.
    pub(super) state: watch::Sender<InProgressState>,
    pub(super) recent: RecentPieces,
    pub(super) blocks: SharedBlocks,
    ahead_ranges: AheadRanges,
    pub(super) ahead_places: AheadPlaces,
    aborted: Notify,
}

#[derive(Debug, Clone)]
pub(super) struct BodyBlob {
    pub(super) file: Arc<dyn LocalFile>,
    /// The high-water mark of the file.
    pub(super) progress: Progress,
    ahead: Arc<dyn WriteAt>,
}

#[derive(Debug, Clone, Default)]
pub(super) struct InProgressState {
    /// The first bytes, while there are no others.
    pub(super) memory: Bytes,
    /// All bytes up to its high-water mark.
    pub(super) blob: Option<BodyBlob>,
    /// Bytes of the blob that can be read, from its file or from memory.
    available: u64,
    pub(super) ended: Option<Ended>,
}

/// A wait for news.
pub(super) struct BodyNews(watch::Receiver<InProgressState>);

impl BodyNews {
    pub(super) async fn next(&mut self) -> bool {
        self.0.changed().await.is_ok()
    }
}

/// How the body ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Complete.
    Whole {
        /// Length in bytes.
        length: u64,
    },
    /// Incomplete.
    Broken {
        /// The cause, for the log.
        reason: Arc<str>,
    },
}

impl Default for InProgressBody {
    fn default() -> Self {
        Self {
            state: watch::Sender::new(InProgressState::default()),
            recent: RecentPieces::default(),
            blocks: SharedBlocks::default(),
            ahead_ranges: AheadRanges::default(),
            ahead_places: AheadPlaces::default(),
            aborted: Notify::new(),
        }
    }
}

impl InProgressBody {
    pub(super) fn set_memory(&self, memory: Bytes) {
        self.state.send_modify(|state| state.memory = memory);
    }

    pub(super) fn set_blob(&self, file: Arc<dyn LocalFile>, progress: Progress, ahead: Arc<dyn WriteAt>) {
        self.state.send_modify(|state| state.blob = Some(BodyBlob { file, progress, ahead }));
    }

    pub(super) fn ahead_ranges(&self) -> &AheadRanges {
        &self.ahead_ranges
    }

    /// Wakes the readers after a change of the ranges ahead.
    pub(super) fn notify(&self) {
        self.state.send_modify(|_| ());
    }

    /// News of any kind from now on.
    pub(super) fn news(&self) -> BodyNews {
        BodyNews(self.state.subscribe())
    }

    /// A handle that writes ranges ahead, once the blob is made; `None` if the body ends first.
    pub(super) async fn write_ahead(&self) -> Option<Arc<dyn WriteAt>> {
        let mut state = self.state.subscribe();
        let state = state.wait_for(|state| state.blob.is_some() || state.ended.is_some()).await.ok()?;
        state.blob.as_ref().filter(|_| state.ended.is_none()).map(|blob| blob.ahead.clone())
    }

    /// Shows the bytes up to `until`, which were written ahead and can be read from the file.
    pub(super) fn absorb(&self, until: u64) {
        self.recent.skip(until);
        self.state.send_modify(|state| state.available = until);
    }

    /// Shows the next bytes of the blob: readers have them before they are written.
    pub(super) fn append(&self, bytes: &Bytes) {
        let end = self.recent.push(bytes.clone());
        self.state.send_modify(|state| state.available = end);
    }

    /// Drops the memory of bytes that are in the file by now.
    pub(super) fn release_written(&self) {
        let written = self.state.borrow().blob.as_ref().map_or(0, |blob| *blob.progress.borrow());
        self.recent.release(written);
    }

    /// Ends the body. A whole body may become a broken one, when its last bytes could not be written.
    pub(super) fn end(&self, ended: Ended) {
        self.state.send_modify(|state| state.ended = Some(ended));
        self.ahead_places.notify();
    }

    pub(super) fn has_ended(&self) -> bool {
        self.state.borrow().ended.is_some()
    }

    /// Ends the body as broken, and makes the writers of ranges ahead stop.
    pub(super) fn abort(&self, reason: Arc<str>) {
        self.end(Ended::Broken { reason });
        self.ahead_ranges.close();
        self.aborted.notify_waiters();
    }

    /// Resolves when the fill aborts. Does not count as a reader.
    pub async fn aborted(&self) {
        loop {
            let aborted = self.aborted.notified();
            if matches!(self.state.borrow().ended, Some(Ended::Broken { .. })) {
                return;
            }
            aborted.await;
        }
    }

    /// Bytes that can be read so far.
    pub fn available(&self) -> u64 {
        let state = self.state.borrow();
        state.available.max(state.memory.len() as u64)
    }

    /// Number of readers at this moment.
    pub fn readers(&self) -> usize {
        self.state.receiver_count()
    }

    /// A reader of the bytes from `offset` to `end`; without an end, of all bytes.
    pub fn reader(self: &Arc<Self>, offset: u64, end: Option<u64>) -> GrowingReader {
        GrowingReader::new(self.clone(), offset, end)
    }

    /// Waits until the body has ended.
    pub async fn ended(&self) -> Ended {
        let dropped = || Ended::Broken { reason: DROPPED.into() };
        let mut state = self.state.subscribe();
        match state.wait_for(|state| state.ended.is_some()).await {
            Ok(state) => state.ended.clone().unwrap_or_else(dropped),
            Err(_) => dropped(),
        }
    }
}

/// The reason of a fill that was dropped before its end.
pub(super) const DROPPED: &str = "fill aborted";
