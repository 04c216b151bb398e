//! The data folder: one process at a time, one known format, files of secrets that only their owner reads.

use anyhow::{Context, bail, ensure};
use std::{
    fs::{DirBuilder, File, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// Version of the folder's layout that this version of Coho writes. It reads all earlier ones: 1 has formats up to 4 of the
/// metadata file, 2 has format 5, 3 has formats 6 to 11.
const VERSION: u32 = 3;
/// What comes before the version in `FORMAT`.
const FORMAT_PREFIX: &str = "coho data ";

/// Entries of a folder that a first start may find: its own, of a start that failed, and that of a fresh file system.
const OWN_NAMES: [&str; 6] = ["LOCK", "FORMAT.new", "credentials.toml", "credentials.new", "admin.json", "lost+found"];

/// The folder, locked for this process.
#[derive(Debug)]
pub(crate) struct DataDir {
    path: PathBuf,
    /// The version that was found.
    version: u32,
    /// Holds the lock until the process ends.
    _lock: File,
}

impl DataDir {
    /// Creates the folder if it is missing, and locks it.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        // It holds private objects, and bucket settings with the secrets of origins.
        let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
        made.with_context(|| format!("cannot create the data folder {shown}"))?;
        refuse_foreign(path)?;
        let lock = File::create(path.join("LOCK")).with_context(|| format!("cannot write into {shown}"))?;
        if let Err(error) = lock.try_lock() {
            bail!("the data folder {shown} is in use by another process ({error})");
        }
        let version = read_version(path)?;
        Ok(Self { path: path.to_owned(), version, _lock: lock })
    }

    /// Notes that everything in the folder has the present layout, once the engines have been opened.
    pub(crate) fn finish_upgrade(&self) -> anyhow::Result<()> {
        if self.version < VERSION {
            write_version(&self.path)?;
            tracing::info!(from = self.version, to = VERSION, "the data folder was upgraded");
        }
        Ok(())
    }

    /// Marks the folder as in use. Returns whether the process before did not end in order.
    pub(crate) fn begin(&self) -> anyhow::Result<bool> {
        let running = self.join("RUNNING");
        let unclean = match OpenOptions::new().write(true).create_new(true).open(&running) {
            Ok(_) => false,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => true,
            // Without the file, no later start searches for what this run leaves. That is better than not to run.
            Err(error) if error.kind() == ErrorKind::StorageFull => {
                tracing::error!("the disk is full: only reads and deletes will work");
                false
            }
            Err(error) => return Err(error).with_context(|| format!("cannot write {}", running.display())),
        };
        File::open(&self.path)?.sync_all()?;
        Ok(unclean)
    }

    /// A path in the folder.
    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The process ends in order: the next one need not search for orphaned files.
    pub(crate) fn close(&self) -> anyhow::Result<()> {
        match std::fs::remove_file(self.join("RUNNING")) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error).context("cannot remove RUNNING"),
            _ => Ok(()),
        }
    }
}

/// A folder with other content is a mistake of the path: nothing is written into it.
fn refuse_foreign(path: &Path) -> anyhow::Result<()> {
    let shown = path.display();
    if path.join("FORMAT").exists() {
        return Ok(());
    }
    for entry in std::fs::read_dir(path).with_context(|| format!("cannot read the folder {shown}"))? {
        let name = entry.with_context(|| format!("cannot read the folder {shown}"))?.file_name();
        let name = name.to_string_lossy();
        ensure!(
            OWN_NAMES.contains(&&*name),
            "the folder {shown} is not empty and not a data folder of Coho: it has {name:?} and no FORMAT; choose an \
             empty folder with --data-dir"
        );
    }
    Ok(())
}

/// The version of a folder; a new folder gets the present one.
fn read_version(folder: &Path) -> anyhow::Result<u32> {
    let (path, shown) = (folder.join("FORMAT"), folder.display());
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => {
            write_version(folder)?;
            return Ok(VERSION);
        }
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let version = text.trim_end().strip_prefix(FORMAT_PREFIX).and_then(|version| version.parse().ok());
    let Some(version) = version.filter(|version| *version > 0) else {
        bail!(
            "{} says {:?}, which no version of Coho writes: is {shown} the right folder?",
            path.display(),
            text.trim()
        );
    };
    ensure!(
        version <= VERSION,
        "the data folder {shown} has version {version}, and this version of Coho supports versions up to {VERSION}: start \
         the Coho that wrote it, or a later one, or restore a backup from before its upgrade"
    );
    Ok(version)
}

fn write_version(folder: &Path) -> anyhow::Result<()> {
    write_durably(&folder.join("FORMAT"), &format!("{FORMAT_PREFIX}{VERSION}\n"), 0o644)
}

/// Writes a file that only its owner may read.
pub(crate) fn write_secret(path: &Path, text: &str) -> anyhow::Result<()> {
    write_durably(path, text, 0o600)
}

/// The same for a file whose writer needs the kind of a failure, durable with its name.
pub(crate) fn replace_private(path: &Path, text: &str) -> std::io::Result<()> {
    replace(path, text, 0o600)?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

fn write_durably(path: &Path, text: &str, mode: u32) -> anyhow::Result<()> {
    replace(path, text, mode).with_context(|| format!("cannot write {}", path.display()))
}

/// Writes a temporary file and renames it, so that no reader sees half of it.
fn replace(path: &Path, text: &str, mode: u32) -> std::io::Result<()> {
    let beside = path.with_extension("new");
    // One that an earlier process left may have another mode.
    match std::fs::remove_file(&beside) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&beside, path)
}
