//! A growing file whose bytes are encrypted by a key of this process: the file of a body that is to be encrypted, while it arrives.
//!
//! Readers and ranges ahead see plain bytes at the offsets of plain bytes. After a crash the file is an orphan that nothing opens.

use async_trait::async_trait;
use bytes::Bytes;
use coho_blob::{BlobError, BlobSink, GrowingBlob, LocalFile, Progress, UnsyncedBlob, WriteAt};
use coho_crypt::ScratchCipher;
use std::{fs::File, io, sync::Arc};

/// The blob while it is written.
pub(super) struct ScratchBlob {
    inner: Box<dyn GrowingBlob>,
    cipher: Arc<ScratchCipher>,
    /// Where the next bytes go.
    at: u64,
}

#[derive(Debug)]
struct ScratchFile {
    inner: Arc<dyn LocalFile>,
    cipher: Arc<ScratchCipher>,
}

#[derive(Debug)]
struct ScratchAhead {
    inner: Arc<dyn WriteAt>,
    cipher: Arc<ScratchCipher>,
}

fn apply(cipher: &ScratchCipher, offset: u64, bytes: &[u8]) -> Result<Bytes, BlobError> {
    let failed = |error| BlobError::Io { operation: "encrypting a growing blob", source: io::Error::other(error) };
    cipher.apply(offset, bytes).map_err(failed)
}

/// Its key is nowhere, so a record that names it could never be read.
fn not_kept() -> BlobError {
    let source = io::Error::new(io::ErrorKind::Unsupported, "a file with a key of this process is not kept");
    BlobError::Io { operation: "ending a growing blob", source }
}

impl ScratchBlob {
    pub(super) fn over(inner: Box<dyn GrowingBlob>) -> Result<Self, BlobError> {
        let failed = |error| BlobError::Io { operation: "making a key", source: io::Error::other(error) };
        Ok(Self { inner, cipher: Arc::new(ScratchCipher::generate().map_err(failed)?), at: 0 })
    }
}

#[async_trait]
impl BlobSink for ScratchBlob {
    async fn write(&mut self, bytes: Bytes) -> Result<(), BlobError> {
        let stored = apply(&self.cipher, self.at, &bytes)?;
        self.at += bytes.len() as u64;
        self.inner.write(stored).await
    }

    async fn seal(self: Box<Self>) -> Result<(), BlobError> {
        self.discard().await;
        Err(not_kept())
    }

    async fn discard(self: Box<Self>) {
        self.inner.discard().await;
    }
}

#[async_trait]
impl GrowingBlob for ScratchBlob {
    fn file(&self) -> Arc<dyn LocalFile> {
        Arc::new(ScratchFile { inner: self.inner.file(), cipher: self.cipher.clone() })
    }

    fn progress(&self) -> Progress {
        self.inner.progress()
    }

    fn ahead(&self) -> Arc<dyn WriteAt> {
        Arc::new(ScratchAhead { inner: self.inner.ahead(), cipher: self.cipher.clone() })
    }

    async fn absorb(&mut self, until: u64) -> Result<(), BlobError> {
        self.inner.absorb(until).await?;
        self.at = until;
        Ok(())
    }

    async fn finish(self: Box<Self>) -> Result<Arc<dyn UnsyncedBlob>, BlobError> {
        self.discard().await;
        Err(not_kept())
    }
}

#[async_trait]
impl LocalFile for ScratchFile {
    fn read_now(&self, offset: u64, max: usize) -> Result<Option<Bytes>, BlobError> {
        self.inner.read_now(offset, max)?.map(|stored| apply(&self.cipher, offset, &stored)).transpose()
    }

    async fn read(&self, offset: u64, max: usize) -> Result<Bytes, BlobError> {
        apply(&self.cipher, offset, &self.inner.read(offset, max).await?)
    }

    /// Never: a kernel would send the bytes as the file has them.
    fn is_in_memory(&self, _offset: u64, _count: usize) -> bool {
        false
    }

    fn file(&self) -> Arc<File> {
        self.inner.file()
    }
}

#[async_trait]
impl WriteAt for ScratchAhead {
    async fn write_at(&self, offset: u64, bytes: Bytes) -> Result<(), BlobError> {
        self.inner.write_at(offset, apply(&self.cipher, offset, &bytes)?).await
    }
}
