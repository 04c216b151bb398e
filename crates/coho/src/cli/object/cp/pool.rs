//! Transfers in parallel: a bounded number of threads, and as few jobs that wait.

use super::{CopyContext, CopySummary, TransferJob};
use crate::cli::{
    exit::{Interrupted, PartlyFailed},
    interrupt,
};
use anyhow::anyhow;
use std::{
    fmt,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
};

/// A failure after which no other transfer can succeed, such as a full disk.
#[derive(Debug)]
pub(super) struct EndsAll(pub(super) String);

impl fmt::Display for EndsAll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for EndsAll {}

/// What all threads share.
struct PoolState<'a> {
    context: &'a CopyContext<'a>,
    summary: Mutex<CopySummary>,
    is_ended: AtomicBool,
}

/// Where the one that finds the jobs gives them to.
pub(super) struct JobSender<'a> {
    state: &'a PoolState<'a>,
    sender: SyncSender<TransferJob>,
}

/// Runs the jobs that `find` sends, and reports each failure.
pub(super) fn run_all(
    context: &CopyContext<'_>,
    find: impl FnOnce(&JobSender<'_>) -> anyhow::Result<()>,
) -> anyhow::Result<(CopySummary, anyhow::Result<()>)> {
    let state = PoolState { context, summary: Mutex::default(), is_ended: AtomicBool::new(false) };
    let (sender, receiver) = sync_channel(context.options.parallel);
    let receiver = Mutex::new(receiver);
    let found = thread::scope(|scope| {
        for _ in 0..context.options.parallel {
            scope.spawn(|| state.work(&receiver));
        }
        // The sender ends with this, and the threads with it.
        find(&JobSender { state: &state, sender })
    });
    let summary = state.summary.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok((summary.clone(), outcome(found, &summary)))
}

/// How the whole ends.
fn outcome(found: anyhow::Result<()>, summary: &CopySummary) -> anyhow::Result<()> {
    if interrupt::is_interrupted() {
        return Err(anyhow!(Interrupted).context("run it again with --update to continue"));
    }
    found?;
    match summary.failed {
        0 => Ok(()),
        failed => Err(anyhow!(PartlyFailed { failed, all: summary.copied + summary.skipped + failed })),
    }
}

impl JobSender<'_> {
    /// Sends a job; false once no more are wanted.
    pub(super) fn send(&self, job: TransferJob) -> bool {
        // Without a receiver every thread has panicked, and the scope says so.
        !self.state.is_over() && self.sender.send(job).is_ok()
    }

    /// Reports something that cannot be a job.
    pub(super) fn fail(&self, what: &str, error: &anyhow::Error) {
        self.state.fail(what, error);
    }

    /// Reports something that is left out.
    pub(super) fn skip(&self, line: &str) {
        self.state.context.progress.note(line);
        self.state.count(|summary| summary.skipped += 1);
    }
}

impl PoolState<'_> {
    fn work(&self, receiver: &Mutex<Receiver<TransferJob>>) {
        loop {
            let next = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
            let Ok(job) = next else { return };
            if self.is_over() {
                continue;
            }
            match job.run(self.context) {
                Ok(outcome) => self.count(|summary| summary.add(&outcome)),
                Err(error) => {
                    if error.downcast_ref::<EndsAll>().is_some() {
                        self.is_ended.store(true, Ordering::Relaxed);
                    }
                    self.fail(&job.to_string(), &error);
                }
            }
        }
    }

    fn is_over(&self) -> bool {
        self.is_ended.load(Ordering::Relaxed) || interrupt::is_interrupted()
    }

    fn fail(&self, what: &str, error: &anyhow::Error) {
        if error.downcast_ref::<Interrupted>().is_none() {
            self.context.progress.note(&format!("{what}: {error:#}"));
            self.count(|summary| summary.failed += 1);
        }
    }

    fn count(&self, change: impl FnOnce(&mut CopySummary)) {
        change(&mut self.summary.lock().unwrap_or_else(PoisonError::into_inner));
    }
}
