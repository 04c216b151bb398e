//! Threads that serve connections, one for each core; a connection stays on its thread.
//!
//! What one request needs (its connection, the fetch that it starts, the connection to the origin) hands bytes on many
//! times. Within one thread a hand-over is a step of a queue; between two it is a wake-up and cold caches, which was a
//! fifth of a small miss. So connections are spread over threads when they come, to the one that has the fewest, and
//! work is not shared afterwards. Whatever waits for a disk goes to blocking threads, as everywhere.

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

/// Most blocking threads of all cores together.
const BLOCKING_THREADS: usize = 512;
/// How long what is left on a core may take to end.
const LAST_WAIT: Duration = Duration::from_millis(500);

/// The threads.
#[derive(Debug)]
pub struct Cores {
    cores: Vec<Core>,
    /// Among cores with the same load, turns decide.
    turn: AtomicUsize,
    stop: watch::Sender<bool>,
}

#[derive(Debug)]
struct Core {
    handle: Handle,
    /// Connections on it.
    load: Arc<AtomicUsize>,
    thread: Option<JoinHandle<()>>,
}

/// Counts a connection, however it ends.
struct Load(Arc<AtomicUsize>);

impl Drop for Load {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Cores {
    /// Starts a thread for each core that the process may use.
    pub fn start() -> io::Result<Self> {
        let count = std::thread::available_parallelism().map_or(1, usize::from);
        let stop = watch::Sender::new(false);
        let cores = (0..count).map(|number| Core::start(number, count, stop.subscribe())).collect::<Result<_, _>>()?;
        Ok(Self { cores, turn: AtomicUsize::new(0), stop })
    }

    /// Runs a connection on the core that has the fewest.
    pub(crate) fn spawn<F: Future<Output = ()> + Send + 'static>(&self, connection: F) {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let in_turn = (0..self.cores.len()).map(|at| &self.cores[(turn + at) % self.cores.len()]);
        let Some(core) = in_turn.min_by_key(|core| core.load.load(Ordering::Relaxed)) else { return };
        core.load.fetch_add(1, Ordering::Relaxed);
        let load = Load(core.load.clone());
        core.handle.spawn(async move {
            connection.await;
            drop(load);
        });
    }

    /// Ends the threads; what still runs on them is cut off. It blocks, but for a moment only.
    pub fn stop(mut self) {
        self.stop.send_replace(true);
        for core in &mut self.cores {
            if let Some(thread) = core.thread.take()
                && thread.join().is_err()
            {
                tracing::error!("a thread that serves connections panicked");
            }
        }
    }
}

impl Core {
    fn start(number: usize, count: usize, mut stopped: watch::Receiver<bool>) -> io::Result<Self> {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(BLOCKING_THREADS.div_ceil(count))
            .thread_name(format!("coho-disk-{number}"))
            .build()?;
        let (tell, told) = mpsc::sync_channel(1);
        let thread = std::thread::Builder::new().name(format!("coho-core-{number}")).spawn(move || {
            // The receiver waits a few lines below.
            let _ = tell.send(runtime.handle().clone());
            runtime.block_on(async move {
                // Without its sender there is nobody who could stop it: then it stops, too.
                let _ = stopped.wait_for(|stop| *stop).await;
            });
            runtime.shutdown_timeout(LAST_WAIT);
        })?;
        let handle = told.recv().map_err(io::Error::other)?;
        Ok(Self { handle, load: Arc::default(), thread: Some(thread) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_are_spread_and_a_core_that_is_left_gets_the_next() {
        let cores = Cores::start().unwrap();
        let count = cores.cores.len();
        let loads =
            |cores: &Cores| cores.cores.iter().map(|core| core.load.load(Ordering::Relaxed)).collect::<Vec<_>>();
        let (end, ended) = watch::channel(false);
        for _ in 0..3 * count {
            let mut ended = ended.clone();
            cores.spawn(async move {
                let _ = ended.wait_for(|end| *end).await;
            });
        }
        assert_eq!(loads(&cores), vec![3; count]);
        end.send_replace(true);
        let deadline = std::time::Instant::now() + Duration::from_secs(60);
        while loads(&cores).iter().any(|load| *load > 0) {
            assert!(std::time::Instant::now() < deadline);
            std::thread::yield_now();
        }
        cores.stop();
    }
}
