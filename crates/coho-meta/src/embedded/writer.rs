//! The one thread that writes: it takes what is queued, applies it in one transaction, and answers after the commit.
//!
//! Invariant: `Ok` is answered after the log is synced, and readers see a change before its caller does.

use super::{
    Shared,
    checkpoint::{self, Checkpointer},
    failure::Failure,
    group::{Group, Written},
    job::{Answer, Job, Work},
    segments::SegmentWriter,
    traffic::TrafficSizes,
};
use crate::{Changed, MetaError, buckets::BucketTable};
use rusqlite::{Connection, Transaction, TransactionBehavior};
use std::{
    sync::{Arc, atomic::Ordering},
    thread::JoinHandle,
};
use tokio::sync::{mpsc, oneshot};

/// Capacity of the writer's queue, in jobs. Callers wait while it is full.
pub(super) const QUEUED_JOBS: usize = 1024;
/// Most jobs of one group, which is one transaction.
const GROUP_JOBS: usize = 1024;
/// A group takes no further job from this many bytes of inline bodies on.
const GROUP_INLINE_BYTES: usize = 8 * 1024 * 1024;

/// The thread, as the engine has it. Dropping it lets the thread finish what is queued, and waits for it.
#[derive(Debug)]
pub(super) struct WriterThread {
    queue: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl WriterThread {
    pub(super) fn spawn(writer: Writer) -> std::io::Result<Self> {
        let (queue, jobs) = mpsc::channel(QUEUED_JOBS);
        let thread = std::thread::Builder::new().name("coho-meta-writer".into()).spawn(move || writer.run(jobs))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Has work done. Once it is queued, it is done even if the caller goes away.
    pub(super) async fn work(&self, work: Work) -> Result<Changed, MetaError> {
        self.send(|answer| Job::Work(work, answer)).await
    }

    /// Finishes what is queued, empties the log and ends the thread.
    pub(super) async fn close(&self) -> Result<(), MetaError> {
        self.send(Job::Close).await.map(|_| ())
    }

    async fn send(&self, job: impl FnOnce(Answer) -> Job) -> Result<Changed, MetaError> {
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
    traffic_sizes: TrafficSizes,
    checkpointer: Checkpointer,
    read_only: bool,
}

/// Why a group is not made.
enum Broken {
    /// The group is rolled back, and the engine takes the next one.
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
        let traffic_sizes = TrafficSizes::default();
        Self { connection, shared, buckets, segments, traffic_sizes, checkpointer, read_only: false }
    }

    fn run(mut self, mut jobs: mpsc::Receiver<Job>) {
        let mut group = Vec::new();
        while let Some(first) = jobs.blocking_recv() {
            let last = gather(first, &mut jobs, &mut group);
            if !group.is_empty() {
                self.write(std::mem::take(&mut group));
            }
            match last {
                None => {}
                Some(Job::Work(work, answer)) => self.write(vec![(work, answer)]),
                Some(Job::Close(answer)) => {
                    jobs.close();
                    let _caller_gone = answer.send(self.close());
                    return;
                }
            }
        }
        if let Err(error) = self.close() {
            tracing::warn!(%error, "metadata log was not emptied at the end");
        }
    }

    /// Does the work of a group and answers it.
    pub(super) fn write(&mut self, mut group: Vec<(Work, Answer)>) {
        if self.read_only {
            group.into_iter().for_each(|(_, answer)| reply(answer, Err(MetaError::ReadOnly)));
            return;
        }
        group.sort_by(|(a, _), (b, _)| a.order().cmp(&b.order()));
        let counters = &self.shared.counters;
        let committed = commit(
            &mut self.connection,
            &self.shared,
            &mut self.buckets,
            &mut self.segments,
            &mut self.traffic_sizes,
            &group,
        );
        match committed {
            Ok(results) => {
                counters.batches.fetch_add(1, Ordering::Relaxed);
                counters.changes.fetch_add(group.len() as u64, Ordering::Relaxed);
                for ((_, answer), result) in group.into_iter().zip(results) {
                    reply(answer, result);
                }
                self.segments.give_back();
                self.look_after_log();
            }
            Err(broken) => self.fail(broken, group),
        }
    }

    /// A group is made or rolled back as a whole: an error of one statement says nothing about the others.
    fn fail(&mut self, broken: Broken, group: Vec<(Work, Answer)>) {
        self.buckets = self.shared.buckets().clone();
        self.traffic_sizes.clear();
        let (failure, operation) = match broken {
            Broken::Statement(failure) => (Arc::new(failure), "applying changes"),
            Broken::Commit(failure) => {
                self.read_only = !failure.is_full();
                self.shared.read_only.store(self.read_only, Ordering::Relaxed);
                (Arc::new(failure), "committing changes")
            }
        };
        let read_only = self.read_only;
        if !read_only {
            // Otherwise the group may be in the log after all.
            self.segments.roll_back();
        }
        // What is counted is written again, and its caller logs that.
        let is_traffic = group.iter().all(|(work, _)| work.is_alone());
        if is_traffic && !read_only {
            tracing::debug!(error = %failure, "traffic could not be written while {operation}");
        } else {
            tracing::error!(error = %failure, group.jobs = group.len(), read_only, "metadata changes failed while {operation}");
        }
        for (_, answer) in group {
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

    fn close(&self) -> Result<Changed, MetaError> {
        if self.read_only {
            return Err(MetaError::ReadOnly);
        }
        checkpoint::truncate(&self.connection).map_err(|failure| failure.during("emptying the log"))?;
        Ok(Changed::default())
    }
}

/// Takes what is queued after the first job, up to the limits of a group. A job that is done by itself ends it and is given back.
fn gather(first: Job, jobs: &mut mpsc::Receiver<Job>, group: &mut Vec<(Work, Answer)>) -> Option<Job> {
    let mut inline_bytes = 0;
    let mut next = Some(first);
    while let Some(job) = next {
        match job {
            Job::Work(work, answer) if work.is_alone() => return Some(Job::Work(work, answer)),
            Job::Close(answer) => return Some(Job::Close(answer)),
            Job::Work(work, answer) => {
                inline_bytes += work.inline_bytes();
                group.push((work, answer));
            }
        }
        let full = group.len() >= GROUP_JOBS || inline_bytes >= GROUP_INLINE_BYTES;
        next = if full { None } else { jobs.try_recv().ok() };
    }
    None
}

/// One transaction, and then the same in memory: see [`Written::show`].
fn commit(
    connection: &mut Connection,
    shared: &Shared,
    buckets: &mut BucketTable,
    segments: &mut SegmentWriter,
    traffic_sizes: &mut TrafficSizes,
    group: &[(Work, Answer)],
) -> Result<Vec<Result<Changed, MetaError>>, Broken> {
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(|error| Broken::Statement(error.into()))?;
    let (results, written) =
        apply(&transaction, shared, buckets, segments, traffic_sizes, group).map_err(Broken::Statement)?;
    transaction.commit().map_err(|error| Broken::Commit(error.into()))?;
    segments.committed();
    written.show(shared);
    Ok(results)
}

fn apply<'s>(
    transaction: &Transaction<'_>,
    shared: &'s Shared,
    buckets: &mut BucketTable,
    segments: &mut SegmentWriter,
    traffic_sizes: &mut TrafficSizes,
    group: &[(Work, Answer)],
) -> Result<(Vec<Result<Changed, MetaError>>, Written<'s>), Failure> {
    let mut transaction = Group::new(transaction, shared, buckets, segments, traffic_sizes);
    let results = group.iter().map(|(work, _)| transaction.apply(work)).collect::<Result<_, _>>()?;
    Ok((results, transaction.finish()?))
}

fn reply(answer: Answer, result: Result<Changed, MetaError>) {
    // A caller that went away needs no answer.
    let _caller_gone = answer.send(result);
}
