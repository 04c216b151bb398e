//! Writing a blob's file. One job at a time writes while the socket is read, and shows readers what it wrote.

use super::{
    FsReader, Reserve, blocking,
    path::{self, Folders},
};
use crate::{BlobAhead, BlobError, BlobReader, BlobSink, Progress, UnsyncedBlob};
use async_trait::async_trait;
use bytes::Bytes;
use coho_model::BlobId;
use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::sync::{Notify, watch};

/// Pieces below this are always written on the calling thread.
const INLINE_WRITE_BYTES: usize = 64 * 1024;
/// A write into the page cache takes some tens of microseconds; one that takes this long and has slept in the kernel has
/// waited for the disk.
const SLOW_WRITE: Duration = Duration::from_millis(5);
/// So long after a slow write larger pieces are written by jobs.
const SLOW_TIME: Duration = Duration::from_secs(1);
/// Most bytes of one blob that wait to be written; further writes wait.
const WAITING_BYTES: usize = 1024 * 1024;
/// Files of a known length from this on get their room at once, so that a full disk is known early.
const PREALLOCATE_BYTES: u64 = 1 << 20;
/// And at most so much of it, since it takes time: whether there is room for all of it is asked before.
const MOST_PREALLOCATED_BYTES: u64 = 1 << 30;

/// A body of unknown length is checked against the reserve each time it has grown by this.
const RESERVE_CHECK_BYTES: u64 = 64 << 20;

/// Whether writes wait for the disk at the moment. As long as they do not, a change of threads costs more than the
/// write, which goes to memory; when they do, it is not the connections' threads that wait.
#[derive(Debug)]
pub(super) struct DiskPace {
    start: Instant,
    /// Milliseconds since the start.
    slow_until: AtomicU64,
}

impl DiskPace {
    pub(super) fn new() -> Self {
        Self { start: Instant::now(), slow_until: AtomicU64::new(0) }
    }

    fn is_slow(&self) -> bool {
        self.slow_until.load(Ordering::Relaxed) > self.start.elapsed().as_millis() as u64
    }

    /// Does a write, and sees whether it waits for the disk.
    fn watch<T>(&self, write: impl FnOnce() -> T) -> T {
        let (sleeps, begun) = (sleeps(), Instant::now());
        let written = write();
        // Where the processor is short, a write takes long as well because others have their turn within it.
        if begun.elapsed() >= SLOW_WRITE && (sleeps.is_none() || sleeps != self::sleeps()) {
            let until = (self.start.elapsed() + SLOW_TIME).as_millis() as u64;
            self.slow_until.fetch_max(until, Ordering::Relaxed);
        }
        written
    }
}

/// How often this thread has given up its core to wait for something; `None` where the system does not tell.
#[cfg(target_os = "linux")]
fn sleeps() -> Option<impl PartialEq> {
    use nix::sys::resource::{UsageWho, getrusage};
    getrusage(UsageWho::RUSAGE_THREAD).ok().map(|usage| usage.voluntary_context_switches())
}

#[cfg(not(target_os = "linux"))]
fn sleeps() -> Option<i64> {
    None
}

/// A blob's file while it is written.
pub(super) struct FsSink {
    id: BlobId,
    path: PathBuf,
    growing: Arc<Growing>,
    sealed: bool,
    reserve: Reserve,
    /// Bytes taken.
    taken: u64,
    /// At which length the reserve is looked at again.
    next_check: u64,
}

/// What the jobs of a blob share with it.
struct Growing {
    file: Arc<File>,
    mark: watch::Sender<u64>,
    pace: Arc<DiskPace>,
    queue: Mutex<Queue>,
    /// A job has done something that the sink may wait for; nobody else waits.
    news: Arc<Notify>,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Bytes>,
    bytes: usize,
    is_running: bool,
    /// A write failed; nothing more can be done with this blob. The error is told once.
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
            && let Err(error) = preallocate(&file, length.min(MOST_PREALLOCATED_BYTES))
        {
            remove(&path);
            return Err(BlobError::io("preallocating a blob")(error));
        }
        let (file, mark, news) = (Arc::new(file), watch::Sender::new(0), Arc::<Notify>::default());
        let growing = Arc::new(Growing { file, mark, pace, queue: Mutex::default(), news });
        // What was announced was admitted as a whole, and is held as far as it is allocated.
        let next_check = length.unwrap_or(0).min(MOST_PREALLOCATED_BYTES) + RESERVE_CHECK_BYTES;
        Ok(Self { id, path, growing, sealed: false, reserve, taken: 0, next_check })
    }

    /// Waits until few enough bytes wait to be written.
    async fn room(&self) -> Result<(), BlobError> {
        while self.growing.waiting()? > WAITING_BYTES {
            self.growing.news.notified().await;
        }
        Ok(())
    }

    /// Waits for the job that writes.
    async fn written(&self) -> Result<(), BlobError> {
        loop {
            {
                let mut queue = self.growing.queue();
                if !queue.is_running {
                    return queue.check();
                }
            }
            self.growing.news.notified().await;
        }
    }

    fn unsynced(&self) -> Unsynced {
        Unsynced { file: self.growing.file.clone(), path: self.path.clone(), length: self.taken }
    }
}

/// A file that is whole.
#[derive(Debug)]
struct Unsynced {
    file: Arc<File>,
    path: PathBuf,
    length: u64,
}

