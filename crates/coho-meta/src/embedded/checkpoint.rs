//! Copying the log back into the file, off the commit path.
//!
//! A thread of its own copies what is committed whenever the log has grown, without stopping anybody. It cannot
//! begin the log anew under a writer that never pauses, so the writer helps: see [`help`].

use super::{Counters, failure::Failure, schema};
use rusqlite::Connection;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// Pages that one checkpoint copies at once (1 MiB). Small copies make small stalls: with 8 MiB the slowest of
/// a hundred commits took three times as long.
const COPY_PAGES: u64 = 256;
/// Fewer are copied this long after the first of them.
const COPY_AFTER: Duration = Duration::from_millis(500);
/// Pages in the log from which on the writer itself copies the rest, so that its next commit restarts the log (24 MiB).
const HELP_PAGES: u64 = 6 * 1024;
/// The writer helps only if no more pages than this are left to copy (16 MiB).
const HELP_GAP_PAGES: u64 = 4 * 1024;
/// The log's hard limit in pages (64 MiB): the writer waits for readers until the log is empty.
const LIMIT_PAGES: u64 = 16 * 1024;

/// The log as it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Log {
    /// Pages in it.
    pub(super) pages: u64,
    /// How many of them are copied.
    pub(super) copied: u64,
}

/// The thread, as its owner the writer has it.
#[derive(Debug)]
pub(super) struct Checkpointer {
    wake: Option<SyncSender<u64>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpointer {
    pub(super) fn spawn(connection: Connection, counters: Arc<Counters>) -> std::io::Result<Self> {
        let (wake, woken) = sync_channel(1);
        let run = move || run(&connection, &counters, &woken);
        let thread = std::thread::Builder::new().name("coho-checkpoint".into()).spawn(run)?;
        Ok(Self { wake: Some(wake), thread: Some(thread) })
    }

    /// Says that something was committed. If the thread has not yet heard of the last time, that is enough.
    pub(super) fn wake(&self, log: Log) {
        if let Some(wake) = &self.wake {
            let _already_woken = wake.try_send(log.pages.saturating_sub(log.copied));
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.wake = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("checkpoint thread panicked");
        }
    }
}

fn run(connection: &Connection, counters: &Counters, woken: &Receiver<u64>) {
    while let Ok(pages) = woken.recv() {
        if !wait_for_more(pages, woken) {
            return;
        }
        counters.note(passive(connection), "copying the log");
    }
}

/// Waits until the log is worth copying; false if the writer is gone.
fn wait_for_more(mut pages: u64, woken: &Receiver<u64>) -> bool {
    let until = Instant::now() + COPY_AFTER;
    while pages < COPY_PAGES {
        match woken.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(now) => pages = now,
            Err(RecvTimeoutError::Timeout) => return true,
            Err(RecvTimeoutError::Disconnected) => return false,
        }
    }
    true
}

/// The writer's part, between two batches.
pub(super) fn help(connection: &Connection, counters: &Counters, log: Log) {
    let done = if log.pages >= LIMIT_PAGES {
        truncate(connection)
    } else if log.pages >= HELP_PAGES && log.pages.saturating_sub(log.copied) < HELP_GAP_PAGES {
        passive(connection)
    } else {
        return;
    };
    counters.note(done, "emptying the log");
}

/// How long the log is, without touching it.
pub(super) fn measure(connection: &Connection) -> Result<Log, Failure> {
    checkpoint(connection, "PRAGMA wal_checkpoint(NOOP)")
}

/// Copies what can be copied without waiting for anybody.
fn passive(connection: &Connection) -> Result<Log, Failure> {
    checkpoint(connection, "PRAGMA wal_checkpoint(PASSIVE)")
}

/// Copies everything and empties the log, waiting for readers.
pub(super) fn truncate(connection: &Connection) -> Result<Log, Failure> {
    checkpoint(connection, "PRAGMA wal_checkpoint(TRUNCATE)")
}

fn checkpoint(connection: &Connection, sql: &str) -> Result<Log, Failure> {
    let log = connection.prepare_cached(sql)?.query_row([], |row| {
        let (pages, copied): (i64, i64) = (row.get(1)?, row.get(2)?);
        Ok(Log { pages: pages.max(0) as u64, copied: copied.max(0) as u64 })
    })?;
    Ok(log)
}

impl Counters {
    /// Counts a checkpoint. A failure is logged when it begins; the log then grows until one succeeds.
    pub(super) fn note(&self, done: Result<Log, Failure>, what: &'static str) {
        match done {
            Ok(_) => {
                self.checkpoints.fetch_add(1, Ordering::Relaxed);
                self.checkpoint_failing.store(false, Ordering::Relaxed);
            }
            Err(error) => {
                self.checkpoint_failures.fetch_add(1, Ordering::Relaxed);
                warn_once(&self.checkpoint_failing, &error, what);
            }
        }
    }
}

fn warn_once(failing: &AtomicBool, error: &Failure, what: &'static str) {
    if !failing.swap(true, Ordering::Relaxed) {
        tracing::warn!(%error, log_page_bytes = schema::PAGE_BYTES, "metadata checkpoint fails while {what}");
    }
}
