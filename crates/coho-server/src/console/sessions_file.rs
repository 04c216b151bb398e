//! The file of sessions, so that they survive a restart. It holds digests: nothing in it signs anyone in.

use super::sessions::{MAX_SESSIONS, StoredSession};
use serde::{Deserialize, Serialize};
use std::{
    fs::File,
    io::{self, Read},
    path::{Path, PathBuf},
};

/// Largest file that is read, in bytes; a full one has a third of that.
const MAX_FILE_BYTES: u64 = 256 * 1024;
/// Version of the form.
const VERSION: u32 = 1;

/// Where sessions are kept.
#[derive(Debug, Clone)]
pub(super) struct SessionsFile {
    path: PathBuf,
    write_private: fn(&Path, &str) -> io::Result<()>,
}

/// The document.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SessionsDocument {
    version: u32,
    /// The SHA-256 of the admin token under which the sessions were begun. Another token ends them.
    token_sha256: String,
    sessions: Vec<StoredSession>,
}

impl SessionsFile {
    pub(super) fn new(path: PathBuf, write_private: fn(&Path, &str) -> io::Result<()>) -> Self {
        Self { path, write_private }
    }

    /// The sessions that were begun under this token. A file that cannot be read has none: everyone signs in again, and the
    /// store starts.
    pub(super) fn load(&self, token_sha256: &str) -> Vec<StoredSession> {
        match self.read() {
            Ok(None) => Vec::new(),
            Ok(Some(document)) if document.token_sha256 != token_sha256 => {
                tracing::info!("the admin token has changed: the sessions of the console have ended");
                Vec::new()
            }
            Ok(Some(mut document)) => {
                document.sessions.truncate(MAX_SESSIONS);
                document.sessions
            }
            Err(error) => {
                let file = self.path.display();
                tracing::warn!(%file, %error, "the sessions of the console cannot be read: everyone must sign in again");
                Vec::new()
            }
        }
    }

    fn read(&self) -> io::Result<Option<SessionsDocument>> {
        let file = match File::open(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            opened => opened?,
        };
        let mut text = String::new();
        file.take(MAX_FILE_BYTES + 1).read_to_string(&mut text)?;
        if text.len() as u64 > MAX_FILE_BYTES {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the file is too large"));
        }
        let document: SessionsDocument = serde_json::from_str(&text)?;
        if document.version != VERSION {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "the file has another version"));
        }
        Ok(Some(document))
    }

    /// Replaces the file. If that fails it is removed: a session that was ended must not come back at the next start.
    /// Answers whether it was written.
    pub(super) fn replace(&self, token_sha256: &str, sessions: Vec<StoredSession>) -> bool {
        let document = SessionsDocument { version: VERSION, token_sha256: token_sha256.to_owned(), sessions };
        let text = serde_json::to_string_pretty(&document).map_err(io::Error::from);
        let Err(error) = text.and_then(|text| (self.write_private)(&self.path, &text)) else { return true };
        let file = self.path.display();
        match std::fs::remove_file(&self.path) {
            Err(failed) if failed.kind() != io::ErrorKind::NotFound => {
                tracing::error!(%file, %error, %failed, "sessions of the console that were ended may come back at the next start");
            }
            _ => {
                tracing::warn!(%file, %error, "the sessions of the console would not survive a restart; they are written again soon")
            }
        }
        false
    }
}
