//! Blobs as files: `abc/<id>` below one folder, one immutable file each.
//!
//! A file is created under its final name, which nobody else can use, and synced with its folder before it
//! counts; so there are no temporary files and no renames. The folders are made when first needed.

mod path;
mod read;
mod scan;
mod write;

use crate::{BlobError, BlobReader, BlobScan, BlobSink, BlobStore, Space};
use async_trait::async_trait;
use coho_model::BlobId;
use read::FsReader;
use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use write::{DiskPace, FsSink};

/// How the file engine behaves.
#[derive(Debug, Clone, Copy)]
pub struct FsOptions {
    /// Free bytes that no body may eat into: they keep metadata writable, so that deletes always work.
    pub reserve_bytes: u64,
    /// Most descriptors of sealed blobs that are kept open.
    pub open_files: usize,
}

/// The file engine.
#[derive(Debug)]
pub struct FsBlobs {
    root: Arc<Path>,
    reserve: Reserve,
    folders: Arc<path::Folders>,
    pace: Arc<DiskPace>,
    open: quick_cache::sync::Cache<BlobId, Arc<FsReader>>,
}

impl FsBlobs {
    /// Opens, or makes, the folder.
    pub fn open(root: PathBuf, options: FsOptions) -> Result<Self, BlobError> {
        std::fs::create_dir_all(&root).map_err(BlobError::io("creating the blob folder"))?;
        if let Some(parent) = root.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            path::sync_folder(parent).map_err(BlobError::io("syncing the blob folder"))?;
        }
        let open = quick_cache::sync::Cache::new(options.open_files);
        let root: Arc<Path> = root.into();
        let reserve = Reserve { root: root.clone(), bytes: options.reserve_bytes, seen: Arc::default() };
        let folders = path::Folders::open(root.clone()).map_err(BlobError::io("syncing the blob folder"))?;
        Ok(Self { root, reserve, folders: Arc::new(folders), pace: Arc::new(DiskPace::new()), open })
    }
}

impl FsBlobs {
    async fn create(&self, id: BlobId, length: Option<u64>) -> Result<FsSink, BlobError> {
        let (folders, reserve, pace) = (self.folders.clone(), self.reserve.clone(), self.pace.clone());
        blocking(move || FsSink::create(&folders, reserve, pace, id, length)).await
    }
}

fn space(path: &Path) -> Result<Space, BlobError> {
    let stat = rustix::fs::statvfs(path).map_err(io::Error::from).map_err(BlobError::io("asking for free space"))?;
    Ok(Space { total: stat.f_blocks * stat.f_frsize, free: stat.f_bavail * stat.f_frsize })
}

/// Size of the disk that holds a folder, in bytes.
pub fn disk_bytes(path: &Path) -> Result<u64, BlobError> {
    Ok(space(path)?.total)
}

/// The room that bodies must leave.
#[derive(Debug, Clone)]
struct Reserve {
    root: Arc<Path>,
    bytes: u64,
    /// Free bytes at the last look.
    seen: Arc<Mutex<Option<(Instant, u64)>>>,
}

/// With so much more room than is needed, an answer of the disk is believed for a moment: it is asked for every object.
const PLENTY_BYTES: u64 = 2 << 30;
/// In this time nothing writes that much.
const PLENTY_TIME: Duration = Duration::from_millis(50);

impl Reserve {
    /// Refuses what would leave less.
    fn admit(&self, length: u64) -> Result<(), BlobError> {
        let needed = self.bytes.saturating_add(length);
        let seen = || self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, free)) = &mut *seen()
            && at.elapsed() < PLENTY_TIME
            && *free >= needed.saturating_add(PLENTY_BYTES)
        {
            // Others may be admitted before this one is written.
            *free -= length;
            return Ok(());
        }
        let free = space(&self.root)?.free;
        *seen() = Some((Instant::now(), free.saturating_sub(length)));
        if free < needed { Err(BlobError::Full) } else { Ok(()) }
    }
}

#[async_trait]
impl BlobStore for FsBlobs {
    async fn begin(&self, id: BlobId, length: Option<u64>) -> Result<Box<dyn BlobSink>, BlobError> {
        self.reserve.admit(length.unwrap_or(0))?;
        let mut sink = self.create(id, length).await;
        if matches!(&sink, Err(error) if is_out_of_descriptors(error)) {
            // Those that are kept for later are the ones to give up.
            self.open.clear();
            sink = self.create(id, length).await;
        }
        Ok(Box::new(sink?))
    }

    async fn open(&self, id: BlobId) -> Result<Arc<dyn BlobReader>, BlobError> {
        if let Some(reader) = self.open.get(&id) {
            return Ok(reader);
        }
        let mut opened = open_file(self.root.clone(), id).await;
        if matches!(&opened, Err(error) if is_out_of_descriptors(error)) {
            // Those that are kept for later are the ones to give up.
            self.open.clear();
            opened = open_file(self.root.clone(), id).await;
        }
        let file = opened?;
        let reader = Arc::new(FsReader::new(id, Arc::new(file)));
        self.open.insert(id, reader.clone());
        Ok(reader)
    }

    async fn remove(&self, id: BlobId) -> Result<(), BlobError> {
        self.open.remove(&id);
        let root = self.root.clone();
        blocking(move || match in_either_place(&root, id, std::fs::remove_file) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(BlobError::io("removing a blob")(error)),
        })
        .await
    }

    async fn scan(&self, after: Option<BlobScan>) -> Result<(Vec<BlobId>, Option<BlobScan>), BlobError> {
        let root = self.root.clone();
        blocking(move || scan::page(&root, after)).await
    }

    async fn admit(&self, bytes: u64) -> Result<(), BlobError> {
        self.reserve.admit(bytes)
    }

    async fn space(&self) -> Result<Space, BlobError> {
        space(&self.root)
    }
}

/// Does something with a blob's file where it is, or where an earlier layout has put it.
fn in_either_place<T>(root: &Path, id: BlobId, job: impl Fn(PathBuf) -> io::Result<T>) -> io::Result<T> {
    match job(path::of(root, id)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => job(path::of_earlier(root, id)),
        other => other,
    }
}

async fn open_file(root: Arc<Path>, id: BlobId) -> Result<File, BlobError> {
    blocking(move || match in_either_place(&root, id, File::open) {
        Ok(file) => Ok(file),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(BlobError::Missing(id)),
        Err(error) => Err(BlobError::io("opening a blob")(error)),
    })
    .await
}

fn is_out_of_descriptors(error: &BlobError) -> bool {
    use rustix::io::Errno;
    let BlobError::Io { source, .. } = error else { return false };
    matches!(Errno::from_io_error(source), Some(Errno::MFILE | Errno::NFILE))
}

/// Runs what may wait for a disk where that blocks nobody else.
async fn blocking<T: Send + 'static>(
    job: impl FnOnce() -> Result<T, BlobError> + Send + 'static,
) -> Result<T, BlobError> {
    match tokio::task::spawn_blocking(job).await {
        Ok(result) => result,
        Err(error) => Err(BlobError::Io { operation: "waiting for a disk thread", source: io::Error::other(error) }),
    }
}

#[cfg(test)]
mod tests;
