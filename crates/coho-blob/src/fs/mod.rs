//! Blobs as files: `abc/<id>` below one folder, one immutable file each.
//!
//! A file is created under its final name, which belongs to it alone, and synced with its folder before it counts; so
//! there are no temporary files and no renames. Folders are made when they are first needed.

mod pace;
mod path;
mod read;
mod reserve;
mod scan;
mod write;

pub use reserve::disk_bytes;

use crate::{BlobError, BlobReader, BlobScan, BlobSink, BlobStore, GrowingBlob, LocalFiles, Space};
use async_trait::async_trait;
use bytes::Bytes;
use coho_model::BlobId;
use pace::DiskPace;
use read::{BlobFile, FsReader};
use reserve::{Reserve, space};
use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::Arc,
};
use write::FsSink;

/// How the file engine behaves.
#[derive(Debug, Clone, Copy)]
pub struct FsOptions {
    /// Free bytes that bodies must leave: they keep metadata writable, so that deletes always work.
    pub reserve_bytes: u64,
    /// Most sealed blobs whose files are kept open.
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
    /// Opens or makes the folder.
    pub fn open(root: PathBuf, options: FsOptions) -> Result<Self, BlobError> {
        std::fs::create_dir_all(&root).map_err(BlobError::io("creating the blob folder"))?;
        if let Some(parent) = root.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            path::sync_folder(parent).map_err(BlobError::io("syncing the blob folder"))?;
        }
        let open = quick_cache::sync::Cache::new(options.open_files);
        let root: Arc<Path> = root.into();
        let reserve = Reserve::new(root.clone(), options.reserve_bytes);
        let folders = path::Folders::open(root.clone()).map_err(BlobError::io("syncing the blob folder"))?;
        Ok(Self { root, reserve, folders: Arc::new(folders), pace: Arc::new(DiskPace::new()), open })
    }

    async fn create(&self, id: BlobId, length: Option<u64>) -> Result<FsSink, BlobError> {
        self.reserve.admit(length.unwrap_or(0))?;
        let create = || {
            let (folders, reserve, pace) = (self.folders.clone(), self.reserve.clone(), self.pace.clone());
            blocking(move || FsSink::create(&folders, reserve, pace, id, length))
        };
        self.with_descriptor(create).await
    }

    /// Runs a job that needs a file descriptor. If there is none, the cached open files are closed and it runs again.
    async fn with_descriptor<T, F>(&self, job: impl Fn() -> F) -> Result<T, BlobError>
    where
        F: Future<Output = Result<T, BlobError>>,
    {
        match job().await {
            Err(error) if is_out_of_descriptors(&error) => {
                self.open.clear();
                job().await
            }
            other => other,
        }
    }
}

#[async_trait]
impl BlobStore for FsBlobs {
    async fn begin(&self, id: BlobId, length: Option<u64>) -> Result<Box<dyn BlobSink>, BlobError> {
        Ok(Box::new(self.create(id, length).await?))
    }

    async fn put(&self, id: BlobId, bytes: Bytes) -> Result<(), BlobError> {
        self.reserve.admit(bytes.len() as u64)?;
        let put = || {
            let (folders, bytes) = (self.folders.clone(), bytes.clone());
            blocking(move || write::put(&folders, id, &bytes))
        };
        self.with_descriptor(put).await
    }

    async fn open(&self, id: BlobId) -> Result<Arc<dyn BlobReader>, BlobError> {
        // A file that was changed from outside is opened and judged anew.
        if let Some(reader) = self.open.get(&id).filter(|reader| reader.has_its_length()) {
            return Ok(reader);
        }
        let (file, length) = self.with_descriptor(|| open_file(self.root.clone(), id)).await?;
        let reader = Arc::new(FsReader::new(BlobFile::new(id, Arc::new(file)), length));
        self.open.insert(id, reader.clone());
        Ok(reader)
    }

    async fn remove(&self, id: BlobId) -> Result<(), BlobError> {
        self.open.remove(&id);
        let root = self.root.clone();
        blocking(move || match in_either_folder(&root, id, std::fs::remove_file) {
            Ok(()) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            // Not a blob: its content may be needed, so it stays.
            Err(error) if error.kind() == io::ErrorKind::IsADirectory => {
                tracing::warn!(%id, "a folder has the name of a blob that is to be removed; it stays");
                Ok(())
            }
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

    fn local_files(&self) -> Option<&dyn LocalFiles> {
        Some(self)
    }
}

#[async_trait]
impl LocalFiles for FsBlobs {
    async fn begin_growing(&self, id: BlobId, length: Option<u64>) -> Result<Box<dyn GrowingBlob>, BlobError> {
        Ok(Box::new(self.create(id, length).await?))
    }
}

/// Runs a job on a blob's file in its folder, or in that of an earlier layout.
fn in_either_folder<T>(root: &Path, id: BlobId, job: impl Fn(PathBuf) -> io::Result<T>) -> io::Result<T> {
    match job(path::of(root, id)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => job(path::of_earlier(root, id)),
        other => other,
    }
}

/// The file and its length.
async fn open_file(root: Arc<Path>, id: BlobId) -> Result<(File, u64), BlobError> {
    blocking(move || in_either_folder(&root, id, read::open_regular).map_err(|error| read::open_error(id, error))).await
}

fn is_out_of_descriptors(error: &BlobError) -> bool {
    use rustix::io::Errno;
    let BlobError::Io { source, .. } = error else { return false };
    matches!(Errno::from_io_error(source), Some(Errno::MFILE | Errno::NFILE))
}

/// Runs a job that may wait for the disk on a thread that may wait.
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
