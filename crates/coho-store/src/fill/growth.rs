//! The state that a fill shows its readers.

use super::{
    ahead::Parts,
    shared::{BLOCK_BYTES, Recent, SharedBlocks},
};
use crate::StoreError;
use bytes::Bytes;
use coho_blob::{BlobError, LocalFile, Progress, WriteAt};
use std::{fs::File, io, sync::Arc};
use tokio::sync::{Notify, watch};

/// Bytes that a reader takes at a time from the file.
const PIECE_BYTES: u64 = 64 * 1024;
/// The same of what is not in the file yet, which costs no memory of its own.
const RECENT_PIECE_BYTES: u64 = 256 * 1024;
/// Fewer bytes than this are read, since a file is sent by a call of its own.
const LEAST_IN_FILE: usize = 16 * 1024;
/// With more readers than this, whole blocks of the file are shared: a few readers that keep up are served from what has
/// just come, but many that are apart would each read the file for themselves.
const FEW_READERS: usize = 16;

/// What is there of a growing object.
#[derive(Debug)]
pub struct Growth {
    /// One channel for all news: an object needs few of them, and a small one none.
    state: watch::Sender<State>,
    recent: Recent,
    blocks: SharedBlocks,
    parts: Parts,
    /// It has broken off.
    broken: Notify,
}

#[derive(Debug, Clone)]
struct Blob {
    reader: Arc<dyn LocalFile>,
    /// How far it is written.
    progress: Progress,
    ahead: Arc<dyn WriteAt>,
}

#[derive(Debug, Clone, Default)]
struct State {
    /// The first bytes, as long as they are all there is.
    memory: Bytes,
    /// Everything up to the mark.
    blob: Option<Blob>,
    /// How many bytes of the blob are there to be read, written or not.
    there: u64,
    ended: Option<Ended>,
}

/// A wait for news.
pub(super) struct News(watch::Receiver<State>);

impl News {
    pub(super) async fn next(&mut self) -> bool {
        self.0.changed().await.is_ok()
    }
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
    growth: Arc<Growth>,
    state: watch::Receiver<State>,
    offset: u64,
    end: Option<u64>,
}

impl Default for Growth {
    fn default() -> Self {
        Self {
            state: watch::Sender::new(State::default()),
            recent: Recent::default(),
            blocks: SharedBlocks::default(),
            parts: Parts::default(),
            broken: Notify::new(),
        }
    }
}

impl Growth {
    pub(super) fn in_memory(&self, memory: Bytes) {
        self.state.send_modify(|state| state.memory = memory);
    }

    pub(super) fn in_blob(&self, reader: Arc<dyn LocalFile>, progress: Progress, ahead: Arc<dyn WriteAt>) {
        self.state.send_modify(|state| state.blob = Some(Blob { reader, progress, ahead }));
    }

    pub(super) fn parts(&self) -> &Parts {
        &self.parts
    }

    /// Something of the parts has changed.
    pub(super) fn parts_changed(&self) {
        self.state.send_modify(|_| ());
    }

    /// Waits for news of any kind, from the moment of the call on.
    pub(super) fn news(&self) -> News {
        News(self.state.subscribe())
    }

    /// The way into the blob, once it is made; `None` if there will be none.
    pub(super) async fn ahead(&self) -> Option<Arc<dyn WriteAt>> {
        let mut state = self.state.subscribe();
        let state = state.wait_for(|state| state.blob.is_some() || state.ended.is_some()).await.ok()?;
        state.blob.as_ref().filter(|_| state.ended.is_none()).map(|blob| blob.ahead.clone())
    }

    /// Bytes of the blob that came before; they can be read from its file.
    pub(super) fn absorbed(&self, until: u64) {
        self.recent.skip(until);
        self.state.send_modify(|state| state.there = until);
    }

    /// The next bytes of the blob: readers have them before they are written.
    pub(super) fn comes(&self, bytes: &Bytes) {
        let end = self.recent.push(bytes.clone());
        self.state.send_modify(|state| state.there = end);
    }

    /// What is in the file by now is read from there.
    pub(super) fn wrote(&self) {
        self.recent.wrote(self.written());
    }

    fn written(&self) -> u64 {
        self.state.borrow().blob.as_ref().map_or(0, |blob| *blob.progress.borrow())
    }

