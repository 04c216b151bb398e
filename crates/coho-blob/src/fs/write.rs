//! Writing a blob's file. Small pieces are written on the calling thread; on a slow disk one job at a time writes while
//! the socket is read.

use super::{
    BlobFile, Reserve, blocking,
    pace::DiskPace,
    path::{self, Folders},
};
use crate::{BlobError, BlobSink, GrowingBlob, LocalFile, Progress, UnsyncedBlob, WriteAt};
use async_trait::async_trait;
use bytes::Bytes;
use coho_model::BlobId;
use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{Notify, watch};

/// Smaller pieces, in bytes, are always written on the calling thread.
const INLINE_WRITE_BYTES: usize = 64 * 1024;
/// Most bytes of one blob that wait to be written; further writes wait.
pub(super) const WAITING_BYTES: usize = 1024 * 1024;
/// Files of at least this known length in bytes are allocated at once, so that a full disk is found early.
const PREALLOCATE_BYTES: u64 = 1 << 20;
/// Most bytes that are allocated at once, since allocation takes time; whether the rest fits is asked before.
const MAX_PREALLOCATED_BYTES: u64 = 1 << 30;
/// Growth in bytes after which a body of unknown length is checked against the reserve again.
const RESERVE_CHECK_BYTES: u64 = 64 << 20;

/// A blob's file while it is written.
pub(super) struct FsSink {
    id: BlobId,
    path: PathBuf,
    shared: Arc<SharedFile>,
    /// Sealed, finished or discarded: dropping the sink removes nothing.
    is_ended: bool,
    reserve: Reserve,
    /// Bytes taken.
    taken: u64,
    /// The length at which the reserve is checked again.
    next_check: u64,
}

/// What a sink shares with its jobs.
struct SharedFile {
    file: Arc<File>,
    mark: watch::Sender<u64>,
    pace: Arc<DiskPace>,
    queue: Mutex<WriteQueue>,
    /// Notified when a job has done something that the sink may wait for; nothing else waits.
    news: Notify,
}

#[derive(Default)]
struct WriteQueue {
    waiting: Vec<Bytes>,
    bytes: usize,
    is_running: bool,
    /// Set after a failed write: the blob is lost. The error is reported once.
    failed: Option<Option<BlobError>>,
}

impl FsSink {
    pub(super) fn create(
        folders: &Folders,
        reserve: Reserve,
        pace: Arc<DiskPace>,
        id: BlobId,
        length: Option<u64>,
    ) -> Result<Self, BlobError> {
        let path = folders.path(id);
        let file = create(folders, id, &path).map_err(BlobError::io("creating a blob"))?;
        if let Some(length) = length.filter(|length| *length >= PREALLOCATE_BYTES)
            && let Err(error) = preallocate(&file, length.min(MAX_PREALLOCATED_BYTES))
        {
            remove(&path);
            return Err(BlobError::io("preallocating a blob")(error));
        }
        let (file, mark, news) = (Arc::new(file), watch::Sender::new(0), Notify::new());
        let shared = Arc::new(SharedFile { file, mark, pace, queue: Mutex::default(), news });
        // A known length was admitted as a whole, and its space is held as far as it is allocated.
        let next_check = length.unwrap_or(0).min(MAX_PREALLOCATED_BYTES) + RESERVE_CHECK_BYTES;
        Ok(Self { id, path, shared, is_ended: false, reserve, taken: 0, next_check })
    }

    /// Waits until few enough bytes wait to be written.
    async fn await_room(&self) -> Result<(), BlobError> {
        while self.shared.waiting()? > WAITING_BYTES {
            self.shared.news.notified().await;
        }
        Ok(())
    }

    /// Waits until everything taken is written.
    async fn await_written(&self) -> Result<(), BlobError> {
        loop {
            {
                let mut queue = self.shared.queue();
                if !queue.is_running {
                    return queue.check();
                }
            }
            self.shared.news.notified().await;
        }
    }

