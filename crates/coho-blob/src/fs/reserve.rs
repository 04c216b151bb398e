//! Free space: what the disk has, and the reserve that bodies must leave.

use crate::{BlobError, Space};
use std::{
    io,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// With this much more free space than is needed, in bytes, a recent answer of the disk is reused.
const AMPLE_BYTES: u64 = 2 << 30;
/// How long an answer of the disk may be reused: too short to write [`AMPLE_BYTES`].
const REUSE_TIME: Duration = Duration::from_millis(50);

pub(super) fn space(path: &Path) -> Result<Space, BlobError> {
    let stat = rustix::fs::statvfs(path).map_err(io::Error::from).map_err(BlobError::io("asking for free space"))?;
    Ok(Space { total: stat.f_blocks * stat.f_frsize, free: stat.f_bavail * stat.f_frsize })
}

/// Size of the disk that holds a folder, in bytes.
pub fn disk_bytes(path: &Path) -> Result<u64, BlobError> {
    Ok(space(path)?.total)
}

/// The space that bodies must leave free.
#[derive(Debug, Clone)]
pub(super) struct Reserve {
    root: Arc<Path>,
    bytes: u64,
    /// The disk's last answer in bytes, less what was admitted since.
    last_free: Arc<Mutex<Option<(Instant, u64)>>>,
}

impl Reserve {
    pub(super) fn new(root: Arc<Path>, bytes: u64) -> Self {
        Self { root, bytes, last_free: Arc::default() }
    }

    /// Refuses a body of this length if it would leave less.
    pub(super) fn admit(&self, length: u64) -> Result<(), BlobError> {
        let needed = self.bytes.saturating_add(length);
        let last_free = || self.last_free.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, free)) = &mut *last_free()
            && at.elapsed() < REUSE_TIME
            && *free >= needed.saturating_add(AMPLE_BYTES)
        {
            // Other bodies may be admitted before this one is written.
            *free -= length;
            return Ok(());
        }
        let free = space(&self.root)?.free;
        *last_free() = Some((Instant::now(), free.saturating_sub(length)));
        if free < needed { Err(BlobError::Full) } else { Ok(()) }
    }
}
