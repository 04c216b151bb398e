//! One reader of a growing object.

use super::{
    ahead::{AheadReader, AheadTask},
    in_progress::{DROPPED, Ended, InProgressBody, InProgressState},
    shared::SHARED_BLOCK_BYTES,
};
use crate::StoreError;
use bytes::Bytes;
use coho_blob::{BlobError, LocalFile};
use std::{fs::File, io, sync::Arc};
use tokio::{sync::watch, task::AbortHandle};

/// Most bytes that a reader takes from the file at a time.
const FILE_PIECE_BYTES: u64 = 64 * 1024;
/// Most bytes that a reader takes at a time of those that are not in the file yet, which needs no memory of its own.
const RECENT_PIECE_BYTES: u64 = 256 * 1024;
/// Fewest bytes that are sent from the file, since that takes a system call of its own; fewer are read.
const MIN_IN_FILE_BYTES: usize = 16 * 1024;
/// With more readers than this, whole blocks of the file are shared. Few readers that keep up get the recent pieces, but
/// many that are apart would each read the file.
const FEW_READERS: usize = 16;

/// One reader of a growing object. It goes at its own speed.
#[derive(Debug)]
pub struct GrowingReader {
    body: Arc<InProgressBody>,
    state: watch::Receiver<InProgressState>,
    offset: u64,
    end: Option<u64>,
    /// Fetches its bytes ahead of the fill, until it is dropped.
    ahead: Option<AheadTask>,
}

/// What a reader finds at its offset.
enum ReadStep {
    Bytes(Bytes),
    /// At most that many bytes are in the file, and not in memory.
    OnDisk(Arc<dyn LocalFile>, usize),
    End,
    Broken(Arc<str>),
    Wait,
}

impl GrowingReader {
    pub(super) fn new(body: Arc<InProgressBody>, offset: u64, end: Option<u64>) -> Self {
        let state = body.state.subscribe();
        Self { body, state, offset, end, ahead: None }
    }

    /// Has the task end with this reader, for which it fetches.
    pub fn set_ahead(&mut self, reader: Arc<AheadReader>, task: AbortHandle) {
        self.ahead = Some(AheadTask { task, _reader: reader });
    }

    /// The next bytes if that takes no waiting; `None` if it would, and at the end.
    pub fn read_now(&mut self) -> Result<Option<Bytes>, StoreError> {
        match self.look()? {
            ReadStep::Bytes(bytes) => Ok(Some(self.consume(bytes))),
            ReadStep::Broken(reason) => Err(broken(&reason)),
            ReadStep::OnDisk(..) | ReadStep::End | ReadStep::Wait => Ok(None),
        }
    }

    /// The next bytes; `None` at the end.
    pub async fn read(&mut self) -> Result<Option<Bytes>, StoreError> {
        loop {
            match self.look()? {
                ReadStep::Bytes(bytes) => return Ok(Some(self.consume(bytes))),
                ReadStep::OnDisk(file, max) => {
                    let bytes = file.read(self.offset, max).await?;
                    return Ok(Some(self.consume(bytes)));
                }
                ReadStep::End => return Ok(None),
                ReadStep::Broken(reason) => return Err(broken(&reason)),
                ReadStep::Wait => self.wait().await?,
            }
        }
    }

    /// File and offset of the next bytes, at most `max`, if they are in the page cache; they count as read. `None` if they
    /// are to be read instead, or are too few to be sent from a file.
    pub fn next_in_file(&mut self, max: usize) -> Option<(Arc<File>, u64, usize)> {
        let (file, written) = self.file()?;
        let reach = self.end.map_or(written, |end| end.min(written));
        let count = reach.checked_sub(self.offset)?.min(max as u64) as usize;
        if count < MIN_IN_FILE_BYTES || !file.is_in_memory(self.offset, count) {
            return None;
        }
        let place = (file.file(), self.offset, count);
        self.offset += count as u64;
        Some(place)
    }

    fn consume(&mut self, bytes: Bytes) -> Bytes {
        self.offset += bytes.len() as u64;
        bytes
    }

