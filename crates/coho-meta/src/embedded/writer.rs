//! The one thread that writes: it takes what is queued, applies it in one transaction, and answers after the commit.
//!
//! Invariant: nobody is answered `Ok` before the log is synced, and readers see a change before its caller does.

use super::{
    Shared,
    batch::{Batch, Written},
    checkpoint::{self, Checkpointer},
    failure::Failure,
    job::{Answer, Change, Job, Outcome},
    segments::SegmentWriter,
};
use crate::{MetaError, buckets::BucketTable};
use coho_model::Refusal;
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::{
    sync::{Arc, atomic::Ordering},
    thread::JoinHandle,
};
use tokio::sync::{mpsc, oneshot};

/// Changes that may wait for the writer; whoever comes then waits for a place.
const QUEUED_CHANGES: usize = 1024;
/// Most changes in one transaction.
const BATCH_CHANGES: usize = 1024;
/// A batch with so many bytes of inline bodies takes no further change.
const BATCH_INLINE_BYTES: usize = 8 * 1024 * 1024;

/// The thread, as the engine has it. Dropping it lets the thread finish what is queued, and waits for it.
#[derive(Debug)]
pub(super) struct WriterThread {
    queue: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl WriterThread {
    pub(super) fn spawn(writer: Writer) -> std::io::Result<Self> {
        let (queue, jobs) = mpsc::channel(QUEUED_CHANGES);
        let thread = std::thread::Builder::new().name("coho-meta-writer".into()).spawn(move || writer.run(jobs))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Applies a change. If the caller goes away, the change is made all the same.
    pub(super) async fn change(&self, change: Change) -> Result<Outcome, MetaError> {
        self.send(|answer| Job::Change(change, answer)).await
    }

    /// Finishes what is queued, empties the log and ends the thread.
    pub(super) async fn close(&self) -> Result<(), MetaError> {
        self.send(Job::Close).await.map(|_| ())
    }

    async fn send(&self, job: impl FnOnce(Answer) -> Job) -> Result<Outcome, MetaError> {
        let queue = self.queue.as_ref().ok_or(MetaError::Closed)?;
        let (answer, answered) = oneshot::channel();
        queue.send(job(answer)).await.map_err(|_| MetaError::Closed)?;
        answered.await.map_err(|_| MetaError::Closed)?
    }
}

impl Drop for WriterThread {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("metadata writer panicked");
        }
    }
}

pub(super) struct Writer {
    connection: Connection,
    shared: Arc<Shared>,
    buckets: BucketTable,
    segments: SegmentWriter,
    checkpointer: Checkpointer,
    read_only: bool,
}

/// Why a batch is not made.
enum Broken {
    /// It is rolled back and the engine goes on.
    Statement(Failure),
    /// The commit failed: whether it is in the log is unknown.
    Commit(Failure),
}

impl Writer {
    pub(super) fn new(
        connection: Connection,
        shared: Arc<Shared>,
        segments: SegmentWriter,
        checkpointer: Checkpointer,
    ) -> Self {
        let buckets = shared.buckets().clone();
        Self { connection, shared, buckets, segments, checkpointer, read_only: false }
    }

    fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut batch = Vec::new();
        while let Some(first) = jobs.blocking_recv() {
            let close = gather(first, &mut jobs, &mut batch);
            if !batch.is_empty() {
                self.write(std::mem::take(&mut batch));
            }
            if let Some(answer) = close {
                jobs.close();
                let _caller_gone = answer.send(self.close());
                return;
            }
        }
        if let Err(error) = self.close() {
            tracing::warn!(%error, "metadata log was not emptied at the end");
        }
    }

    /// Makes the batch and answers it.
    pub(super) fn write(&mut self, mut batch: Vec<(Change, Answer)>) {
        if self.read_only {
            batch.into_iter().for_each(|(_, answer)| reply(answer, Err(MetaError::ReadOnly)));
            return;
        }
        batch.sort_by(|(a, _), (b, _)| a.order().cmp(&b.order()));
        let counters = &self.shared.counters;
        let committed = commit(&mut self.connection, &self.shared, &mut self.buckets, &mut self.segments, &batch);
        self.shared.fills.end_batch();
        match committed {
            Ok(results) => {
                counters.batches.fetch_add(1, Ordering::Relaxed);
                counters.changes.fetch_add(batch.len() as u64, Ordering::Relaxed);
                for ((_, answer), result) in batch.into_iter().zip(results) {
                    reply(answer, result.map_err(MetaError::Refused));
                }
                self.segments.give_back();
                self.look_after_log();
            }
            Err(broken) => self.fail(broken, batch),
        }
    }

    /// A batch stands or falls as a whole: after an error of one statement nobody can say which of the others it spares.
    fn fail(&mut self, broken: Broken, batch: Vec<(Change, Answer)>) {
        self.buckets = self.shared.buckets().clone();
        let (failure, operation) = match broken {
            Broken::Statement(failure) => (Arc::new(failure), "applying changes"),
            Broken::Commit(failure) => {
                self.read_only = !failure.is_full();
                (Arc::new(failure), "committing changes")
            }
        };
        let read_only = self.read_only;
        if !read_only {
            // Otherwise the batch may be in the log after all.
            self.segments.roll_back();
        }
        tracing::error!(error = %failure, batch.changes = batch.len(), read_only, "metadata changes failed while {operation}");
        for (_, answer) in batch {
            let error = match failure.is_full() {
                true => MetaError::Full,
                false => MetaError::Engine { operation, source: Box::new(failure.clone()) },
            };
            reply(answer, Err(error));
        }
    }

    fn look_after_log(&self) {
        let counters = &self.shared.counters;
        match checkpoint::measure(&self.connection) {
            Ok(log) => {
                counters.log_pages.store(log.pages, Ordering::Relaxed);
                self.checkpointer.wake(log);
                checkpoint::help(&self.connection, counters, log);
            }
            Err(error) => counters.note(Err(error), "measuring the log"),
        }
    }

    fn close(&self) -> Result<Outcome, MetaError> {
        if self.read_only {
            return Err(MetaError::ReadOnly);
        }
        checkpoint::truncate(&self.connection).map_err(|failure| failure.during("emptying the log"))?;
        Ok(Outcome::default())
    }
}

/// Takes what is queued behind the first job, up to the limits of a batch. A closing ends it.
fn gather(first: Job, jobs: &mut mpsc::Receiver<Job>, batch: &mut Vec<(Change, Answer)>) -> Option<Answer> {
    let mut inline_bytes = 0;
    let mut next = Some(first);
    while let Some(job) = next {
        match job {
            Job::Close(answer) => return Some(answer),
            Job::Change(change, answer) => {
                inline_bytes += change.inline_bytes();
                batch.push((change, answer));
            }
        }
        let full = batch.len() >= BATCH_CHANGES || inline_bytes >= BATCH_INLINE_BYTES;
        next = if full { None } else { jobs.try_recv().ok() };
    }
    None
}

/// One transaction, and then the same in memory: see [`Written::publish`].
fn commit(
    connection: &mut Connection,
    shared: &Shared,
    buckets: &mut BucketTable,
    segments: &mut SegmentWriter,
    changes: &[(Change, Answer)],
) -> Result<Vec<Result<Outcome, Refusal>>, Broken> {
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(|error| Broken::Statement(error.into()))?;
    let (results, written) = apply(&transaction, shared, buckets, segments, changes).map_err(Broken::Statement)?;
    transaction.commit().map_err(|error| Broken::Commit(error.into()))?;
    segments.committed();
    written.publish(shared);
    Ok(results)
}

fn apply<'s>(
    transaction: &Transaction<'_>,
    shared: &'s Shared,
    buckets: &mut BucketTable,
    segments: &mut SegmentWriter,
    changes: &[(Change, Answer)],
) -> Result<(Vec<Result<Outcome, Refusal>>, Written<'s>), Failure> {
    let mut batch = Batch::new(transaction, shared, buckets, segments);
    let results = changes.iter().map(|(change, _)| batch.apply(change)).collect::<Result<_, _>>()?;
    Ok((results, batch.finish()?))
}

fn reply(answer: Answer, result: Result<Outcome, MetaError>) {
    // A caller that went away does not want to know.
    let _caller_gone = answer.send(result);
}
