//! The engine of one machine: SQLite, with one thread that commits what is queued in groups.
//!
//! Invariants: one process has the file open; one thread writes; `Ok` means that the log is synced; a read that begins
//! after an `Ok` sees the change, from the record cache or from the file.

mod access;
mod blobs;
mod bucket_rows;
mod checkpoint;
mod codes;
mod effects;
mod failure;
mod format_4;
mod group;
mod job;
mod list;
mod options;
mod readers;
mod record_cache;
mod rows;
mod schema;
mod segments;
mod store;
mod traffic;
mod versions;
mod website_versions;
mod writer;

pub use options::{LegacyWebsite, SqliteOptions, SqliteStats};
pub use segments::SegmentOptions;

use crate::{MetaError, buckets::BucketTable};
use checkpoint::Checkpointer;
use failure::Failure;
use options::Counters;
use readers::Readers;
use record_cache::RecordCache;
use rusqlite::Connection;
use segments::{SegmentWriter, Segments};
use std::{
    fs::{File, TryLockError},
    path::Path,
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, atomic::AtomicBool},
};
use writer::{Writer, WriterThread};

/// Metadata in one SQLite file, and inline bodies that were fetched in segments, files beside it.
///
/// Dropping it finishes what is queued and blocks until that is done; [`Self::close`] does the same without blocking.
#[derive(Debug)]
pub struct SqliteMeta {
    writer: WriterThread,
    shared: Arc<Shared>,
}

/// What callers and the writer have in common.
#[derive(Debug)]
struct Shared {
    buckets: RwLock<BucketTable>,
    cache: RecordCache,
    segments: Arc<Segments>,
    /// For single records, read by the calling thread.
    points: Readers,
    /// For pages, read by blocking threads.
    pages: Readers,
    counters: Arc<Counters>,
    /// A commit failed, and the writer refuses every change.
    read_only: AtomicBool,
    /// Keeps other processes out until everybody is done with the file.
    _lock: File,
}

impl SqliteMeta {
    /// Opens the file, or makes it, and brings it to the present format. A file that another process has open
    /// or that a later release wrote is an error.
    pub fn open(path: &Path, options: SqliteOptions) -> Result<Self, MetaError> {
        open(path, options).map_err(|failure| failure.during("opening the metadata file"))
    }

    /// Finishes what is queued and empties the log. Changes that come later are answered with [`MetaError::Closed`].
    pub async fn close(&self) -> Result<(), MetaError> {
        self.writer.close().await
    }

    /// What the engine has done so far.
    pub fn stats(&self) -> SqliteStats {
        self.shared.counters.read()
    }
}

impl Shared {
    fn buckets(&self) -> RwLockReadGuard<'_, BucketTable> {
        self.buckets.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn buckets_mut(&self) -> RwLockWriteGuard<'_, BucketTable> {
        self.buckets.write().unwrap_or_else(PoisonError::into_inner)
    }
}

fn open(path: &Path, options: SqliteOptions) -> Result<SqliteMeta, Failure> {
    let lock = lock(path)?;
    if !path.try_exists()? {
        segments::refuse_without_rows(path)?;
    }
    let connection = schema::open_writer(path, options.writer_page_cache_bytes, options.legacy_website)?;
    let segments = SegmentWriter::open(path, options.segments, &connection)?;
    start(path, lock, connection, segments, options)
}

/// Starts the threads over a file that is locked and has the present format.
fn start(
    path: &Path,
    lock: File,
    connection: Connection,
    segments: SegmentWriter,
    options: SqliteOptions,
) -> Result<SqliteMeta, Failure> {
    let (writer, shared) = prepare(path, lock, connection, segments, options)?;
    Ok(SqliteMeta { writer: WriterThread::spawn(writer)?, shared })
}

fn prepare(
    path: &Path,
    lock: File,
    connection: Connection,
    segments: SegmentWriter,
    options: SqliteOptions,
) -> Result<(Writer, Arc<Shared>), Failure> {
    let buckets = bucket_rows::read_all(&connection)?;
    let readers = |count| Readers::open(path, count, options.reader_page_cache_bytes);
    let counters = Arc::new(Counters::default());
    let checkpointer = Checkpointer::spawn(schema::open_checkpointer(path)?, counters.clone())?;
    let shared = Arc::new(Shared {
        buckets: RwLock::new(buckets),
        cache: RecordCache::new(options.record_cache_bytes),
        segments: segments.segments().clone(),
        points: readers(options.reader_connections)?,
        pages: readers(options.page_connections)?,
        read_only: AtomicBool::new(false),
        counters,
        _lock: lock,
    });
    Ok((Writer::new(connection, shared.clone(), segments, checkpointer), shared))
}

/// Two processes would each trust their own cache. SQLite's own locks do not keep the second one out.
fn lock(path: &Path) -> Result<File, Failure> {
    let mut name = path.as_os_str().to_owned();
    name.push("-lock");
    let file = File::options().create(true).truncate(false).write(true).open(name)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Failure::InUse),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests;
