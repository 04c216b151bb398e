//! From SQLite's errors to the port's.

use crate::{MetaError, encoding::DecodeError};
use coho_model::ObjectRecord;
use rusqlite::ErrorCode;
use rustix::io::Errno;
use std::{io, sync::Arc};

/// What goes wrong between a row and its record.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// A column holds what no version of this engine writes there.
    #[error("column {column} is damaged")]
    Column { column: &'static str },
    /// A record has a number that no column can hold.
    #[error("{column} is out of range")]
    Range { column: &'static str },
    /// Its bytes are not there, or are other ones: they were given up, or the file is damaged.
    #[error("inline body at byte {offset} of segment {segment:08x} is damaged or gone")]
    SegmentBody {
        segment: u32,
        offset: u64,
        #[source]
        source: Option<io::Error>,
    },
    #[error("there are segments, and the metadata file that they belong to is not there")]
    StrangeSegments,
    #[error("cursor is not one of this engine")]
    Cursor,
    #[error("website configuration cannot be read")]
    Website(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The file was written by a later release.
    #[error(
        "metadata file has format {found}, and this release supports formats up to {known}; start the release that wrote it, or \
         a later one, or restore a backup from before its upgrade"
    )]
    NewerFormat { found: i64, known: i64 },
    #[error("metadata file is opened by another process")]
    InUse,
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Failure {
    /// Whether room has run out, on the disk or up to SQLite's own limit.
    pub(super) fn is_full(&self) -> bool {
        match self {
            Self::Sqlite(error) => error.sqlite_error_code() == Some(ErrorCode::DiskFull),
            Self::Io(error) => matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded),
            _ => false,
        }
    }

    /// Whether an inline body is lost for good. A file that could not be opened for another reason may
    /// open at the next attempt.
    pub(super) fn is_damage(&self) -> bool {
        match self {
            Self::SegmentBody { source: None, .. } => true,
            Self::SegmentBody { source: Some(error), .. } => {
                matches!(Errno::from_io_error(error), Some(Errno::NOENT | Errno::NOTDIR | Errno::LOOP | Errno::ISDIR))
                    || error.kind() == io::ErrorKind::UnexpectedEof
            }
            _ => false,
        }
    }

    /// As the port tells it of the read of an object, whose `record` without its bytes is read if the bytes are lost.
    pub(super) fn of_object(self, record: impl FnOnce() -> Result<Option<ObjectRecord>, Self>) -> MetaError {
        match self.is_damage().then(record) {
            Some(Ok(Some(record))) => MetaError::DamagedBody { record: Arc::new(record), source: Box::new(self) },
            _ => self.during("reading an object"),
        }
    }

    /// As the port tells it.
    pub(super) fn during(self, operation: &'static str) -> MetaError {
        if self.is_full() { MetaError::Full } else { MetaError::Engine { operation, source: Box::new(self) } }
    }
}
