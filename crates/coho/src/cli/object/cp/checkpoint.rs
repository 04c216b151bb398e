//! What a later run needs to continue an upload: a small file in the user's cache folder. Which parts are stored is asked of
//! the store, and each is compared with the file, so that nothing here can be out of date.

use super::source_file::FileStamp;
use crate::cli::{oss::OssUrl, settings::cache_dir};
use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{Read, Seek, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    time::Duration,
};

/// Largest file that is read, in bytes: a key and a path of their greatest lengths, escaped.
const MAX_FILE_BYTES: u64 = 64 << 10;
/// Checkpoints that were not used for this long are removed.
const MAX_AGE: Duration = Duration::from_secs(30 * 24 * 3600);

/// An upload that can be continued.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct UploadNote {
    /// Endpoint, bucket, key and the path of the file: what the name of the checkpoint is made of.
    identity: [String; 4],
    length: u64,
    /// As text: JSON has no such large numbers.
    modified_ns: String,
    inode: u64,
    part_bytes: u64,
    pub(super) upload_id: String,
}

/// The checkpoint of an upload, locked for this process.
pub(super) struct UploadCheckpoint {
    path: PathBuf,
    file: File,
}

impl UploadNote {
    pub(super) fn new(
        endpoint: &str,
        to: &OssUrl,
        path: &Path,
        stamp: &FileStamp,
        part_bytes: u64,
    ) -> anyhow::Result<Self> {
        let path = fs::canonicalize(path).context("the file cannot be found any more")?;
        let identity =
            [endpoint.to_owned(), to.bucket.to_string(), to.key.clone(), path.to_string_lossy().into_owned()];
        let FileStamp { length, modified_ns, inode } = *stamp;
        Ok(Self { identity, length, modified_ns: modified_ns.to_string(), inode, part_bytes, upload_id: String::new() })
    }

    /// Whether the other one is about the same bytes in the same parts.
    fn is_of(&self, other: &Self) -> bool {
        Self { upload_id: String::new(), ..self.clone() } == Self { upload_id: String::new(), ..other.clone() }
    }
}

impl UploadCheckpoint {
    /// Opens the checkpoint of an upload. Gives the note of an earlier run, and whether it is of the same bytes.
    pub(super) fn open(note: &UploadNote) -> anyhow::Result<(Self, Option<(UploadNote, bool)>)> {
        let folder = cache_dir().context("checkpoints need a cache folder, and HOME is not set")?.join("uploads");
        let made = DirBuilder::new().recursive(true).mode(0o700).create(&folder);
        made.with_context(|| format!("cannot create {}", folder.display()))?;
        let mut digest = Sha256::new();
        for part in &note.identity {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        let path = folder.join(format!("{}.json", hex::encode(digest.finalize())));
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = opened.with_context(|| format!("cannot open {}", path.display()))?;
        if file.try_lock().is_err() {
            bail!("another process uploads the same file to the same object");
        }
        remove_old(&folder);
        let mut text = String::new();
        // What cannot be read is not continued.
        let _ = (&file).take(MAX_FILE_BYTES).read_to_string(&mut text);
        let earlier: Option<UploadNote> = serde_json::from_str(&text).ok();
        let earlier = earlier.map(|earlier| {
            let is_same = earlier.is_of(note);
            (earlier, is_same)
        });
        Ok((Self { path, file }, earlier))
    }

    /// Writes the note. A crash in between leaves one that cannot be read, and costs the parts of this moment only.
    pub(super) fn write(&mut self, note: &UploadNote) -> anyhow::Result<()> {
        let mut write = || {
            self.file.set_len(0)?;
            self.file.rewind()?;
            self.file.write_all(&serde_json::to_vec(note)?)
        };
        write().with_context(|| format!("cannot write {}", self.path.display()))
    }

    /// Removes the checkpoint: there is nothing to continue.
    pub(super) fn remove(self) {
        // One that stays is found to be useless by the next run.
        let _ = fs::remove_file(&self.path);
    }
}

/// Removes checkpoints of uploads that were not continued. A failure leaves them to the next run.
fn remove_old(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let modified = entry.metadata().and_then(|metadata| metadata.modified());
        let age = modified.ok().and_then(|modified| modified.elapsed().ok());
        if age.is_some_and(|age| age > MAX_AGE) {
            let _ = fs::remove_file(entry.path());
        }
    }
}
