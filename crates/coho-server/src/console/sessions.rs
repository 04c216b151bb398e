//! Sessions: begun with the admin token, found by their secret, ended by their time, their user or another administrator.
//!
//! Invariant: the secret is in its cookie alone; here is its digest. A session gets its secret here, never from a client.

use super::{
    secret::{SessionSecret, hex},
    sessions_file::SessionsFile,
};
use crate::admin::AdminToken;
use coho_model::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use subtle::ConstantTimeEq;
use tokio::sync::watch;

/// Most sessions at a time; a further one ends the one that was used least recently.
pub(super) const MAX_SESSIONS: usize = 100;
/// How long a session lasts without a request, in milliseconds.
const IDLE_MS: i64 = 12 * 3_600_000;
/// How long a session lasts at most, in milliseconds.
const LIFE_MS: i64 = 7 * 24 * 3_600_000;
/// Longest time of use that the file may miss, in milliseconds.
const USE_STEP_MS: i64 = 5 * 60_000;
/// Longest description of a browser that is kept, in characters.
const MAX_USER_AGENT_CHARS: usize = 256;

/// A session as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct StoredSession {
    pub(super) id: String,
    /// The digest of the secret, in hex.
    pub(super) sha256: String,
    pub(super) created_ms: i64,
    pub(super) last_used_ms: i64,
    pub(super) address: String,
    pub(super) user_agent: String,
    /// The access key that has signed in; none for the admin token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) access_key_id: Option<String>,
    /// Names the secret of that key: with another one the session ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) access_key_mark: Option<String>,
}

#[derive(Debug)]
struct SessionEntry {
    stored: StoredSession,
    /// Tells its event streams that it has ended.
    ended: watch::Sender<bool>,
}

/// The session of a request.
#[derive(Debug)]
pub(super) struct CurrentSession {
    pub(super) stored: StoredSession,
    pub(super) csrf: String,
    /// True once the session has ended.
    pub(super) ended: watch::Receiver<bool>,
}

/// Who signs in.
#[derive(Debug)]
pub(super) struct Browser<'h> {
    pub(super) address: String,
    pub(super) user_agent: &'h str,
    /// An access key and the mark of its secret; none for the admin token.
    pub(super) access_key: Option<(String, String)>,
}

/// All sessions.
#[derive(Debug)]
pub(super) struct Sessions {
    table: Arc<Mutex<Table>>,
    file: SessionsFile,
    token_sha256: String,
    /// One writer of the file at a time.
    writer: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Debug, Default)]
struct Table {
    entries: Vec<SessionEntry>,
    /// Whether the file misses a use, or a beginning or an end whose request was given up before it was written.
    is_unsaved: bool,
}

impl StoredSession {
    pub(super) fn idle_end(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.last_used_ms.saturating_add(IDLE_MS)).min(self.end())
    }

    pub(super) fn end(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.created_ms.saturating_add(LIFE_MS))
    }

    /// A use far in the future was noted before the clock was set back. Such a session ends, since its end cannot be known.
    fn is_over(&self, now: Timestamp) -> bool {
        self.idle_end() <= now || self.last_used_ms > now.unix_ms().saturating_add(IDLE_MS)
    }

    /// `digest` in hex.
    fn has(&self, digest: &str) -> bool {
        self.sha256.as_bytes().ct_eq(digest.as_bytes()).into()
    }
}

impl Sessions {
    /// Those of the file, as far as their time is not over.
    pub(super) fn load(file: SessionsFile, token: &AdminToken, now: Timestamp) -> Self {
        let token_sha256 = hex(&token.digest());
        let stored = file.load(&token_sha256).into_iter().filter(|session| !session.is_over(now));
        let entries = stored.map(SessionEntry::new).collect();
        let table = Arc::new(Mutex::new(Table { entries, is_unsaved: false }));
        Self { table, file, token_sha256, writer: Arc::default() }
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        locked(&self.table)
    }

    pub(super) fn count(&self) -> usize {
        self.lock().entries.len()
    }

    /// Begins a session with a new secret. The sessions of `replaced`, which the browser had until now, end.
    pub(super) async fn begin(
        &self,
        browser: Browser<'_>,
        replaced: impl Iterator<Item = SessionSecret>,
        now: Timestamp,
    ) -> Result<(SessionSecret, CurrentSession), getrandom::Error> {
        let secret = SessionSecret::generate()?;
        let (access_key_id, access_key_mark) = browser.access_key.unzip();
        let shown = |character: char| if character.is_control() { ' ' } else { character };
        let stored = StoredSession {
            id: secret.id(),
            sha256: hex(&secret.digest()),
            created_ms: now.unix_ms(),
            last_used_ms: now.unix_ms(),
            address: browser.address,
            user_agent: browser.user_agent.chars().take(MAX_USER_AGENT_CHARS).map(shown).collect(),
            access_key_id,
            access_key_mark,
        };
        let replaced: Vec<_> = replaced.map(|secret| hex(&secret.digest())).collect();
        let current = {
            let mut table = self.lock();
            table.end_where(|session| session.is_over(now) || replaced.iter().any(|digest| session.has(digest)));
            while table.entries.len() >= MAX_SESSIONS {
                let oldest = table.entries.iter().min_by_key(|entry| entry.stored.last_used_ms);
                let Some(id) = oldest.map(|entry| entry.stored.id.clone()) else { break };
                table.end_where(|session| session.id == id);
            }
            let entry = SessionEntry::new(stored);
            let current = entry.current(&secret);
            table.entries.push(entry);
            table.is_unsaved = true;
            current
        };
        self.save().await;
        Ok((secret, current))
    }

