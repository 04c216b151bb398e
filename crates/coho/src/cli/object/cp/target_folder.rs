//! A folder that objects are written into. Nothing outside of it is ever opened: each folder below it is opened by its name
//! in the one above, and a symbolic link is refused, so that neither a key nor a link that another program makes meanwhile
//! leads elsewhere.

use super::{existing::CopyVersion, key_path::KeyPath};
use anyhow::{Context, bail};
use coho_model::Timestamp;
use rustix::{
    fs::{AtFlags, FileType, Mode, OFlags, mkdirat, open, openat, statat},
    io::Errno,
};
use std::{
    os::fd::OwnedFd,
    path::{Path, PathBuf},
};

/// How folders are opened.
const FOLDER: OFlags = OFlags::DIRECTORY.union(OFlags::RDONLY).union(OFlags::CLOEXEC);

/// The folder, open.
#[derive(Debug)]
pub(super) struct TargetFolder {
    path: PathBuf,
    /// None in a dry run.
    folder: Option<OwnedFd>,
}

/// A place for a file in an open folder.
#[derive(Debug)]
pub(super) struct TargetFile {
    pub(super) folder: OwnedFd,
    pub(super) name: String,
}

impl TargetFolder {
    /// Opens the folder that the user named; links in its own path are theirs.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        let folder = open(path, FOLDER, Mode::empty());
        let folder = folder.with_context(|| format!("cannot open the folder {}", path.display()))?;
        Ok(Self { path: path.to_owned(), folder: Some(folder) })
    }

    /// The same, and makes it if it is missing.
    pub(super) fn create(path: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(path).with_context(|| format!("cannot create {}", path.display()))?;
        Self::open(path)
    }

    /// A folder of which the path alone is shown.
    pub(super) fn named(path: &Path) -> Self {
        Self { path: path.to_owned(), folder: None }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The place of a file, with the folders on its way; none if the path is a folder itself.
    pub(super) fn place(&self, path: &KeyPath) -> anyhow::Result<Option<TargetFile>> {
        let folder = self.folder.as_ref().context("nothing is written in a dry run")?;
        let mut folder = folder.try_clone().context("the folder cannot be opened")?;
        for name in &path.folders {
            folder = below(&folder, name)?;
        }
        Ok(path.file.clone().map(|name| TargetFile { folder, name }))
    }
}

/// Opens a folder by its name in another one, and makes it if it is missing.
fn below(folder: &OwnedFd, name: &str) -> anyhow::Result<OwnedFd> {
    match mkdirat(folder, name, Mode::from_raw_mode(0o777)) {
        Ok(()) | Err(Errno::EXIST) => {}
        Err(error) => return Err(error).with_context(|| format!("cannot create the folder {name:?}")),
    }
    openat(folder, name, FOLDER | OFlags::NOFOLLOW, Mode::empty()).map_err(|error| match error {
        Errno::LOOP | Errno::NOTDIR => {
            anyhow::anyhow!("{name:?} is in the way: it is a symbolic link or a file, not a folder")
        }
        other => anyhow::Error::from(other).context(format!("cannot open the folder {name:?}")),
    })
}

impl TargetFile {
    /// The present file. Only a regular file can be replaced.
    pub(super) fn existing(&self) -> anyhow::Result<Option<CopyVersion>> {
        let stat = match statat(&self.folder, &self.name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => stat,
            Err(Errno::NOENT) => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("cannot look for {:?}", self.name)),
        };
        let what = match FileType::from_raw_mode(stat.st_mode) {
            FileType::RegularFile => {
                let modified = Timestamp::from_unix_ms(stat.st_mtime.saturating_mul(1000));
                let length = u64::try_from(stat.st_size).ok();
                return Ok(Some(CopyVersion { length, modified: Some(modified) }));
            }
            FileType::Symlink => "a symbolic link",
            FileType::Directory => "a folder",
            _ => "not a regular file",
        };
        bail!("{:?} is in the way: it is {what}", self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, os::unix::fs::symlink};

    #[test]
    fn links_and_files_in_the_way_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let outside = dir.path().join("outside");
        let root = dir.path().join("root");
        fs::create_dir_all(&outside).unwrap();
        let folder = TargetFolder::create(&root).unwrap();
        symlink(&outside, root.join("link")).unwrap();
        symlink("nowhere", root.join("dangling")).unwrap();
        fs::write(root.join("file"), "abc").unwrap();
        let place = |key: &str| folder.place(&KeyPath::parse(key).unwrap());
        for key in ["link/x", "dangling/x", "file/x"] {
            assert!(place(key).unwrap_err().to_string().contains("in the way"), "{key}");
        }
        let existing = |key: &str| place(key).unwrap().unwrap().existing();
        for key in ["link", "dangling"] {
            assert!(existing(key).unwrap_err().to_string().contains("a symbolic link"), "{key}");
        }
        assert_eq!(existing("file").unwrap().unwrap().length, Some(3));
        assert_eq!(existing("a/b/new").unwrap(), None);
        assert!(root.join("a/b").is_dir());
        assert!(place("made/").unwrap().is_none() && root.join("made").is_dir());
        assert!(existing("made").unwrap_err().to_string().contains("a folder"));
        assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    }
}
