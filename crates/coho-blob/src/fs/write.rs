//! Writing a blob's file: digest and write in one job, one job at a time, next to the socket's reading.

use super::{
    FsReader, Reserve, blocking,
    path::{self, Folders},
};
use crate::{BlobError, BlobReader, BlobSink, Digest, Progress, SealedBlob};
use async_trait::async_trait;
use bytes::Bytes;
use coho_model::BlobId;
use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::Arc,
};
use tokio::{sync::watch, task::JoinHandle};

/// Pieces below this are hashed and written on the calling thread: a change of threads would cost more.
const INLINE_WRITE_BYTES: usize = 64 * 1024;
/// Files of a known length from this on get their room at once, so that a full disk is known early.
const PREALLOCATE_BYTES: u64 = 1 << 20;

/// A body of unknown length is checked against the reserve each time it has grown by this.
const RESERVE_CHECK_BYTES: u64 = 64 << 20;

/// A blob's file while it is written.
pub(super) struct FsSink {
    id: BlobId,
    path: PathBuf,
    file: Arc<File>,
    state: State,
    mark: Arc<watch::Sender<u64>>,
    sealed: bool,
    reserve: Reserve,
    /// At which length the reserve is looked at again.
    next_check: u64,
}

/// Where the digest is.
enum State {
    Idle(Box<Digest>),
    Writing(JoinHandle<Result<Box<Digest>, BlobError>>),
    /// A write failed; nothing more can be done with this blob.
    Failed,
}

impl FsSink {
    pub(super) fn create(
        folders: &Folders,
        reserve: Reserve,
        id: BlobId,
        length: Option<u64>,
    ) -> Result<Self, BlobError> {
        let path = folders.path(id);
        let file = create(folders, id, &path).map_err(BlobError::io("creating a blob"))?;
        if let Some(length) = length.filter(|length| *length >= PREALLOCATE_BYTES)
            && let Err(error) = preallocate(&file, length)
        {
            remove(&path);
            return Err(BlobError::io("preallocating a blob")(error));
        }
        let mark = Arc::new(watch::Sender::new(0));
        let state = State::Idle(Box::default());
        // What was announced was admitted as a whole.
        let next_check = length.unwrap_or(0).saturating_add(RESERVE_CHECK_BYTES);
        Ok(Self { id, path, file: Arc::new(file), state, mark, sealed: false, reserve, next_check })
    }

    /// Waits for the job that runs and takes the digest back.
    async fn digest(&mut self) -> Result<Box<Digest>, BlobError> {
        match std::mem::replace(&mut self.state, State::Failed) {
            State::Idle(digest) => Ok(digest),
            State::Writing(job) => match job.await {
                Ok(result) => result,
                Err(error) => Err(BlobError::Io { operation: "writing a blob", source: io::Error::other(error) }),
            },
            State::Failed => {
                Err(BlobError::Io { operation: "writing a blob", source: io::Error::other("an earlier write failed") })
            }
        }
    }
}

#[async_trait]
impl BlobSink for FsSink {
    async fn write(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        let digest = self.digest().await?;
        if *self.mark.borrow() >= self.next_check {
            self.reserve.admit(0)?;
            self.next_check += RESERVE_CHECK_BYTES;
        }
        let (file, mark) = (self.file.clone(), self.mark.clone());
        self.state = if bytes.len() < INLINE_WRITE_BYTES {
            State::Idle(append(&file, digest, &bytes, &mark)?)
        } else {
            State::Writing(tokio::task::spawn_blocking(move || append(&file, digest, &bytes, &mark)))
        };
        Ok(())
    }

    fn reader(&self) -> Arc<dyn BlobReader> {
        Arc::new(FsReader::new(self.id, self.file.clone()))
    }

    fn progress(&self) -> Progress {
        self.mark.subscribe()
    }

    async fn seal(mut self: Box<Self>) -> Result<SealedBlob, BlobError> {
        let digests = self.digest().await?.finish();
        let (file, path) = (self.file.clone(), self.path.clone());
        // Not tried again when it fails: the kernel may have dropped the pages that it could not write.
        blocking(move || {
            file.set_len(digests.length).map_err(BlobError::io("trimming a blob"))?;
            file.sync_all().map_err(BlobError::io("syncing a blob"))?;
            let folder = path.parent().unwrap_or(Path::new("."));
            path::sync_folder(folder).map_err(BlobError::io("syncing a blob's folder"))
        })
        .await?;
        self.sealed = true;
        Ok(SealedBlob { id: self.id, digests })
    }

    async fn discard(mut self: Box<Self>) {
        // The job that runs must not write into a file that is gone from its folder; its result no longer matters.
        let _ = self.digest().await;
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

fn append(
    file: &File,
    mut digest: Box<Digest>,
    bytes: &[u8],
    mark: &watch::Sender<u64>,
) -> Result<Box<Digest>, BlobError> {
    let offset = *mark.borrow();
    file.write_all_at(bytes, offset).map_err(BlobError::io("writing a blob"))?;
    // Readers go on before the digest is done: they need the bytes, not the sum.
    mark.send_replace(offset + bytes.len() as u64);
    digest.update(bytes);
    Ok(digest)
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