    pub(super) fn end(&self, ended: Ended) {
        // "Broken" may follow "whole", when the last bytes could not be written.
        self.state.send_modify(|state| state.ended = Some(ended));
    }

    /// No more will come, neither this way nor in parts.
    pub(super) fn break_off(&self, reason: Arc<str>) {
        self.end(Ended::Broken { reason });
        self.parts.close();
        self.broken.notify_waiters();
    }

    /// Waits until the fill is broken off. Who does is no reader.
    pub async fn broke_off(&self) {
        loop {
            let broken = self.broken.notified();
            if matches!(self.state.borrow().ended, Some(Ended::Broken { .. })) {
                return;
            }
            broken.await;
        }
    }

    /// How many bytes can be read so far.
    pub fn there(&self) -> u64 {
        let state = self.state.borrow();
        state.there.max(state.memory.len() as u64)
    }

    /// How many read at this moment.
    pub fn readers(&self) -> usize {
        self.state.receiver_count()
    }

    /// A reader of the bytes from `offset` to `end`; without an end, of all that come.
    pub fn reader(self: &Arc<Self>, offset: u64, end: Option<u64>) -> GrowingReader {
        GrowingReader { growth: self.clone(), state: self.state.subscribe(), offset, end }
    }

    /// Waits until the body has ended.
    pub async fn ended(&self) -> Ended {
        let mut state = self.state.subscribe();
        match state.wait_for(|state| state.ended.is_some()).await {
            Ok(state) => state.ended.clone().unwrap_or_else(gone),
            Err(_) => gone(),
        }
    }
}

/// How a fill ends that was given up.
pub(super) const GONE: &str = "fill ended without a word";

fn gone() -> Ended {
    Ended::Broken { reason: GONE.into() }
}

/// What a look at the state gives.
enum Look {
    Bytes(Bytes),
    /// They are there, and on a disk that must be waited for.
    OnDisk(Arc<dyn LocalFile>, usize),
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

    /// Where the next bytes, at most `max`, lie in a file whose pages are in memory, as far as can be told at once; they count as
    /// read. `None` if they are to be had in another way, or are too few to be worth it.
    pub fn next_in_file(&mut self, max: usize) -> Option<(Arc<File>, u64, usize)> {
        let (reader, written) = self.blob()?;
        let reach = self.end.map_or(written, |end| end.min(written));
        let count = reach.checked_sub(self.offset)?.min(max as u64) as usize;
        if count < LEAST_IN_FILE || !reader.is_in_memory(self.offset, count) {
            return None;
        }
        let place = (reader.file(), self.offset, count);
        self.offset += count as u64;
        Some(place)
    }

    /// Where the last so many bytes that were read lie in a file. Its pages are in memory: the bytes were written, or read
    /// from it, a moment ago.
    pub fn last_in_file(&self, count: usize) -> Option<(Arc<File>, u64)> {
        let start = self.offset - count as u64;
        let state = self.growth.state.borrow();
        let blob = state.blob.as_ref().filter(|blob| *blob.progress.borrow() >= self.offset)?;
        Some((blob.reader.file(), start))
    }

    fn took(&mut self, bytes: Bytes) -> Bytes {
        self.offset += bytes.len() as u64;
        bytes
    }

    fn look(&mut self) -> Result<Look, StoreError> {
        if self.end.is_some_and(|end| self.offset >= end) {
            return Ok(Look::End);
        }
        let until_end = self.end.map_or(u64::MAX, |end| end - self.offset);
        // What is needed is taken out: nobody may wait for the state while this reads a file.
        let ended = {
            let state = self.state.borrow_and_update();
            if self.offset < state.memory.len() as u64 {
                let from = self.offset as usize;
                let count = until_end.min((state.memory.len() - from) as u64) as usize;
                return Ok(Look::Bytes(state.memory.slice(from..from + count)));
            }
            state.ended.clone()
        };
        if self.growth.readers() > FEW_READERS
            && let Some((reader, written)) = self.blob()
            && self.offset / BLOCK_BYTES < written / BLOCK_BYTES
        {
            // Behind this block nothing may be written yet, even if the file is longer: a part may have come before it.
            let max = until_end.min(BLOCK_BYTES - self.offset % BLOCK_BYTES) as usize;
            let block = self.growth.blocks.get(&*reader, self.offset, max)?;
            return Ok(block.map_or_else(|| Look::OnDisk(reader, max), Look::Bytes));
        }
        if let Some(bytes) = self.growth.recent.get(self.offset, until_end.min(RECENT_PIECE_BYTES) as usize) {
            return Ok(Look::Bytes(bytes));
        }
        let max = until_end.min(PIECE_BYTES) as usize;
        // What is not there any more was written meanwhile, of which there is no news.
        let blob = self.blob();
        if let Some((reader, written)) = blob.as_ref().filter(|(_, written)| self.offset < *written) {
            return self.read_file(reader, *written, max);
        }
        if let Some(((reader, _), reach)) = blob.as_ref().zip(self.growth.parts.reach(self.offset)) {
            return self.read_file(reader, reach, max);
        }
        Ok(match ended {
            Some(Ended::Whole { length }) if self.offset >= length => Look::End,
            Some(Ended::Broken { reason }) => Look::Broken(reason),
            Some(Ended::Whole { .. }) | None => Look::Wait,
        })
    }

