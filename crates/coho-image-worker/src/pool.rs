//! The queue and the threads that feed the worker processes.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use coho_image::{ImageLimits, ImagePlan, WatermarkBodies};
use tokio::sync::oneshot;

use crate::error::WorkerError;
use crate::process::{WorkerCommand, WorkerProcess};

/// What one request wants.
#[derive(Debug)]
pub struct ImageJob {
    pub plan: ImagePlan,
    pub source: Vec<u8>,
    pub watermarks: WatermarkBodies,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinishedImage {
    pub content_type: String,
    pub body: Vec<u8>,
}

/// Requests of clients come before everything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobPriority {
    Client,
    Background,
}

#[derive(Debug, Clone)]
pub struct WorkerSettings {
    pub command: WorkerCommand,
    /// Processes at once.
    pub processes: usize,
    /// Jobs that may wait.
    pub queue: usize,
    /// Longest time of one job, as processor time and as time on the clock.
    pub time: Duration,
    pub limits: ImageLimits,
}

/// What has happened since the start.
#[derive(Debug, Default)]
pub struct WorkerCounts {
    pub done: AtomicU64,
    pub refused: AtomicU64,
    pub out_of_time: AtomicU64,
    pub crashed: AtomicU64,
    pub busy: AtomicU64,
    pub started: AtomicU64,
}

struct QueuedJob {
    job: ImageJob,
    answer: oneshot::Sender<Result<FinishedImage, WorkerError>>,
}

#[derive(Default)]
struct JobQueue {
    client: VecDeque<QueuedJob>,
    background: VecDeque<QueuedJob>,
    is_closed: bool,
}

struct SharedQueue {
    queue: Mutex<JobQueue>,
    ready: Condvar,
    counts: WorkerCounts,
    settings: WorkerSettings,
}

/// Dropping it ends the processes after the jobs that run.
pub struct ImageWorkers {
    shared: Arc<SharedQueue>,
    threads: Vec<JoinHandle<()>>,
}

impl std::fmt::Debug for ImageWorkers {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("ImageWorkers").field("settings", &self.shared.settings).finish_non_exhaustive()
    }
}

impl ImageWorkers {
    /// Starts the threads. The first process starts at once, and tells what the kernel does not offer; the others at the first need.
    pub fn start(settings: WorkerSettings) -> Result<Self, WorkerError> {
        let first = WorkerProcess::start(&settings.command)?;
        if !first.sandbox.is_complete() {
            let sandbox = &first.sandbox;
            tracing::warn!(
                seccomp = sandbox.seccomp,
                landlock = sandbox.landlock,
                "the kernel does not enforce all of the sandbox of image workers"
            );
        }
        let mut first = Some(first);
        let shared = Arc::new(SharedQueue {
            queue: Mutex::default(),
            ready: Condvar::new(),
            counts: WorkerCounts::default(),
            settings,
        });
        shared.counts.started.fetch_add(1, Relaxed);
        let mut workers = Self { shared: shared.clone(), threads: Vec::new() };
        for index in 0..shared.settings.processes.max(1) {
            let (shared, process) = (shared.clone(), first.take());
            let thread = thread::Builder::new().name(format!("image-{index}"));
            let thread = thread.spawn(move || shared.serve(process));
            workers.threads.push(thread.map_err(|error| WorkerError::Unavailable(error.to_string()))?);
        }
        Ok(workers)
    }

    /// Waits for the result. A future that is dropped leaves a job that is skipped if it has not begun.
    pub async fn process(&self, job: ImageJob, priority: JobPriority) -> Result<FinishedImage, WorkerError> {
        let (answer, result) = oneshot::channel();
        {
            let mut queue = self.shared.lock();
            let limit = self.shared.settings.queue;
            if queue.client.len() + queue.background.len() >= limit {
                self.shared.counts.busy.fetch_add(1, Relaxed);
                return Err(WorkerError::Busy { limit });
            }
            let job = QueuedJob { job, answer };
            match priority {
                JobPriority::Client => queue.client.push_back(job),
                JobPriority::Background => queue.background.push_back(job),
            }
        }
        self.shared.ready.notify_one();
        result.await.unwrap_or_else(|_| Err(WorkerError::Unavailable("the store is stopping".to_owned())))
    }

    pub fn counts(&self) -> &WorkerCounts {
        &self.shared.counts
    }

    pub fn waiting(&self) -> usize {
        let queue = self.shared.lock();
        queue.client.len() + queue.background.len()
    }
}

impl Drop for ImageWorkers {
    fn drop(&mut self) {
        self.shared.lock().is_closed = true;
        self.shared.ready.notify_all();
        for thread in self.threads.drain(..) {
            // A thread that panicked has nothing left to end.
            let _ = thread.join();
        }
    }
}

impl SharedQueue {
    /// The queue is sound after any panic: it is changed by single pushes and pops.
    fn lock(&self) -> MutexGuard<'_, JobQueue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next(&self) -> Option<QueuedJob> {
        let mut queue = self.lock();
        loop {
            if queue.is_closed {
                return None;
            }
            if let Some(job) = queue.client.pop_front().or_else(|| queue.background.pop_front()) {
                return Some(job);
            }
            queue = self.ready.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn serve(&self, mut process: Option<WorkerProcess>) {
        while let Some(QueuedJob { job, answer }) = self.next() {
            if answer.is_closed() {
                continue;
            }
            let result = self.run(&mut process, &job);
            self.count(&result);
            // A client that has left needs no answer.
            let _ = answer.send(result);
        }
    }

    /// With a process that is started if there is none, and dropped after all errors that are not of the image.
    fn run(&self, slot: &mut Option<WorkerProcess>, job: &ImageJob) -> Result<FinishedImage, WorkerError> {
        let mut process = match slot.take() {
            Some(process) => process,
            None => {
                self.counts.started.fetch_add(1, Relaxed);
                WorkerProcess::start(&self.settings.command)?
            }
        };
        let result = process.run(job, &self.settings.limits, self.settings.time);
        match &result {
            Ok(_) | Err(WorkerError::Image(_)) => *slot = Some(process),
            Err(error) => {
                tracing::warn!(%error, plan = %job.plan, bytes = job.source.len(), "an image worker is replaced")
            }
        }
        result
    }

    fn count(&self, result: &Result<FinishedImage, WorkerError>) {
        let counter = match result {
            Ok(_) => &self.counts.done,
            Err(WorkerError::Image(_)) => &self.counts.refused,
            Err(WorkerError::OutOfTime { .. }) => &self.counts.out_of_time,
            Err(WorkerError::Busy { .. }) => &self.counts.busy,
            Err(WorkerError::Crashed(_) | WorkerError::Unavailable(_)) => &self.counts.crashed,
        };
        counter.fetch_add(1, Relaxed);
    }
}
