//! Ctrl-C: long work sees it between its pieces, so that it ends in order and says what it left.

use super::exit::{INTERRUPTED, Interrupted};
use anyhow::{Context, anyhow};
use std::{
    process,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};
use tokio::signal::unix::{SignalKind, signal};

/// How long work may take to end in order. What is on the disk by then is as good as after a kill.
const END_TIME: Duration = Duration::from_secs(3);

/// Whether the user has ended the command.
struct InterruptState {
    is_interrupted: Mutex<bool>,
    changed: Condvar,
}

static STATE: InterruptState = InterruptState { is_interrupted: Mutex::new(false), changed: Condvar::new() };

/// Takes SIGINT and SIGTERM from now on. The process ends with the second one at once, and some time after the first one in any
/// case: a thread may wait for a silent store.
pub(super) fn watch() -> anyhow::Result<()> {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("no runtime for signals")?;
    let _context = runtime.enter();
    let (mut int, mut term) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    drop(_context);
    thread::Builder::new().name("coho-signals".into()).spawn(move || {
        runtime.block_on(async move {
            let mut next = async || tokio::select! { _ = int.recv() => {}, _ = term.recv() => {} };
            next().await;
            *STATE.lock() = true;
            STATE.changed.notify_all();
            let _ = tokio::time::timeout(END_TIME, next()).await;
        });
        process::exit(INTERRUPTED.into());
    })?;
    Ok(())
}

/// Whether the user has ended the command.
pub(super) fn is_interrupted() -> bool {
    *STATE.lock()
}

/// Fails once the user has ended the command.
pub(super) fn check() -> anyhow::Result<()> {
    if is_interrupted() { Err(anyhow!(Interrupted)) } else { Ok(()) }
}

/// Waits this long, or until the user ends the command.
pub(super) fn pause(length: Duration) {
    let guard = STATE.lock();
    drop(STATE.changed.wait_timeout_while(guard, length, |is_interrupted| !*is_interrupted));
}

impl InterruptState {
    fn lock(&self) -> MutexGuard<'_, bool> {
        // Its holders only set it.
        self.is_interrupted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