    /// The blob, and how far it is written at this moment. Each lock is taken once and let go of at once: who waits to write
    /// one lets no second reading in, and nobody may wait for the state while a file is looked at.
    fn blob(&self) -> Option<(Arc<dyn LocalFile>, u64)> {
        self.state.borrow().blob.as_ref().map(|blob| (blob.reader.clone(), *blob.progress.borrow()))
    }

    /// At most `max` bytes of the file, which has them up to `reach`.
    fn read_file(&self, reader: &Arc<dyn LocalFile>, reach: u64, max: usize) -> Result<Look, StoreError> {
        let max = max.min((reach - self.offset) as usize);
        Ok(match reader.read_now(self.offset, max)? {
            Some(bytes) => Look::Bytes(bytes),
            None => Look::OnDisk(reader.clone(), max),
        })
    }

    /// Waits for the next news. Those that came since the last look are news, too.
    async fn wait(&mut self) -> Result<(), StoreError> {
        self.state.changed().await.map_err(|_| broken(GONE))
    }
}

fn broken(reason: &str) -> StoreError {
    StoreError::Blob(BlobError::Io { operation: "following a fill", source: io::Error::other(reason.to_owned()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;

    /// A file whose pages are never in memory, as on a file system that cannot tell.
    #[derive(Debug)]
    struct OnDisk(Bytes);

    #[async_trait]
    impl LocalFile for OnDisk {
        fn read_now(&self, _offset: u64, _max: usize) -> Result<Option<Bytes>, BlobError> {
            Ok(None)
        }

        async fn read(&self, offset: u64, max: usize) -> Result<Bytes, BlobError> {
            let from = offset as usize;
            Ok(self.0.slice(from..self.0.len().min(from + max)))
        }

        fn file(&self) -> Arc<File> {
            unreachable!("its pages are never in memory")
        }

        fn is_in_memory(&self, _offset: u64, _count: usize) -> bool {
            false
        }
    }

    #[async_trait]
    impl WriteAt for OnDisk {
        async fn write_at(&self, _offset: u64, _bytes: Bytes) -> Result<(), BlobError> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn nobody_reads_what_is_not_written_however_many_they_are() {
        // Behind the mark, the file has a hole and a part that came before it.
        let marks = [1, BLOCK_BYTES - 1, BLOCK_BYTES, BLOCK_BYTES + 1, 3 * BLOCK_BYTES + 77_000];
        let file = Arc::new(OnDisk(vec![0; 8 * BLOCK_BYTES as usize].into()));
        for others in [0, FEW_READERS] {
            for mark in marks {
                let growth = Arc::<Growth>::default();
                growth.in_blob(file.clone(), watch::Sender::new(mark).subscribe(), file.clone());
                growth.absorbed(mark);
                let _others: Vec<_> = (0..others).map(|_| growth.reader(0, None)).collect();
                for start in [0, mark - 1, mark / 2, mark - mark % BLOCK_BYTES].into_iter().filter(|at| *at < mark) {
                    let mut reader = growth.reader(start, None);
                    growth.end(Ended::Broken { reason: "the origin died".into() });
                    let mut at = start;
                    while let Ok(Some(bytes)) = reader.read().await {
                        at += bytes.len() as u64;
                    }
                    assert_eq!(at, mark, "from {start}, with {others} others");
                }
            }
        }
    }
}
