//! The file that a download is written to until it is whole. Its name comes from the object and its version, so that a later
//! run finds it and continues. It is renamed in the end. A power loss is left out: nothing is synced.

use super::target_folder::TargetFile;
use anyhow::{Context, anyhow, bail};
use rustix::fs::{AtFlags, Mode, OFlags, linkat, openat, renameat, unlinkat};
use rustix::io::Errno;
use sha2::{Digest, Sha256};
use std::{
    fs::File,
    io::{self, Read, Seek, Write},
    os::unix::fs::MetadataExt,
};

/// Bytes of the digest in the name.
const NAME_BYTES: usize = 16;

/// The file, locked for this process.
pub(super) struct TemporaryFile<'a> {
    target: &'a TargetFile,
    name: String,
    file: File,
}

impl<'a> TemporaryFile<'a> {
    /// Opens the file of this object, or makes it.
    pub(super) fn open(target: &'a TargetFile, identity: &[&str]) -> anyhow::Result<Self> {
        let mut digest = Sha256::new();
        for part in identity.iter().copied().chain([target.name.as_str()]) {
            digest.update((part.len() as u64).to_be_bytes());
            digest.update(part);
        }
        let name = format!(".coho-{}.part", hex::encode(&digest.finalize()[..NAME_BYTES]));
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = openat(&target.folder, &name, flags, Mode::from_raw_mode(0o666))
            .with_context(|| format!("cannot create a file for {:?}", target.name))?;
        let file = File::from(file);
        let metadata = file.metadata()?;
        if !metadata.is_file() || metadata.nlink() > 1 {
            bail!("{name} is in the way: a download did not make it");
        }
        if file.try_lock().is_err() {
            bail!("another process downloads the same object to {:?}", target.name);
        }
        Ok(Self { target, name, file })
    }

    /// Bytes that an earlier run has left.
    pub(super) fn length(&self) -> anyhow::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    /// Keeps the first bytes only.
    pub(super) fn shorten(&self, length: u64) -> anyhow::Result<()> {
        Ok(self.file.set_len(length)?)
    }

    /// Gives the bytes so far to `take`; the next ones are written after them.
    pub(super) fn read_all(&mut self, mut take: impl FnMut(&[u8])) -> anyhow::Result<()> {
        self.file.rewind()?;
        let mut piece = vec![0; 256 << 10];
        loop {
            match self.file.read(&mut piece)? {
                0 => return Ok(()),
                count => take(&piece[..count]),
            }
        }
    }

    /// Forgets the bytes so far.
    pub(super) fn clear(&mut self) -> anyhow::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        Ok(())
    }

    pub(super) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }

    /// Gives the file its name; without `overwrite` only if none has it.
    pub(super) fn publish(self, overwrite: bool) -> anyhow::Result<()> {
        let Self { target, name, .. } = &self;
        let folder = &target.folder;
        let wrong = || format!("cannot rename the finished file to {:?}", target.name);
        if overwrite {
            return renameat(folder, name, folder, &target.name).with_context(wrong);
        }
        match linkat(folder, name, folder, &target.name, AtFlags::empty()) {
            Ok(()) => unlinkat(folder, name, AtFlags::empty()).with_context(wrong),
            Err(Errno::EXIST) => Err(anyhow!("{:?} exists by now; give --force or --update", target.name)),
            // The file system has no links. An existing target was refused before.
            Err(Errno::PERM | Errno::OPNOTSUPP) => renameat(folder, name, folder, &target.name).with_context(wrong),
            Err(error) => Err(error).with_context(wrong),
        }
    }

    /// Removes the file.
    pub(super) fn remove(self) {
        // It is found and continued, or overwritten, by a later run.
        let _ = unlinkat(&self.target.folder, &self.name, AtFlags::empty());
    }
}
