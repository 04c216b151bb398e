//! Where a blob's file is. Object keys never become part of a path.

use coho_model::BlobId;
use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

/// `<root>/ab/cd/<id>`. The folders come from the random end of the id, so that they fill evenly.
pub(super) fn of(root: &Path, id: BlobId) -> PathBuf {
    let (outer, inner) = shard(id);
    root.join(outer).join(inner).join(id.to_string())
}

/// The names of the two folders.
fn shard(id: BlobId) -> (String, String) {
    let [.., outer, inner] = id.to_bytes();
    (format!("{outer:02x}"), format!("{inner:02x}"))
}

/// Makes the folders of a blob durable, if they are not there yet.
pub(super) fn ensure_folder(root: &Path, id: BlobId) -> io::Result<()> {
    let (outer, inner) = shard(id);
    let outer = root.join(outer);
    create_folder(root, &outer)?;
    create_folder(&outer, &outer.join(inner))
}

fn create_folder(parent: &Path, folder: &Path) -> io::Result<()> {
    match std::fs::create_dir(folder) {
        Ok(()) => sync_folder(parent),
        // Somebody else may have made it just now and not yet synced it; a second sync costs nothing then.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => sync_folder(parent),
        Err(error) => Err(error),
    }
}

/// Makes the entries of a folder durable.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}