    fn unsynced(&self) -> UnsyncedFile {
        UnsyncedFile { file: self.shared.file.clone(), path: self.path.clone(), length: self.taken }
    }
}

/// A whole file that is not synced.
#[derive(Debug)]
struct UnsyncedFile {
    file: Arc<File>,
    path: PathBuf,
    length: u64,
}

impl UnsyncedBlob for UnsyncedFile {
    fn sync(&self) -> Result<(), BlobError> {
        self.file.set_len(self.length).map_err(BlobError::io("trimming a blob"))?;
        sync(&self.file, &self.path)
    }
}

impl WriteQueue {
    fn check(&mut self) -> Result<(), BlobError> {
        match &mut self.failed {
            None => Ok(()),
            Some(error) => Err(error.take().unwrap_or_else(|| failed("writing a blob", "an earlier write failed"))),
        }
    }
}

fn failed(operation: &'static str, why: &'static str) -> BlobError {
    BlobError::Io { operation, source: io::Error::other(why) }
}

impl SharedFile {
    fn queue(&self) -> MutexGuard<'_, WriteQueue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waiting(&self) -> Result<usize, BlobError> {
        let mut queue = self.queue();
        queue.check()?;
        Ok(queue.bytes)
    }

    /// Appends a piece and shows it to readers.
    fn append(&self, bytes: &[u8]) -> Result<(), BlobError> {
        let offset = *self.mark.borrow();
        let written = self.pace.watch(|| self.file.write_all_at(bytes, offset));
        written.map_err(BlobError::io("writing a blob"))?;
        self.mark.send_replace(offset + bytes.len() as u64);
        Ok(())
    }

    /// The job: writes until nothing waits.
    fn drain(&self) {
        let mut end = EndOfJob(Some(self));
        loop {
            let pieces = {
                let mut queue = self.queue();
                if queue.waiting.is_empty() {
                    queue.is_running = false;
                    end.0 = None;
                    break;
                }
                std::mem::take(&mut queue.waiting)
            };
            for piece in pieces {
                let appended = self.append(&piece);
                let mut queue = self.queue();
                queue.bytes -= piece.len();
                if let Err(error) = appended {
                    queue.failed = Some(Some(error));
                    queue.waiting.clear();
                    break;
                }
            }
        }
        self.news.notify_one();
    }
}

/// Wakes the sink also when a job panics.
struct EndOfJob<'a>(Option<&'a SharedFile>);

impl Drop for EndOfJob<'_> {
    fn drop(&mut self) {
        if let Some(shared) = self.0 {
            let mut queue = shared.queue();
            queue.is_running = false;
            queue.failed = Some(Some(failed("writing a blob", "a thread panicked")));
            drop(queue);
            shared.news.notify_one();
        }
    }
}

#[async_trait]
impl BlobSink for FsSink {
    async fn write(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        if bytes.is_empty() {
            return Ok(());
        }
        if self.taken >= self.next_check {
            self.reserve.admit(0)?;
            self.next_check += RESERVE_CHECK_BYTES;
        }
        self.taken += bytes.len() as u64;
        self.await_room().await?;
        let shared = &self.shared;
        let is_quick = bytes.len() < INLINE_WRITE_BYTES || !shared.pace.is_slow();
        let mut queue = shared.queue();
        // A write may have failed meanwhile: the next piece must not take the place of the missing one.
        queue.check()?;
        if is_quick && !queue.is_running {
            drop(queue);
            return shared.append(&bytes).inspect_err(|_| shared.queue().failed = Some(None));
        }
        queue.bytes += bytes.len();
        queue.waiting.push(bytes);
        if !queue.is_running {
            queue.is_running = true;
            drop(queue);
            let shared = shared.clone();
            tokio::task::spawn_blocking(move || shared.drain());
        }
        Ok(())
    }

    async fn seal(mut self: Box<Self>) -> Result<(), BlobError> {
        self.await_written().await?;
        let unsynced = self.unsynced();
        blocking(move || unsynced.sync()).await?;
        self.is_ended = true;
        Ok(())
    }