    fn look(&mut self) -> Result<ReadStep, StoreError> {
        if self.end.is_some_and(|end| self.offset >= end) {
            return Ok(ReadStep::End);
        }
        let until_end = self.end.map_or(u64::MAX, |end| end - self.offset);
        // Copied out: the state must not stay locked while this reads a file.
        let ended = {
            let state = self.state.borrow_and_update();
            if self.offset < state.memory.len() as u64 {
                let from = self.offset as usize;
                let count = until_end.min((state.memory.len() - from) as u64) as usize;
                return Ok(ReadStep::Bytes(state.memory.slice(from..from + count)));
            }
            state.ended.clone()
        };
        if let Some(next) = self.shared_block(until_end)? {
            return Ok(next);
        }
        if let Some(bytes) = self.body.recent.get(self.offset, until_end.min(RECENT_PIECE_BYTES) as usize) {
            return Ok(ReadStep::Bytes(bytes));
        }
        let max = until_end.min(FILE_PIECE_BYTES) as usize;
        // Recent bytes that are gone were written meanwhile, which sends no news.
        let file = self.file();
        if let Some((file, written)) = file.as_ref().filter(|(_, written)| self.offset < *written) {
            return self.read_file(file, *written, max);
        }
        if let Some(((file, _), reach)) = file.as_ref().zip(self.body.ahead_ranges().available_at(self.offset)) {
            return self.read_file(file, reach, max);
        }
        Ok(match ended {
            Some(Ended::Whole { length }) if self.offset >= length => ReadStep::End,
            Some(Ended::Broken { reason }) => ReadStep::Broken(reason),
            Some(Ended::Whole { .. }) | None => ReadStep::Wait,
        })
    }

    /// Bytes of a block that many readers share, if the whole block is written.
    fn shared_block(&self, until_end: u64) -> Result<Option<ReadStep>, StoreError> {
        if self.body.readers() <= FEW_READERS {
            return Ok(None);
        }
        let is_whole = |written: u64| self.offset / SHARED_BLOCK_BYTES < written / SHARED_BLOCK_BYTES;
        let Some((file, _)) = self.file().filter(|(_, written)| is_whole(*written)) else { return Ok(None) };
        // After this block nothing may be written yet, even if the file is longer because of a range ahead.
        let max = until_end.min(SHARED_BLOCK_BYTES - self.offset % SHARED_BLOCK_BYTES) as usize;
        let bytes = self.body.blocks.get(&*file, self.offset, max)?;
        Ok(Some(bytes.map_or_else(|| ReadStep::OnDisk(file, max), ReadStep::Bytes)))
    }

    /// The file and its high-water mark. Each lock is taken once and released at once: a waiting writer keeps out further
    /// readers, and the state must not stay locked while a file is read.
    fn file(&self) -> Option<(Arc<dyn LocalFile>, u64)> {
        self.body.state.borrow().blob.as_ref().map(|blob| (blob.file.clone(), *blob.progress.borrow()))
    }

    /// At most `max` bytes of the file, which has them up to `reach`.
    fn read_file(&self, file: &Arc<dyn LocalFile>, reach: u64, max: usize) -> Result<ReadStep, StoreError> {
        let max = max.min((reach - self.offset) as usize);
        Ok(match file.read_now(self.offset, max)? {
            Some(bytes) => ReadStep::Bytes(bytes),
            None => ReadStep::OnDisk(file.clone(), max),
        })
    }

    /// Waits for news since the last look.
    async fn wait(&mut self) -> Result<(), StoreError> {
        self.state.changed().await.map_err(|_| broken(DROPPED))
    }
}

fn broken(reason: &str) -> StoreError {
    StoreError::Blob(BlobError::Io { operation: "following a fill", source: io::Error::other(reason.to_owned()) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use coho_blob::WriteAt;

    /// A file whose pages are never in memory, as on a file system that does not know.
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
    async fn no_reader_gets_unwritten_bytes_with_few_or_many_readers() {
        // After the mark, the file has a hole and a range that was written ahead.
        let marks =
            [1, SHARED_BLOCK_BYTES - 1, SHARED_BLOCK_BYTES, SHARED_BLOCK_BYTES + 1, 3 * SHARED_BLOCK_BYTES + 77_000];
        let file = Arc::new(OnDisk(vec![0; 8 * SHARED_BLOCK_BYTES as usize].into()));
        for others in [0, FEW_READERS] {
            for mark in marks {
                let body = Arc::<InProgressBody>::default();
                body.set_blob(file.clone(), watch::Sender::new(mark).subscribe(), file.clone());
                body.absorb(mark);
                let _others: Vec<_> = (0..others).map(|_| body.reader(0, None)).collect();
                for start in
                    [0, mark - 1, mark / 2, mark - mark % SHARED_BLOCK_BYTES].into_iter().filter(|at| *at < mark)
                {
                    let mut reader = body.reader(start, None);
                    body.end(Ended::Broken { reason: "the origin died".into() });
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
