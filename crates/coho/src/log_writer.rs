//! Writes log lines on a thread of its own, in batches, so that no request waits for the terminal or the log's pipe.
//!
//! The queue is bounded: if the log is not read fast enough, lines are dropped and counted. The log belongs to the
//! process, and so do the thread and the count.

use std::{
    io::{self, BufWriter},
    sync::{Mutex, OnceLock, PoisonError},
};
use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};

/// Most log lines that wait to be written; further ones are dropped.
const MAX_QUEUED_LINES: usize = 16 * 1024;
/// Bytes of log lines that are written at a time.
const BATCH_BYTES: usize = 64 * 1024;

static DROPPED: OnceLock<ErrorCounter> = OnceLock::new();
static THREAD: Mutex<Option<WorkerGuard>> = Mutex::new(None);

/// Starts the thread, which writes to standard error.
pub(crate) fn start() -> NonBlocking {
    let stderr = BufWriter::with_capacity(BATCH_BYTES, io::stderr());
    let builder = NonBlockingBuilder::default().buffered_lines_limit(MAX_QUEUED_LINES).lossy(true);
    let (writer, thread) = builder.thread_name("coho-log").finish(stderr);
    // A process logs once; a second start keeps the first count.
    let _ = DROPPED.set(writer.error_counter());
    *THREAD.lock().unwrap_or_else(PoisonError::into_inner) = Some(thread);
    writer
}

/// Writes what is queued and ends the thread; later lines are dropped. Called before the process ends.
pub(crate) fn finish() {
    drop(THREAD.lock().unwrap_or_else(PoisonError::into_inner).take());
}

/// Log lines that were dropped so far because the queue was full.
pub(crate) fn dropped_lines() -> u64 {
    DROPPED.get().map_or(0, |counter| counter.dropped_lines() as u64)
}