    async fn discard(mut self: Box<Self>) {
        // A running job must not write into a file that has left its folder; its result no longer matters.
        let _ = self.await_written().await;
        let path = self.path.clone();
        self.is_ended = true;
        let _ = tokio::task::spawn_blocking(move || remove(&path)).await;
    }
}

#[async_trait]
impl GrowingBlob for FsSink {
    fn file(&self) -> Arc<dyn LocalFile> {
        Arc::new(BlobFile::new(self.id, self.shared.file.clone()))
    }

    fn progress(&self) -> Progress {
        self.shared.mark.subscribe()
    }

    fn ahead(&self) -> Arc<dyn WriteAt> {
        Arc::new(FileAhead { file: self.shared.file.clone(), pace: self.shared.pace.clone() })
    }

    async fn absorb(&mut self, until: u64) -> Result<(), BlobError> {
        self.await_written().await?;
        self.taken = until;
        self.shared.mark.send_replace(until);
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<Arc<dyn UnsyncedBlob>, BlobError> {
        self.await_written().await?;
        self.is_ended = true;
        Ok(Arc::new(self.unsynced()))
    }
}

impl Drop for FsSink {
    fn drop(&mut self) {
        if !self.is_ended {
            remove(&self.path);
        }
    }
}

/// Writes into the file at any offset.
#[derive(Debug)]
struct FileAhead {
    file: Arc<File>,
    pace: Arc<DiskPace>,
}

#[async_trait]
impl WriteAt for FileAhead {
    async fn write_at(&self, offset: u64, bytes: Bytes) -> Result<(), BlobError> {
        let write = move |file: &File, pace: &DiskPace, bytes: &[u8]| {
            pace.watch(|| file.write_all_at(bytes, offset)).map_err(BlobError::io("writing a blob ahead"))
        };
        if !self.pace.is_slow() {
            return write(&self.file, &self.pace, &bytes);
        }
        let (file, pace) = (self.file.clone(), self.pace.clone());
        blocking(move || write(&file, &pace, &bytes)).await
    }
}

/// Writes a whole blob and makes it durable, on a thread that may wait for the disk.
pub(super) fn put(folders: &Folders, id: BlobId, bytes: &[u8]) -> Result<(), BlobError> {
    let path = folders.path(id);
    let file = create(folders, id, &path).map_err(BlobError::io("creating a blob"))?;
    let written = file.write_all_at(bytes, 0).map_err(BlobError::io("writing a blob"));
    written.and_then(|()| sync(&file, &path)).inspect_err(|_| remove(&path))
}

/// Makes a whole file and its name durable. Not retried after a failure: the kernel may have dropped the pages that it could
/// not write.
fn sync(file: &File, path: &Path) -> Result<(), BlobError> {
    file.sync_all().map_err(BlobError::io("syncing a blob"))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    path::sync_folder(folder).map_err(BlobError::io("syncing a blob's folder"))
}

fn create(folders: &Folders, id: BlobId, path: &Path) -> io::Result<File> {
    folders.ensure(id)?;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            folders.mark_lost(id);
            folders.ensure(id)?;
            options.open(path)
        }
        other => other,
    }
}

#[cfg(target_os = "linux")]
fn preallocate(file: &File, length: u64) -> io::Result<()> {
    use rustix::{fs::FallocateFlags, io::Errno};
    // The length stays that of the written bytes, so that a reader never sees allocated zeros.
    match rustix::fs::fallocate(file, FallocateFlags::KEEP_SIZE, 0, length) {
        Ok(()) | Err(Errno::OPNOTSUPP) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn preallocate(_file: &File, _length: u64) -> io::Result<()> {
    Ok(())
}

/// Removes an unsealed file. One that cannot be removed now is found later as an orphan.
fn remove(path: &Path) {
    if let Err(error) = std::fs::remove_file(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(path = %path.display(), %error, "an unfinished blob could not be removed; the orphan search will find it");
    }
}