impl UnsyncedBlob for Unsynced {
    /// Not tried again when it fails: the kernel may have dropped the pages that it could not write.
    fn sync(&self) -> Result<(), BlobError> {
        self.file.set_len(self.length).map_err(BlobError::io("trimming a blob"))?;
        self.file.sync_all().map_err(BlobError::io("syncing a blob"))?;
        let folder = self.path.parent().unwrap_or(Path::new("."));
        path::sync_folder(folder).map_err(BlobError::io("syncing a blob's folder"))
    }
}

impl Queue {
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

impl Growing {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn waiting(&self) -> Result<usize, BlobError> {
        let mut queue = self.queue();
        queue.check()?;
        Ok(queue.bytes)
    }

    /// Appends a piece and shows it to readers.
    fn append(&self, bytes: Bytes) -> Result<(), BlobError> {
        let offset = *self.mark.borrow();
        let written = self.pace.watch(|| self.file.write_all_at(&bytes, offset));
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
                let count = piece.len();
                let appended = self.append(piece);
                let mut queue = self.queue();
                queue.bytes -= count;
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

/// However a job ends, the sink is told.
struct EndOfJob<'a>(Option<&'a Growing>);

impl Drop for EndOfJob<'_> {
    fn drop(&mut self) {
        if let Some(growing) = self.0 {
            let mut queue = growing.queue();
            queue.is_running = false;
            queue.failed = Some(Some(failed("writing a blob", "a thread panicked")));
            drop(queue);
            growing.news.notify_one();
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
        self.room().await?;
        let growing = &self.growing;
        let is_quick = bytes.len() < INLINE_WRITE_BYTES || !growing.pace.is_slow();
        let mut queue = growing.queue();
        // It may have failed since there was room: behind what is not there, nothing may come in its place.
        queue.check()?;
        if is_quick && !queue.is_running {
            drop(queue);
            return growing.append(bytes).inspect_err(|_| growing.queue().failed = Some(None));
        }
        queue.bytes += bytes.len();
        queue.waiting.push(bytes);
        if !queue.is_running {
            queue.is_running = true;
            drop(queue);
            let growing = growing.clone();
            tokio::task::spawn_blocking(move || growing.drain());
        }
        Ok(())
    }

    fn reader(&self) -> Arc<dyn BlobReader> {
        Arc::new(FsReader::new(self.id, self.growing.file.clone()))
    }

    fn progress(&self) -> Progress {
        self.growing.mark.subscribe()
    }

    fn ahead(&self) -> Arc<dyn BlobAhead> {
        Arc::new(FsAhead { file: self.growing.file.clone(), pace: self.growing.pace.clone() })
    }

    async fn absorb(&mut self, until: u64) -> Result<(), BlobError> {
        self.written().await?;
        self.taken = until;
        self.growing.mark.send_replace(until);
        Ok(())
    }

    async fn seal(mut self: Box<Self>) -> Result<(), BlobError> {
        self.written().await?;
        let unsynced = self.unsynced();
        blocking(move || unsynced.sync()).await?;
        self.sealed = true;
        Ok(())
    }

    async fn finish(mut self: Box<Self>) -> Result<Arc<dyn UnsyncedBlob>, BlobError> {
        self.written().await?;
        self.sealed = true;
        Ok(Arc::new(self.unsynced()))
    }

    async fn discard(mut self: Box<Self>) {
        // The job that runs must not write into a file that is gone from its folder; its result no longer matters.
        let _ = self.written().await;
        let path = self.path.clone();
        self.sealed = true;
        let _ = tokio::task::spawn_blocking(move || remove(&path)).await;
    }
}

impl Drop for FsSink {
    fn drop(&mut self) {
        if !self.sealed {
            remove(&self.path);
        }
    }
}

/// A way into the file at any place.
#[derive(Debug)]
struct FsAhead {
    file: Arc<File>,
    pace: Arc<DiskPace>,
}

#[async_trait]
impl BlobAhead for FsAhead {
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

fn create(folders: &Folders, id: BlobId, path: &Path) -> io::Result<File> {
    folders.ensure(id)?;
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    match options.open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            folders.lost(id);
            folders.ensure(id)?;
            options.open(path)
        }
        other => other,
    }
}

#[cfg(target_os = "linux")]
fn preallocate(file: &File, length: u64) -> io::Result<()> {
    use rustix::{fs::FallocateFlags, io::Errno};
    // The length stays what was written, so that a reader never sees zeros that nobody sent.
    match rustix::fs::fallocate(file, FallocateFlags::KEEP_SIZE, 0, length) {
        Ok(()) | Err(Errno::OPNOTSUPP) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn preallocate(_file: &File, _length: u64) -> io::Result<()> {
    Ok(())
}

/// An unsealed file that cannot be removed now is found again as an orphan.
fn remove(path: &Path) {
    if let Err(error) = std::fs::remove_file(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(path = %path.display(), %error, "an unfinished blob could not be removed; the orphan search will find it");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "it stands for a disk, and nobody waits for it")]
    fn only_a_write_that_waits_makes_the_disk_slow() {
        let computes = || {
            let begun = Instant::now();
            while begun.elapsed() < 2 * SLOW_WRITE {
                std::hint::spin_loop();
            }
        };
        // What a write does that waits for a disk.
        let waits = || std::thread::sleep(2 * SLOW_WRITE);
        for (name, write, expected) in
            [("quick", &(|| ()) as &dyn Fn(), false), ("computes", &computes, false), ("waits", &waits, true)]
        {
            let pace = DiskPace::new();
            pace.watch(write);
            assert_eq!(pace.is_slow(), expected || (name == "computes" && sleeps().is_none()), "{name}");
        }
    }
}
