//! Reading a blob's file.

use super::blocking;
use crate::{BlobError, BlobReader, LocalFile};
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use coho_model::BlobId;
use rustix::{fs::OFlags, io::Errno};
use std::{
    fs::{File, OpenOptions},
    io,
    os::unix::fs::OpenOptionsExt,
    path::PathBuf,
    sync::Arc,
};

/// Opens a blob's file, and returns it with its length. Its last component is never followed, and opening it never waits
/// for a writer, so that nothing in the folder can lead outside it or block a thread.
pub(super) fn open_regular(path: PathBuf) -> io::Result<(File, u64)> {
    // Regular files ignore NONBLOCK.
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let metadata = file.metadata()?;
    if metadata.is_file() { Ok((file, metadata.len())) } else { Err(Errno::LOOP.into()) }
}

/// Why a blob's file could not be opened.
pub(super) fn open_error(id: BlobId, error: io::Error) -> BlobError {
    match Errno::from_io_error(&error) {
        Some(Errno::NOENT | Errno::NOTDIR) => BlobError::Missing(id),
        // A symbolic link or another special file; a socket; a device without a driver.
        Some(Errno::LOOP | Errno::NXIO | Errno::NODEV) => BlobError::NotRegular(id),
        _ => BlobError::io("opening a blob")(error),
    }
}

/// An open file of a blob, which may still grow.
#[derive(Debug)]
pub(super) struct BlobFile {
    id: BlobId,
    file: Arc<File>,
}

impl BlobFile {
    pub(super) fn new(id: BlobId, file: Arc<File>) -> Self {
        Self { id, file }
    }

    fn short(&self) -> BlobError {
        match self.file.metadata() {
            Ok(metadata) => BlobError::Short { blob: self.id, length: metadata.len() },
            Err(error) => BlobError::io("asking for a blob's length")(error),
        }
    }
}

/// Reads what the page cache has. Waiting for the disk would hold up every connection of this thread.
#[cfg(target_os = "linux")]
fn read_cached(file: &File, offset: u64, buffer: &mut [u8]) -> io::Result<Option<usize>> {
    use rustix::io::{Errno, ReadWriteFlags};
    let mut slices = [io::IoSliceMut::new(buffer)];
    match rustix::io::preadv2(file, &mut slices, offset, ReadWriteFlags::NOWAIT) {
        Ok(count) => Ok(Some(count)),
        // Some file systems do not know what is cached: a disk thread can read there.
        Err(Errno::AGAIN | Errno::OPNOTSUPP | Errno::INTR) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn read_cached(_file: &File, _offset: u64, _buffer: &mut [u8]) -> io::Result<Option<usize>> {
    Ok(None)
}

#[async_trait]
impl LocalFile for BlobFile {
    fn read_now(&self, offset: u64, max: usize) -> Result<Option<Bytes>, BlobError> {
        let mut buffer = BytesMut::zeroed(max);
        match read_cached(&self.file, offset, &mut buffer).map_err(BlobError::io("reading a blob"))? {
            Some(0) => Err(self.short()),
            Some(count) => {
                buffer.truncate(count);
                Ok(Some(buffer.freeze()))
            }
            None => Ok(None),
        }
    }

    async fn read(&self, offset: u64, max: usize) -> Result<Bytes, BlobError> {
        let file = self.file.clone();
        let bytes = blocking(move || {
            use std::os::unix::fs::FileExt;
            let mut buffer = BytesMut::zeroed(max);
            let count = file.read_at(&mut buffer, offset).map_err(BlobError::io("reading a blob"))?;
            buffer.truncate(count);
            Ok(buffer.freeze())
        })
        .await?;
        if bytes.is_empty() { Err(self.short()) } else { Ok(bytes) }
    }

    fn is_in_memory(&self, offset: u64, count: usize) -> bool {
        let last = offset + count.saturating_sub(1) as u64;
        [offset, last].iter().all(|at| matches!(read_cached(&self.file, *at, &mut [0]), Ok(Some(1))))
    }

    fn file(&self) -> Arc<File> {
        self.file.clone()
    }
}

/// A sealed blob with its length at the time when its file was opened. Blobs never change, but their files may be changed
/// from outside.
#[derive(Debug)]
pub(super) struct FsReader {
    file: BlobFile,
    length: u64,
}

impl FsReader {
    pub(super) fn new(file: BlobFile, length: u64) -> Self {
        Self { file, length }
    }

    /// Whether the file has the length that it had when it was opened.
    pub(super) fn has_its_length(&self) -> bool {
        self.file.file.metadata().is_ok_and(|metadata| metadata.len() == self.length)
    }
}

#[async_trait]
impl BlobReader for FsReader {
    async fn read(&self, offset: u64, max: usize) -> Result<Bytes, BlobError> {
        self.file.read(offset, max).await
    }

    fn length(&self) -> u64 {
        self.length
    }

    fn local(&self) -> Option<&dyn LocalFile> {
        Some(&self.file)
    }
}
