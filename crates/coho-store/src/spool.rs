//! A local spool for blob engines without local files. A fetched body grows in a file of this machine, where readers
//! follow it, and goes to the engine when it is whole.

use async_trait::async_trait;
use bytes::Bytes;
use coho_blob::{
    BlobError, BlobReader, BlobScan, BlobSink, BlobStore, FsBlobs, FsOptions, GrowingBlob, LocalFile, LocalFiles,
    Progress, Space, UnsyncedBlob, WriteAt,
};
use coho_model::BlobId;
use std::{io, path::PathBuf, sync::Arc};

/// Bytes that are copied to the engine at a time.
const COPY_BYTES: u64 = 256 * 1024;

/// A blob engine with a spool.
#[derive(Debug)]
pub struct SpooledBlobs {
    engine: Arc<dyn BlobStore>,
    spool: FsBlobs,
}

impl SpooledBlobs {
    /// Opens the spool in a folder of its own. Whatever an earlier process left there is removed.
    pub fn open(engine: Arc<dyn BlobStore>, folder: PathBuf, options: FsOptions) -> Result<Self, BlobError> {
        match std::fs::remove_dir_all(&folder) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(BlobError::Io { operation: "clearing the spool", source })
            }
            _ => Ok(Self { engine, spool: FsBlobs::open(folder, options)? }),
        }
    }
}

#[async_trait]
impl BlobStore for SpooledBlobs {
    async fn begin(&self, id: BlobId, length: Option<u64>) -> Result<Box<dyn BlobSink>, BlobError> {
        self.engine.begin(id, length).await
    }

    async fn open(&self, id: BlobId) -> Result<Arc<dyn BlobReader>, BlobError> {
        self.engine.open(id).await
    }

    async fn remove(&self, id: BlobId) -> Result<(), BlobError> {
        self.engine.remove(id).await
    }

    async fn scan(&self, after: Option<BlobScan>) -> Result<(Vec<BlobId>, Option<BlobScan>), BlobError> {
        self.engine.scan(after).await
    }

    async fn admit(&self, bytes: u64) -> Result<(), BlobError> {
        self.engine.admit(bytes).await
    }

    async fn space(&self) -> Result<Space, BlobError> {
        self.engine.space().await
    }

    fn local_files(&self) -> Option<&dyn LocalFiles> {
        Some(self)
    }
}

#[async_trait]
impl LocalFiles for SpooledBlobs {
    async fn begin_growing(&self, id: BlobId, length: Option<u64>) -> Result<Box<dyn GrowingBlob>, BlobError> {
        self.engine.admit(length.unwrap_or(0)).await?;
        let spooled = self.spool.begin_growing(id, length).await?;
        Ok(Box::new(SpooledBlob { id, engine: self.engine.clone(), spooled, taken: 0 }))
    }
}

/// A blob that grows in the spool.
struct SpooledBlob {
    id: BlobId,
    engine: Arc<dyn BlobStore>,
    spooled: Box<dyn GrowingBlob>,
    /// Bytes taken.
    taken: u64,
}

impl SpooledBlob {
    /// Copies the whole body to the engine, where it is durable when this returns.
    async fn copy(&mut self) -> Result<(), BlobError> {
        // It waits for the pieces that are still being written, and reports a failure.
        self.spooled.absorb(self.taken).await?;
        let (file, mut sink) = (self.spooled.file(), self.engine.begin(self.id, Some(self.taken)).await?);
        let mut at = 0;
        while at < self.taken {
            let bytes = file.read(at, COPY_BYTES.min(self.taken - at) as usize).await?;
            at += bytes.len() as u64;
            sink.write(bytes).await?;
        }
        sink.seal().await
    }
}

#[async_trait]
impl BlobSink for SpooledBlob {
    async fn write(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        self.taken += bytes.len() as u64;
        self.spooled.write(bytes).await
    }

    async fn seal(mut self: Box<Self>) -> Result<(), BlobError> {
        let copied = self.copy().await;
        // Not awaited: nothing may come between the sealing and the change that names the blob.
        tokio::task::spawn_blocking(move || drop(self));
        copied
    }

    async fn discard(self: Box<Self>) {
        self.spooled.discard().await;
    }
}

#[async_trait]
impl GrowingBlob for SpooledBlob {
    fn file(&self) -> Arc<dyn LocalFile> {
        self.spooled.file()
    }

    fn progress(&self) -> Progress {
        self.spooled.progress()
    }

    fn ahead(&self) -> Arc<dyn WriteAt> {
        self.spooled.ahead()
    }

    async fn absorb(&mut self, until: u64) -> Result<(), BlobError> {
        self.spooled.absorb(until).await?;
        self.taken = until;
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<Arc<dyn UnsyncedBlob>, BlobError> {
        self.seal().await?;
        Ok(Arc::new(SealedByEngine))
    }
}

/// The engine has sealed the blob, so nothing is left to sync.
#[derive(Debug)]
struct SealedByEngine;

impl UnsyncedBlob for SealedByEngine {
    fn sync(&self) -> Result<(), BlobError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use coho_blob::MemoryBlobs;

    fn spooled() -> (SpooledBlobs, tempfile::TempDir) {
        let (folder, memory) = (tempfile::tempdir().unwrap(), MemoryBlobs::new(1 << 30));
        let options = FsOptions { reserve_bytes: 0, open_files: 4 };
        (SpooledBlobs::open(Arc::new(memory), folder.path().join("spool"), options).unwrap(), folder)
    }

    mod port {
        coho_blob::conformance_tests!(super::spooled());
        coho_blob::local_files_conformance_tests!(super::spooled());
    }

    #[tokio::test]
    async fn what_an_earlier_process_left_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let left = folder.path().join("spool/001/left");
        std::fs::create_dir_all(left.parent().unwrap()).unwrap();
        std::fs::write(&left, "half a body").unwrap();
        let options = FsOptions { reserve_bytes: 0, open_files: 4 };
        SpooledBlobs::open(Arc::new(MemoryBlobs::new(1)), folder.path().join("spool"), options).unwrap();
        assert!(!left.exists());
    }
}
