//! Threads that serve connections, one for each core; a connection stays on its thread.
//!
//! A request hands bytes on many times: between its connection, the fetch that it starts and the connection to the
//! origin. Within a thread such a hand-over is a step of a queue; between threads it is a wake-up and cold caches, which
//! took a fifth of a small miss. So an accepted connection is given to the thread with the fewest connections and stays
//! there. Work that waits for a disk goes to blocking threads, as everywhere.

use crate::disk_thread::{DISK_THREAD_IDLE_TIME, keep_disk_thread};
use std::{
    future::Future,
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread::JoinHandle,
    time::Duration,
};
use tokio::{
    runtime::{Builder, Handle},
    sync::watch,
};

/// Most blocking threads of all workers together.
const MAX_BLOCKING_THREADS: usize = 512;
/// How long the tasks of a worker may take to end when it stops.
const SHUTDOWN_TIME: Duration = Duration::from_millis(500);

/// The threads.
#[derive(Debug)]
pub struct ConnectionWorkers {
    workers: Vec<Worker>,
    /// Decides between workers that have equally many connections.
    turn: AtomicUsize,
    stop: watch::Sender<bool>,
}

#[derive(Debug)]
struct Worker {
    handle: Handle,
    connections: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

/// Counts a connection until it is dropped.
struct OpenConnection(Arc<AtomicUsize>);

impl Drop for OpenConnection {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl ConnectionWorkers {
    /// Starts a thread for each core that the process may use.
    pub fn start() -> io::Result<Self> {
        let count = std::thread::available_parallelism().map_or(1, usize::from);
        let stop = watch::Sender::new(false);
        let workers = (0..count).map(|number| Worker::start(number, count, stop.subscribe()));
        let workers = workers.collect::<Result<_, _>>()?;
        Ok(Self { workers, turn: AtomicUsize::new(0), stop })
    }

    /// Runs a connection on the worker that has the fewest.
    pub(crate) fn spawn<F: Future<Output = ()> + Send + 'static>(&self, connection: F) {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let in_turn = (0..self.workers.len()).map(|at| &self.workers[(turn + at) % self.workers.len()]);
        let Some(worker) = in_turn.min_by_key(|worker| worker.connections.load(Ordering::Relaxed)) else { return };
        worker.connections.fetch_add(1, Ordering::Relaxed);
        let open = OpenConnection(worker.connections.clone());
        worker.handle.spawn(async move {
            connection.await;
            drop(open);
        });
    }

    /// Ends the threads; tasks that still run on them are cancelled. It blocks for `SHUTDOWN_TIME` at most.
    pub fn stop(mut self) {
        self.stop.send_replace(true);
        for worker in &mut self.workers {
            if let Some(thread) = worker.thread.take()
                && thread.join().is_err()
            {
                tracing::error!("a connection worker panicked");
            }
        }
    }
}

impl Worker {
    fn start(number: usize, count: usize, mut stopped: watch::Receiver<bool>) -> io::Result<Self> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(MAX_BLOCKING_THREADS.div_ceil(count))
            .thread_keep_alive(DISK_THREAD_IDLE_TIME)
            .thread_name(format!("coho-disk-{number}"))
            .build()?;
        keep_disk_thread(runtime.handle())?;
        let (started, starting) = mpsc::sync_channel(1);
        let thread = std::thread::Builder::new().name(format!("coho-conn-{number}")).spawn(move || {
            // The receiver waits a few lines below.
            let _ = started.send(runtime.handle().clone());
            runtime.block_on(async move {
                // A dropped sender can stop it no more: it stops as well.
                let _ = stopped.wait_for(|stop| *stop).await;
            });
            runtime.shutdown_timeout(SHUTDOWN_TIME);
        })?;
        let handle = starting.recv().map_err(io::Error::other)?;
        Ok(Self { handle, connections: Arc::default(), thread: Some(thread) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_spread_and_a_worker_that_lost_some_gets_the_next() {
        let workers = ConnectionWorkers::start().unwrap();
        let count = workers.workers.len();
        let loads = |workers: &ConnectionWorkers| {
            workers.workers.iter().map(|worker| worker.connections.load(Ordering::Relaxed)).collect::<Vec<_>>()
        };
        let (end, ended) = watch::channel(false);
        for _ in 0..3 * count {
            let mut ended = ended.clone();
            workers.spawn(async move {
                let _ = ended.wait_for(|end| *end).await;
            });
        }
        assert_eq!(loads(&workers), vec![3; count]);
        end.send_replace(true);
        let deadline = std::time::Instant::now() + Duration::from_secs(60);
        while loads(&workers).iter().any(|load| *load > 0) {
            assert!(std::time::Instant::now() < deadline);
            std::thread::yield_now();
        }
        workers.stop();
    }
}
