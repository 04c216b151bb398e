//! What a panic ends: the request or the fill that runs into it, or the whole process.
//!
//! The runtimes catch a panic of a task, so that a request or a fill fails alone. Every other thread is shared: the
//! metadata writer, a thread that serves connections, the runtime itself. Without it the process would be up and deaf, so it
//! ends, and its supervisor starts it again.

use crate::log_writer;
use std::{
    cell::Cell,
    panic::{self, PanicHookInfo},
    thread,
};
use tokio::task::Id;

/// Replaces the default hook. Every panic is an error in the log, in the log's format.
pub(crate) fn install_hook() {
    panic::set_hook(Box::new(|info| {
        let panic = message(info);
        let place = info.location().map(ToString::to_string).unwrap_or_default();
        let thread = thread::current();
        let thread = thread.name().unwrap_or("unnamed");
        if is_of_a_task() {
            tracing::error!(thread, place, panic, "a task panicked; the request or fill that ran in it fails");
            return;
        }
        tracing::error!(thread, place, panic, "a shared thread panicked; the process ends, start it again");
        // Without the destructors of threads that may wait for the one that panics.
        log_writer::finish();
        std::process::abort();
    }));
}

thread_local! {
    /// The task as which tokio runs a worker of its runtime, on the worker's thread.
    static WORKER: Cell<Option<Id>> = const { Cell::new(None) };
}

/// For a runtime of several threads, before one of them parks: at that moment its task is the worker itself.
pub(crate) fn note_worker() {
    WORKER.set(tokio::task::try_id());
}

/// Whether the panicking thread runs a task, whose runtime catches the panic. The worker of a runtime is a task as well, and
/// its panic ends the process.
fn is_of_a_task() -> bool {
    let task = tokio::task::try_id();
    task.is_some() && task != WORKER.get()
}

fn message(info: &PanicHookInfo<'_>) -> String {
    let payload = info.payload();
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".to_owned())
}

#[cfg(test)]
mod tests {
    use crate::{
        config::{ConfigSource, RawConfig},
        logging, wiring,
    };
    use coho_meta::MetaStore;
    use std::{
        os::unix::process::ExitStatusExt,
        process::{Command, Output},
        sync::Arc,
        task::Context,
        time::Duration,
    };

    /// A test that does not end its process fails after this; nothing waits for it otherwise.
    const FAILSAFE: Duration = Duration::from_secs(60);

    /// Runs one of the tests below in a process of its own, where it may panic.
    fn in_a_process(test: &str) -> Output {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", test, "--ignored", "--nocapture"])
            .output()
            .unwrap()
    }

    fn last_line(output: &Output) -> serde_json::Value {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        let line = text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
        serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {text}"))
    }

    #[test]
    fn a_panic_of_a_shared_thread_ends_the_process_with_a_clear_last_line() {
        for (test, thread) in [
            ("panics::tests::injected_into_a_thread", "coho-meta-writer"),
            ("panics::tests::injected_into_a_runtime", "coho-core-0"),
            ("panics::tests::injected_into_the_writer_of_a_running_store", "coho-meta-writer"),
        ] {
            let output = in_a_process(test);
            assert_eq!(output.status.signal(), Some(6), "{test}: {output:?}");
            let fields = &last_line(&output)["fields"];
            assert_eq!(
                (&fields["thread"], &fields["message"]),
                (&thread.into(), &"a shared thread panicked; the process ends, start it again".into())
            );
        }
    }

    #[test]
    fn a_panic_of_a_task_ends_the_task_alone() {
        let output = in_a_process("panics::tests::injected_into_tasks");
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(text.matches("a task panicked").count(), 2, "{text}");
    }

    fn inject() {
        logging::start(true).unwrap();
        super::install_hook();
    }

    #[test]
    #[ignore = "ends its process; another test runs it"]
    fn injected_into_a_thread() {
        inject();
        let thread = std::thread::Builder::new().name("coho-meta-writer".into()).spawn(|| panic!("no space"));
        let _ = thread.unwrap().join();
    }

    /// The thread that answers a caller runs its waker.
    struct PanickingWaker;

    impl std::task::Wake for PanickingWaker {
        fn wake(self: Arc<Self>) {
            panic!("no space");
        }
    }

    #[test]
    #[ignore = "ends its process; another test runs it"]
    fn injected_into_the_writer_of_a_running_store() {
        inject();
        let dir = tempfile::tempdir().unwrap();
        let free_port = Some("127.0.0.1:0".to_owned());
        let over = RawConfig {
            data_dir: Some(dir.path().join("data")),
            listen: free_port.clone().map(|address| vec![address]),
            admin_listen: free_port,
            console_listen: Some("off".to_owned()),
            ..RawConfig::default()
        };
        let source = ConfigSource { over, file: None, given: Default::default() };
        let config = source.read().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let started = wiring::start(config, &source).await.unwrap();
            let waker = Arc::new(PanickingWaker).into();
            loop {
                let mut change = started.parts.meta.forget(&[]);
                // A fast writer answers during the poll, and has no waker to run.
                if change.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
                    // By then the answer has ended the process.
                    return tokio::time::sleep(FAILSAFE).await;
                }
            }
        });
    }

    #[test]
    #[ignore = "ends its process; another test runs it"]
    fn injected_into_a_runtime() {
        inject();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        // What `block_on` runs is the thread itself, as the parking of the runtime is.
        let thread = std::thread::Builder::new().name("coho-core-0".into());
        let _ = thread.spawn(move || runtime.block_on(async { panic!("no descriptor") })).unwrap().join();
    }

    #[test]
    #[ignore = "panics; another test runs it"]
    fn injected_into_tasks() {
        inject();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        runtime.block_on(async {
            assert!(tokio::spawn(async { panic!("a request") }).await.is_err());
            assert!(tokio::task::spawn_blocking(|| panic!("a disk job")).await.is_err());
            assert_eq!(tokio::spawn(async { 1 }).await.unwrap(), 1);
        });
        // As at every orderly end: a thread of its own writes the lines.
        crate::log_writer::finish();
    }
}
