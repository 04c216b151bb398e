//! Whether the disk is slow: only then are larger writes handed over to a disk thread.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// A write into the page cache takes tens of microseconds; one that takes this long and has slept in the kernel has
/// waited for the disk.
const SLOW_WRITE: Duration = Duration::from_millis(5);
/// How long after a slow write the disk counts as slow.
const SLOW_TIME: Duration = Duration::from_secs(1);

/// Whether writes wait for the disk at the moment. While they do not, a change of threads costs more than the write,
/// which goes to memory; while they do, connection threads must not be the ones that wait.
#[derive(Debug)]
pub(super) struct DiskPace {
    start: Instant,
    /// Milliseconds since the start.
    slow_until: AtomicU64,
}

impl DiskPace {
    pub(super) fn new() -> Self {
        Self { start: Instant::now(), slow_until: AtomicU64::new(0) }
    }

    pub(super) fn is_slow(&self) -> bool {
        self.slow_until.load(Ordering::Relaxed) > self.start.elapsed().as_millis() as u64
    }

    /// Runs a write, and notices whether it waits for the disk.
    pub(super) fn watch<T>(&self, write: impl FnOnce() -> T) -> T {
        let (sleeps, begun) = (sleeps(), Instant::now());
        let written = write();
        // On a busy processor a write also takes long because other threads run meanwhile; that does not count as sleep.
        if begun.elapsed() >= SLOW_WRITE && (sleeps.is_none() || sleeps != self::sleeps()) {
            let until = (self.start.elapsed() + SLOW_TIME).as_millis() as u64;
            self.slow_until.fetch_max(until, Ordering::Relaxed);
        }
        written
    }
}

/// How often this thread has given up its core to wait; `None` on systems that do not count it.
#[cfg(target_os = "linux")]
fn sleeps() -> Option<impl PartialEq> {
    use nix::sys::resource::{UsageWho, getrusage};
    getrusage(UsageWho::RUSAGE_THREAD).ok().map(|usage| usage.voluntary_context_switches())
}

#[cfg(not(target_os = "linux"))]
fn sleeps() -> Option<i64> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::disallowed_methods, reason = "it stands for a disk, and nothing waits for it")]
    fn only_a_write_that_waits_makes_the_disk_slow() {
        let computes = || {
            let begun = Instant::now();
            while begun.elapsed() < 2 * SLOW_WRITE {
                std::hint::spin_loop();
            }
        };
        // Stands for a write that waits for a disk.
        let waits = || std::thread::sleep(2 * SLOW_WRITE);
        for (name, write, expected) in
            [("quick", &(|| ()) as &dyn Fn(), false), ("computes", &computes, false), ("waits", &waits, true)]
        {
            let pace = DiskPace::new();
            pace.watch(write);
            assert_eq!(pace.is_slow(), expected || (name == "computes" && sleeps().is_none()), "{name}");
        }
    }
}
