//! A local file that is uploaded: it must stay the same until its last byte was sent.

use super::{existing::CopyVersion, progress::TransferProgress};
use crate::cli::interrupt;
use anyhow::{Context, bail};
use coho_model::Timestamp;
use crc_fast::{CrcAlgorithm, Digest};
use std::{
    fs::{File, Metadata},
    io::{self, Read},
    os::unix::fs::{FileExt, MetadataExt},
    path::Path,
};

/// The file, open.
#[derive(Debug)]
pub(super) struct SourceFile {
    file: File,
    stamp: FileStamp,
}

/// What changes with the content of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileStamp {
    pub(super) length: u64,
    pub(super) modified_ns: i128,
    pub(super) inode: u64,
}

/// A range of the file as the body of a request.
pub(super) struct FileRange<'a> {
    source: &'a SourceFile,
    at: u64,
    end: u64,
    crc: Digest,
    progress: Option<&'a TransferProgress>,
    sent: u64,
    /// Why the body ended early, if the file is the reason.
    failure: Option<String>,
}

impl FileStamp {
    fn of(metadata: &Metadata) -> Self {
        let modified_ns = i128::from(metadata.mtime()) * 1_000_000_000 + i128::from(metadata.mtime_nsec());
        Self { length: metadata.len(), modified_ns, inode: metadata.ino() }
    }
}

impl SourceFile {
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let metadata = std::fs::metadata(path).context("the file cannot be read")?;
        // A pipe would wait for its writer when it is opened.
        if !metadata.is_file() {
            bail!("it is not a regular file; give -r for a folder, and - for standard input");
        }
        let file = File::open(path).context("the file cannot be read")?;
        let stamp = FileStamp::of(&file.metadata()?);
        Ok(Self { file, stamp })
    }

    pub(super) fn stamp(&self) -> &FileStamp {
        &self.stamp
    }

    pub(super) fn length(&self) -> u64 {
        self.stamp.length
    }

    pub(super) fn version(&self) -> CopyVersion {
        let ms = i64::try_from(self.stamp.modified_ns / 1_000_000).ok();
        CopyVersion { length: Some(self.stamp.length), modified: ms.map(Timestamp::from_unix_ms) }
    }

    /// Fails if the file has changed since it was opened.
    pub(super) fn check_unchanged(&self) -> Result<(), String> {
        match self.file.metadata() {
            Ok(metadata) if FileStamp::of(&metadata) == self.stamp => Ok(()),
            Ok(_) => Err("the file changed while it was read".into()),
            Err(error) => Err(format!("the file cannot be read: {error}")),
        }
    }

    /// The bytes of a range; progress is shown if they are sent.
    pub(super) fn range<'a>(&'a self, start: u64, end: u64, progress: Option<&'a TransferProgress>) -> FileRange<'a> {
        let crc = Digest::new(CrcAlgorithm::Crc64Xz);
        FileRange { source: self, at: start, end, crc, progress, sent: 0, failure: None }
    }
}

impl FileRange<'_> {
    /// The failure of the file that ended the body early.
    pub(super) fn failure(&mut self) -> Option<String> {
        self.failure.take()
    }

    /// The CRC-64 of what was read.
    pub(super) fn crc64(&self) -> u64 {
        self.crc.finalize()
    }

    /// Takes back what the progress counts: the range is sent again.
    pub(super) fn discount(&self) {
        if let Some(progress) = self.progress {
            progress.take_back(self.sent);
        }
    }

    fn fail(&mut self, why: String) -> io::Error {
        self.failure = Some(why.clone());
        io::Error::other(why)
    }
}

impl Read for FileRange<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if interrupt::is_interrupted() {
            return Err(self.fail("interrupted".into()));
        }
        let wanted = usize::try_from(self.end - self.at).unwrap_or(usize::MAX).min(buffer.len());
        if wanted == 0 {
            return Ok(0);
        }
        let count = match self.source.file.read_at(&mut buffer[..wanted], self.at) {
            Ok(0) => return Err(self.fail("the file became shorter while it was read".into())),
            Ok(count) => count,
            Err(error) => return Err(self.fail(format!("the file cannot be read: {error}"))),
        };
        // Before the last byte is sent, so that a store never gets the whole of a mixed body.
        if self.at + count as u64 == self.end {
            self.source.check_unchanged().map_err(|why| self.fail(why))?;
        }
        self.crc.update(&buffer[..count]);
        self.at += count as u64;
        self.sent += count as u64;
        if let Some(progress) = self.progress {
            progress.add(count as u64);
        }
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_file_that_changes_is_never_sent_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        let check = |change: &dyn Fn(), expected: Option<&str>| {
            fs::write(&path, "0123456789").unwrap();
            let source = SourceFile::open(&path).unwrap();
            let mut range = source.range(0, 10, None);
            range.read_exact(&mut [0; 4]).unwrap();
            change();
            let read = range.read_to_end(&mut Vec::new());
            assert_eq!(range.failure().as_deref(), expected);
            assert_eq!(read.is_ok(), expected.is_none());
        };
        let set_time = |seconds| {
            let at = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
            File::options().write(true).open(&path).unwrap().set_modified(at).unwrap();
        };
        check(&|| {}, None);
        check(&|| fs::write(&path, "012").unwrap(), Some("the file became shorter while it was read"));
        check(&|| fs::write(&path, "0123456789ab").unwrap(), Some("the file changed while it was read"));
        check(&|| set_time(5), Some("the file changed while it was read"));
        assert!(SourceFile::open(dir.path()).is_err());
        assert!(SourceFile::open(Path::new("/dev/null")).is_err());
    }
}
