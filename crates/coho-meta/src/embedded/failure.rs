//! From SQLite's errors to the port's.

use super::encoding::DecodeError;
use crate::MetaError;
use rusqlite::ErrorCode;

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
    #[error("cursor is not one of this engine")]
    Cursor,
    #[error("website configuration cannot be read")]
    Website(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The file was written by a later release.
    #[error("metadata file has format {found}, this release knows formats up to {known}")]
    NewerFormat { found: i64, known: i64 },
    #[error("metadata file is opened by another process")]
    InUse,
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl Failure {
    /// Whether there is no room, on the disk or up to SQLite's own limit.
    pub(super) fn is_full(&self) -> bool {
        matches!(self, Self::Sqlite(error) if error.sqlite_error_code() == Some(ErrorCode::DiskFull))
    }

    /// As the port tells it.
    pub(super) fn during(self, operation: &'static str) -> MetaError {
        if self.is_full() { MetaError::Full } else { MetaError::Engine { operation, source: Box::new(self) } }
    }
}
