//! Where a blob's file is. Object keys never become part of a path.

use coho_model::BlobId;
use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

/// How many folders there are below the root.
pub(super) const FOLDERS: u32 = 4096;

/// `<root>/abc/<id>`.
pub(super) fn of(root: &Path, id: BlobId) -> PathBuf {
    folder(root, number(id)).join(id.to_string())
}

/// So many folders take turns at a time,
const ABREAST: u32 = 16;
/// for two to this power milliseconds, about 17 minutes; after three days it is the first one's turn again.
const TURN_BITS: u32 = 20;

/// Where it was put before blobs of one time lay together: in a folder by the random end of its id.
pub(super) fn of_earlier(root: &Path, id: BlobId) -> PathBuf {
    folder(root, (id.0 % u128::from(FOLDERS)) as u32).join(id.to_string())
}

/// The number of a blob's folder. Blobs of the same time lie together, so that few folders are made, touched and synced
/// for a burst of them; they lie in several, since a folder takes one new name at a time.
fn number(id: BlobId) -> u32 {
    let turn = (id.unix_ms() >> TURN_BITS) as u32 % (FOLDERS / ABREAST);
    turn * ABREAST + (id.0 % u128::from(ABREAST)) as u32
}

/// One of the folders.
pub(super) fn folder(root: &Path, number: u32) -> PathBuf {
    root.join(format!("{number:03x}"))
}

/// Which folders are known to outlive a loss of power. That one is there does not say so: whoever made it may not
/// have synced the root yet.
#[derive(Debug)]
pub(super) struct Folders {
    root: Arc<Path>,
    durable: Box<[AtomicBool]>,
}

impl Folders {
    /// Makes those that are there durable.
    pub(super) fn open(root: Arc<Path>) -> io::Result<Self> {
        let there = |number| folder(&root, number).is_dir();
        let durable = (0..FOLDERS).map(|number| AtomicBool::new(there(number))).collect();
        sync_folder(&root)?;
        Ok(Self { root, durable })
    }

    /// Where the blob's file is.
    pub(super) fn path(&self, id: BlobId) -> PathBuf {
        of(&self.root, id)
    }

    /// Makes the blob's folder, and makes it durable, unless that is done.
    pub(super) fn ensure(&self, id: BlobId) -> io::Result<()> {
        let number = number(id);
        let durable = &self.durable[number as usize];
        if durable.load(Ordering::Acquire) {
            return Ok(());
        }
        match std::fs::create_dir(folder(&self.root, number)) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => sync_folder(&self.root)?,
        }
        durable.store(true, Ordering::Release);
        Ok(())
    }

    /// Somebody took the blob's folder away.
    pub(super) fn lost(&self, id: BlobId) {
        self.durable[number(id) as usize].store(false, Ordering::Release);
    }
}

/// Makes the entries of a folder durable.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blobs_of_one_time_share_some_folders_and_all_are_used_in_turn() {
        let turn = 1 << TURN_BITS;
        for (ms, random, expected) in [
            (0, 1, 1),
            (turn - 1, 15, 15),
            (turn - 1, 16, 0),
            (turn, 3, 19),
            (255 * turn, 15, 4095),
            (256 * turn, 0, 0),
            ((1 << 48) - 1, 0, 4080),
        ] {
            assert_eq!(number(BlobId::new(ms, random)), expected, "{ms} {random}");
        }
    }
}
