//! The path of a blob's file. Object keys never become part of a path.

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

/// Number of folders below the root.
pub(super) const FOLDERS: u32 = 4096;

/// `<root>/abc/<id>`.
pub(super) fn of(root: &Path, id: BlobId) -> PathBuf {
    folder(root, number(id)).join(id.to_string())
}

/// Number of folders that take new blobs at the same time.
const ACTIVE_FOLDERS: u32 = 16;
/// A group of folders is active for two to this power milliseconds, about 17 minutes; the first group is active again
/// after three days.
const TURN_BITS: u32 = 20;

/// The path in an earlier layout, in which the random end of the id chose the folder.
pub(super) fn of_earlier(root: &Path, id: BlobId) -> PathBuf {
    folder(root, (id.0 % u128::from(FOLDERS)) as u32).join(id.to_string())
}

/// The number of a blob's folder. Blobs of the same time share a group of folders, so that a burst makes, touches and
/// syncs few of them; the group has several, since a folder takes one new name at a time.
fn number(id: BlobId) -> u32 {
    let turn = (id.unix_ms() >> TURN_BITS) as u32 % (FOLDERS / ACTIVE_FOLDERS);
    turn * ACTIVE_FOLDERS + (id.0 % u128::from(ACTIVE_FOLDERS)) as u32
}

/// The path of a folder.
pub(super) fn folder(root: &Path, number: u32) -> PathBuf {
    root.join(format!("{number:03x}"))
}

/// The folders that are known to survive a loss of power. An existing folder may not: the root may not have been synced
/// since it was made.
#[derive(Debug)]
pub(super) struct Folders {
    root: Arc<Path>,
    durable: Box<[AtomicBool]>,
}

impl Folders {
    /// Makes the existing folders durable.
    pub(super) fn open(root: Arc<Path>) -> io::Result<Self> {
        let exists = |number| folder(&root, number).is_dir();
        let durable = (0..FOLDERS).map(|number| AtomicBool::new(exists(number))).collect();
        sync_folder(&root)?;
        Ok(Self { root, durable })
    }

    /// The path of the blob's file.
    pub(super) fn path(&self, id: BlobId) -> PathBuf {
        of(&self.root, id)
    }

    /// Makes the blob's folder and makes it durable, unless that was done before.
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

    /// Records that the blob's folder was removed from outside.
    pub(super) fn mark_lost(&self, id: BlobId) {
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
    fn blobs_of_one_time_share_a_group_of_folders_and_all_groups_are_used() {
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