    /// The session that a request carries, which is used by it.
    pub(super) fn find(&self, secrets: impl Iterator<Item = SessionSecret>, now: Timestamp) -> Option<CurrentSession> {
        let mut table = self.lock();
        for secret in secrets {
            let digest = hex(&secret.digest());
            let entry = table.entries.iter_mut().find(|entry| entry.stored.has(&digest));
            if let Some(entry) = entry.filter(|entry| !entry.stored.is_over(now)) {
                let is_unsaved = now.unix_ms() - entry.stored.last_used_ms >= USE_STEP_MS;
                // Only a step moves it: what is shown is what is kept.
                if is_unsaved {
                    entry.stored.last_used_ms = now.unix_ms();
                }
                let current = entry.current(&secret);
                table.is_unsaved |= is_unsaved;
                return Some(current);
            }
        }
        None
    }

    /// All sessions, the newest first.
    pub(super) fn list(&self, now: Timestamp) -> Vec<StoredSession> {
        let table = self.lock();
        let stored = table.entries.iter().map(|entry| &entry.stored).filter(|session| !session.is_over(now));
        let mut sessions: Vec<_> = stored.cloned().collect();
        sessions.sort_by_key(|session| std::cmp::Reverse(session.created_ms));
        sessions
    }

    /// Ends the session of this id; false if there is none.
    pub(super) async fn end(&self, id: &str) -> bool {
        let ended = self.lock().end_where(|session| session.id == id);
        self.save().await;
        ended > 0
    }

    /// Ends every session, and gives their number.
    pub(super) async fn end_all(&self) -> usize {
        let ended = self.lock().end_where(|_| true);
        self.save().await;
        ended
    }

    /// Ends the sessions whose time is over, or whose access key may not sign in any more, and saves what is not saved.
    pub(super) async fn sweep(&self, now: Timestamp, may_go_on: impl Fn(&StoredSession) -> bool) {
        self.lock().end_where(|session| session.is_over(now) || !may_go_on(session));
        self.save_changes().await;
    }

    /// Saves what is not saved.
    pub(super) async fn save_changes(&self) {
        if self.lock().is_unsaved {
            self.save().await;
        }
    }

    /// Writes the file. The table is copied when it is this writer's turn, so that the last file has the last change.
    async fn save(&self) {
        let turn = self.writer.clone().lock_owned().await;
        let stored = {
            let mut table = self.lock();
            table.is_unsaved = false;
            table.entries.iter().map(|entry| entry.stored.clone()).collect()
        };
        let (file, token_sha256) = (self.file.clone(), self.token_sha256.clone());
        let table = self.table.clone();
        let written = tokio::task::spawn_blocking(move || {
            if !file.replace(&token_sha256, stored) {
                // The next sweep tries again.
                locked(&table).is_unsaved = true;
            }
            drop(turn);
        });
        if let Err(error) = written.await {
            tracing::error!(%error, "the sessions of the console were not written");
        }
    }
}

fn locked(table: &Mutex<Table>) -> MutexGuard<'_, Table> {
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Table {
    /// Ends sessions, and gives their number.
    fn end_where(&mut self, ends: impl Fn(&StoredSession) -> bool) -> usize {
        let before = self.entries.len();
        self.entries.retain(|entry| {
            let ends = ends(&entry.stored);
            if ends {
                entry.ended.send_replace(true);
            }
            !ends
        });
        let ended = before - self.entries.len();
        self.is_unsaved |= ended > 0;
        ended
    }
}

impl SessionEntry {
    fn new(stored: StoredSession) -> Self {
        Self { stored, ended: watch::Sender::new(false) }
    }

    fn current(&self, secret: &SessionSecret) -> CurrentSession {
        CurrentSession { stored: self.stored.clone(), csrf: secret.csrf(), ended: self.ended.subscribe() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{future::Future, path::Path, task};

    fn write(path: &Path, text: &str) -> std::io::Result<()> {
        std::fs::write(path, text)
    }

    #[tokio::test]
    async fn an_end_whose_request_was_given_up_is_saved_all_the_same() {
        let dir = tempfile::tempdir().unwrap();
        let (path, token, now) =
            (dir.path().join("sessions"), AdminToken::new("token"), Timestamp::from_unix_ms(1_000));
        let load = || Sessions::load(SessionsFile::new(path.clone(), write), &token, now);
        let sessions = load();
        let browser = Browser { address: String::new(), user_agent: "", access_key: None };
        let (_, session) = sessions.begin(browser, std::iter::empty(), now).await.unwrap();
        assert_eq!(load().count(), 1);
        // The request waits for another writer when its client leaves.
        let writer = sessions.writer.clone().lock_owned().await;
        let mut end = Box::pin(sessions.end(&session.stored.id));
        assert!(end.as_mut().poll(&mut task::Context::from_waker(task::Waker::noop())).is_pending());
        drop((end, writer));
        assert_eq!((sessions.count(), load().count()), (0, 1));
        sessions.sweep(now, |_| true).await;
        assert_eq!(load().count(), 0, "the session would come back at the next start");
    }

    #[tokio::test]
    async fn a_file_that_could_not_be_written_is_written_by_the_next_sweep() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("late");
        let (path, token, now) = (folder.join("sessions"), AdminToken::new("token"), Timestamp::from_unix_ms(1_000));
        let load = || Sessions::load(SessionsFile::new(path.clone(), write), &token, now);
        let sessions = load();
        let browser = Browser { address: String::new(), user_agent: "", access_key: None };
        sessions.begin(browser, std::iter::empty(), now).await.unwrap();
        assert_eq!(load().count(), 0, "the folder is not there");
        std::fs::create_dir(&folder).unwrap();
        sessions.sweep(now, |_| true).await;
        assert_eq!(load().count(), 1);
    }
}
