//! Worker processes as the store uses them: `examples/image_worker.rs` is the process.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use coho_image::{ImageError, ImageLimits, ImagePlan, WatermarkBodies};
use coho_image_worker::{ImageJob, ImageWorkers, JobPriority, WorkerCommand, WorkerError, WorkerSettings};

/// Cargo builds the examples of a crate with its tests, in a folder beside them.
fn program() -> PathBuf {
    let test = env::current_exe().unwrap();
    test.parent().unwrap().parent().unwrap().join("examples/image_worker")
}

fn settings() -> WorkerSettings {
    WorkerSettings {
        command: WorkerCommand { program: program(), arguments: Vec::new() },
        processes: 1,
        queue: 4,
        time: Duration::from_secs(30),
        limits: ImageLimits::default(),
    }
}

fn job(plan: &str, source: Vec<u8>) -> ImageJob {
    let plan = ImagePlan::parse(plan, &ImageLimits::default()).unwrap();
    ImageJob { plan, source, watermarks: WatermarkBodies::new() }
}

fn bmp(width: u32, height: u32) -> Vec<u8> {
    let row = (width * 3).next_multiple_of(4);
    let mut bmp = b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
    bmp.extend([width.to_le_bytes(), height.to_le_bytes()].concat());
    bmp.extend([1, 0, 24, 0]);
    bmp.resize(54, 0);
    bmp.resize(54 + (row * height) as usize, 200);
    bmp
}

#[tokio::test]
async fn images_are_processed_and_refused_by_the_same_process() {
    let workers = ImageWorkers::start(settings()).unwrap();
    for width in [10, 20] {
        let job = job(&format!("image/resize,w_{width}/format,png"), bmp(40, 40));
        let image = workers.process(job, JobPriority::Client).await.unwrap();
        assert_eq!(image.content_type, "image/png");
        assert_eq!(image.body[16..24], [0, 0, 0, width, 0, 0, 0, width]);
    }
    let refused = workers.process(job("image/resize,w_10", b"text".to_vec()), JobPriority::Background).await;
    assert!(matches!(refused, Err(WorkerError::Image(ImageError::Damaged(_)))), "{refused:?}");
    let again = workers.process(job("image/resize,w_10", bmp(40, 40)), JobPriority::Client).await;
    assert!(again.is_ok());
    let counts = workers.counts();
    assert_eq!((counts.done.load(Relaxed), counts.refused.load(Relaxed), counts.started.load(Relaxed)), (3, 1, 1));
}

#[tokio::test]
async fn a_job_without_end_costs_its_process_and_no_more() {
    // Blurring a large image again and again takes longer than this, and a small job on a busy machine does not.
    let settings = WorkerSettings { time: Duration::from_secs(3), ..settings() };
    let endless = format!("image{}", "/blur,r_50,s_50".repeat(20));
    let workers = ImageWorkers::start(settings).unwrap();
    let begin = Instant::now();
    let slow = workers.process(job(&endless, bmp(2600, 2600)), JobPriority::Client).await;
    assert!(matches!(slow, Err(WorkerError::OutOfTime { .. })), "{slow:?}");
    assert!(begin.elapsed() < Duration::from_secs(30));
    assert!(workers.process(job("image/resize,w_10", bmp(40, 40)), JobPriority::Client).await.is_ok());
    let counts = workers.counts();
    assert_eq!((counts.out_of_time.load(Relaxed), counts.started.load(Relaxed)), (1, 2));
}

#[tokio::test]
async fn an_image_that_needs_more_memory_than_there_is_costs_its_process_and_no_more() {
    // The example's process has 256 MiB.
    let limits = ImageLimits { source_bytes: usize::MAX, ..ImageLimits::default() };
    let workers = ImageWorkers::start(WorkerSettings { limits, ..settings() }).unwrap();
    let large = workers.process(job("image/rotate,180/blur,r_1,s_1", bmp(5_000, 5_000)), JobPriority::Client).await;
    assert!(matches!(large, Err(WorkerError::Crashed(_) | WorkerError::Image(_))), "{large:?}");
    assert!(workers.process(job("image/resize,w_10", bmp(40, 40)), JobPriority::Client).await.is_ok());
}

#[tokio::test]
async fn a_full_queue_refuses_at_once() {
    let workers = Arc::new(ImageWorkers::start(WorkerSettings { queue: 2, ..settings() }).unwrap());
    let mut waiting = Vec::new();
    for _ in 0..12 {
        let workers = workers.clone();
        waiting.push(tokio::spawn(async move {
            workers
                .process(job("image/blur,r_20,s_20", bmp(400, 400)), JobPriority::Client)
                .await
                .map(|image| image.body.len())
        }));
    }
    let (mut done, mut busy) = (0, 0);
    for task in waiting {
        match task.await.unwrap() {
            Ok(_) => done += 1,
            Err(WorkerError::Busy { limit: 2 }) => busy += 1,
            Err(other) => panic!("{other:?}"),
        }
    }
    assert!(done >= 2 && busy >= 1 && done + busy == 12, "{done} done, {busy} busy");
}

#[test]
fn a_program_that_is_no_worker_is_unavailable() {
    for program in ["/nonexistent", "/bin/true"] {
        let command = WorkerCommand { program: program.into(), arguments: vec![OsString::from("x")] };
        let started = ImageWorkers::start(WorkerSettings { command, ..settings() });
        assert!(matches!(started, Err(WorkerError::Unavailable(_))), "{program}");
    }
}

fn misdeed(name: &str) -> String {
    let output = Command::new(program()).arg(name).stdin(Stdio::null()).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_sandbox_stops_what_a_decoder_has_no_reason_to_do() {
    // A kernel without landlock still has seccomp, which refuses the same calls.
    let report = misdeed("report");
    assert!(report.starts_with("true"), "seccomp and landlock: {report}");
    // A port without a listener would answer otherwise, and so would a missing file.
    for name in ["open", "create", "connect", "execute"] {
        assert_eq!(misdeed(name), "refused: PermissionDenied", "{name}");
    }
    let allocated = misdeed("allocate");
    assert!(allocated.starts_with("refused: memory"), "{allocated}");
}
