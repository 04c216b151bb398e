//! Where a blob's file is. Object keys never become part of a path.

use coho_model::BlobId;
use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

/// How many folders there are below the root.
pub(super) const FOLDERS: u32 = 4096;

/// `<root>/abc/<id>`. The folder comes from the random end of the id, so that all fill evenly.
pub(super) fn of(root: &Path, id: BlobId) -> PathBuf {
    folder(root, (id.0 % u128::from(FOLDERS)) as u32).join(id.to_string())
}

/// One of the folders.
pub(super) fn folder(root: &Path, number: u32) -> PathBuf {
    root.join(format!("{number:03x}"))
}

/// Makes the folder of a blob durable, if it is not there yet.
pub(super) fn ensure_folder(root: &Path, id: BlobId) -> io::Result<()> {
    let folder = folder(root, (id.0 % u128::from(FOLDERS)) as u32);
    match std::fs::create_dir(folder) {
        // Somebody else may have made it just now and not yet synced it; a second sync costs nothing then.
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => sync_folder(root),
    }
}

/// Makes the entries of a folder durable.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
