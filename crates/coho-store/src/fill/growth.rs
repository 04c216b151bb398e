//! The state that a fill shows its readers.

use crate::StoreError;
use bytes::Bytes;
use coho_blob::{BlobError, BlobReader, Progress};
use std::{io, sync::Arc};
use tokio::sync::watch;

/// Bytes that a reader takes at a time.
const PIECE_BYTES: u64 = 64 * 1024;

/// What is there of a growing object.
#[derive(Debug)]
pub struct Growth(watch::Sender<State>);

#[derive(Debug, Clone, Default)]
struct State {
    /// The first bytes, as long as they are all there is.
    memory: Bytes,
    /// Everything up to the mark.
    blob: Option<(Arc<dyn BlobReader>, Progress)>,
    ended: Option<Ended>,
}

/// How the body ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// As it should, with so many bytes.
    Whole {
        /// Bytes.
        length: u64,
    },
    /// It did not come whole.
    Broken {
        /// Why, for the log.
        reason: Arc<str>,
    },
}

/// One reader of a growing object.
#[derive(Debug)]
pub struct GrowingReader {
    state: watch::Receiver<State>,
    offset: u64,
    end: Option<u64>,
}

impl Default for Growth {
    fn default() -> Self {
        Self(watch::Sender::new(State::default()))
    }
}

impl Growth {
    pub(super) fn in_memory(&self, memory: Bytes) {
        self.0.send_modify(|state| state.memory = memory);
    }

    pub(super) fn in_blob(&self, reader: Arc<dyn BlobReader>, progress: Progress) {
        self.0.send_modify(|state| state.blob = Some((reader, progress)));
    }

    pub(super) fn end(&self, ended: Ended) {
        // "Broken" may follow "whole", when the last bytes could not be written.
        self.0.send_modify(|state| state.ended = Some(ended));
    }

    /// A reader of the bytes from `offset` to `end`; without an end, of all that come.
    pub fn reader(&self, offset: u64, end: Option<u64>) -> GrowingReader {
        GrowingReader { state: self.0.subscribe(), offset, end }
    }

    /// Waits until the body has ended.
    pub async fn ended(&self) -> Ended {
        let mut state = self.0.subscribe();
        match state.wait_for(|state| state.ended.is_some()).await {
            Ok(state) => state.ended.clone().unwrap_or_else(gone),
            Err(_) => gone(),
        }
    }
}

pub(super) fn gone() -> Ended {
    Ended::Broken { reason: "fill ended without a word".into() }
}

/// What a look at the state gives.
enum Look {
    Bytes(Bytes),
    /// They are there, and on a disk that must be waited for.
    OnDisk(Arc<dyn BlobReader>, usize),
    End,
    Broken(Arc<str>),
    Wait,
}

impl GrowingReader {
    /// The next bytes if they can be had without waiting; `None` if they cannot, or if there are none left.
    pub fn read_now(&mut self) -> Result<Option<Bytes>, StoreError> {
        match self.look()? {
            Look::Bytes(bytes) => Ok(Some(self.took(bytes))),
            Look::Broken(reason) => Err(broken(&reason)),
            Look::OnDisk(..) | Look::End | Look::Wait => Ok(None),
        }
    }

    /// The next bytes; `None` at the end.
    pub async fn read(&mut self) -> Result<Option<Bytes>, StoreError> {
        loop {
            match self.look()? {
                Look::Bytes(bytes) => return Ok(Some(self.took(bytes))),
                Look::OnDisk(reader, max) => {
                    let bytes = reader.read(self.offset, max).await?;
                    return Ok(Some(self.took(bytes)));
                }
                Look::End => return Ok(None),
                Look::Broken(reason) => return Err(broken(&reason)),
                Look::Wait => self.wait().await?,
            }
        }
    }

    fn took(&mut self, bytes: Bytes) -> Bytes {
        self.offset += bytes.len() as u64;
        bytes
    }

    fn look(&mut self) -> Result<Look, StoreError> {
        if self.end.is_some_and(|end| self.offset >= end) {
            return Ok(Look::End);
        }
        let state = self.state.borrow_and_update();
        let until_end = self.end.map_or(u64::MAX, |end| end - self.offset);
        if self.offset < state.memory.len() as u64 {
            let from = self.offset as usize;
            let count = until_end.min((state.memory.len() - from) as u64) as usize;
            return Ok(Look::Bytes(state.memory.slice(from..from + count)));
        }
        if let Some((reader, progress)) = &state.blob {
            let there = progress.borrow().saturating_sub(self.offset);
            let max = there.min(PIECE_BYTES).min(until_end) as usize;
            if max > 0 {
                return Ok(match reader.read_now(self.offset, max)? {
                    Some(bytes) => Look::Bytes(bytes),
                    None => Look::OnDisk(reader.clone(), max),
                });
            }
        }
        Ok(match &state.ended {
            Some(Ended::Whole { length }) if self.offset >= *length => Look::End,
            Some(Ended::Broken { reason }) => Look::Broken(reason.clone()),
            Some(Ended::Whole { .. }) | None => Look::Wait,
        })
    }

    /// Waits for the next news: of the fill, or of the blob's mark.
    async fn wait(&mut self) -> Result<(), StoreError> {
        // The mark is watched on a receiver of this reader's own; one that has seen the present value would miss
        // what was written between the look and now.
        let progress = self.state.borrow().blob.as_ref().map(|(_, progress)| progress.clone());
        let Some(mut progress) = progress else {
            return self.state.changed().await.map_err(|_| broken("fill ended without a word"));
        };
        let offset = self.offset;
        tokio::select! {
            // A sealed blob sends no more marks: then only the fill has news.
            Ok(_) = progress.wait_for(|mark| *mark > offset) => Ok(()),
            changed = self.state.changed() => changed.map_err(|_| broken("fill ended without a word")),
        }
    }
}

fn broken(reason: &str) -> StoreError {
    StoreError::Blob(BlobError::Io { operation: "following a fill", source: io::Error::other(reason.to_owned()) })
}
