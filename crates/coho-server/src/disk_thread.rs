//! A thread for disk jobs that a runtime always has.
//!
//! tokio starts a thread for a blocking job when none is idle, and ends it when it was idle for some time. If the system
//! refuses another thread (a limit on processes, or no memory for its stack), the job waits for a busy thread; without any
//! thread tokio panics. So each runtime starts one before it serves, and uses it often enough that it stays.

use coho_store::{ScarceResource, Shortages, Store};
use std::{io, sync::Arc, thread, time::Duration};
use tokio::{
    runtime::Handle,
    time::{self, MissedTickBehavior},
};

/// Time after which an idle thread for disk jobs ends, for the builder of a runtime.
pub const DISK_THREAD_IDLE_TIME: Duration = Duration::from_secs(60);
/// Time between two uses of the thread that is kept, and between two probes: several times within [`DISK_THREAD_IDLE_TIME`], also on a slow machine.
const USE_INTERVAL: Duration = Duration::from_secs(15);

/// Starts a thread for the disk jobs of a runtime, and keeps it until the runtime ends.
pub fn keep_disk_thread(runtime: &Handle) -> io::Result<()> {
    // A refusal is an error here, and a panic of tokio a line below.
    if thread::Builder::new().spawn(|| ())?.join().is_err() {
        return Err(io::Error::other("a thread panicked at its start"));
    }
    runtime.spawn_blocking(|| ());
    runtime.spawn(async {
        let mut uses = time::interval(USE_INTERVAL);
        uses.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            uses.tick().await;
            // It fails only while the runtime stops.
            let _ = tokio::task::spawn_blocking(|| ()).await;
        }
    });
    Ok(())
}

/// Starts a thread that does nothing, to find out whether the system grants one. The runtimes do not tell: a job whose thread
/// is refused waits for another.
pub(crate) fn probe_thread(shortages: &Shortages) {
    match thread::Builder::new().name("coho-probe".into()).spawn(|| ()) {
        Ok(_) => shortages.available(ScarceResource::Thread),
        Err(error) => shortages.refused(ScarceResource::Thread, &error),
    }
}

/// Probes for threads again and again.
pub async fn watch_threads(store: Arc<Store>) {
    let mut probes = time::interval(USE_INTERVAL);
    probes.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        probes.tick().await;
        probe_thread(store.shortages());
    }
}

#[cfg(test)]
#[cfg(target_os = "linux")]
mod tests {
    use super::*;
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    use std::{process::Command, sync::mpsc};
    use tokio::{runtime::Builder, task::spawn_blocking};

    /// Address space in bytes that is left to the process: less than the stack of a thread.
    const LEFT_BYTES: u64 = 1 << 20;

    #[test]
    fn without_further_threads_disk_jobs_wait_for_the_one_that_is_kept() {
        let test = "disk_thread::tests::refuses_threads";
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test, "--ignored", "--nocapture"])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "{output:?}");
    }

    fn refuse_threads() {
        let status = std::fs::read_to_string("/proc/self/status").unwrap();
        let size = status.lines().find_map(|line| line.strip_prefix("VmSize:")).unwrap();
        let kilobytes: u64 = size.trim().trim_end_matches(" kB").parse().unwrap();
        let current = Some(kilobytes * 1024 + LEFT_BYTES);
        setrlimit(Resource::As, Rlimit { current, maximum: getrlimit(Resource::As).maximum }).unwrap();
        assert!(thread::Builder::new().spawn(|| ()).is_err(), "threads are refused");
    }

    #[test]
    #[ignore = "limits its process; another test runs it"]
    fn refuses_threads() {
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        keep_disk_thread(runtime.handle()).unwrap();
        refuse_threads();
        runtime.block_on(async {
            let (release, released) = mpsc::channel::<()>();
            let busy = spawn_blocking(move || released.recv());
            let waits = spawn_blocking(|| 7);
            release.send(()).unwrap();
            assert!(busy.await.unwrap().is_ok());
            assert_eq!(waits.await.unwrap(), 7);
        });
        let error = keep_disk_thread(runtime.handle()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock, "a start without threads fails: {error}");
        let shortages = Shortages::default();
        probe_thread(&shortages);
        assert_eq!(shortages.present(), [ScarceResource::Thread]);
    }
}
