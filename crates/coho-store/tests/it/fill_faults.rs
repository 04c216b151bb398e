//! Writes that fail at each step of a put, a part and a fill.

use crate::{
    dropped::drop_at_pause,
    faulty,
    filling::{begin, commit, follow},
    multipart,
    rig::{Engine, LARGE, Rig, bytes, eventually, key, within},
    source::frames,
};
use bytes::Bytes;
use coho_store::{Fill, Filled, Replaced, StoreError};

/// As the mirror does it.
async fn fill_with(mut fill: Fill, body: &Bytes) -> Result<Filled, StoreError> {
    let mut written = fill.admit().await;
    for frame in frames(body, &[1_000, 100_000]) {
        if written.is_ok() {
            written = fill.write(frame).await;
        }
        if written.is_ok() {
            written = fill.flush().await;
        }
    }
    match written {
        Ok(()) => commit(fill).await,
        Err(error) => {
            fill.abandon("the disk failed").await;
            Err(error)
        }
    }
}

/// Lets the fill fail at that step; gives whether there was such a step.
async fn check_fill(engine: Engine, step: i64, late: bool, known: bool) -> bool {
    let (rig, plan) = faulty::rig(engine).await;
    let body = bytes(1, 2 * LARGE);
    let fill = begin(&rig, "key", known.then_some(body.len() as u64)).await;
    let in_progress = fill.body();
    let readers = [(0, None), (0, Some(body.len() as u64)), (LARGE as u64, None)];
    let readers = readers.map(|(from, to)| (from as usize, tokio::spawn(follow(in_progress.reader(from, to)))));
    plan.fail_after(step, late);
    let filled = within("a fill on a failing disk", fill_with(fill, &body)).await;
    let failed = !plan.take_pending();
    assert_eq!(filled.is_err(), failed, "{filled:?} at step {step}");
    for (from, reader) in readers {
        let (read, end) = reader.await.unwrap();
        assert!(body[from..].starts_with(&read), "step {step}: bytes that were never sent");
        assert!(end.is_err() || from + read.len() == body.len(), "step {step}: a clean end at {}", read.len());
        assert!(failed || end.is_ok(), "step {step}: {end:?}");
    }
    let stored = rig.content("key").await;
    assert_eq!(stored.is_none(), failed, "step {step}");
    eventually("an unfinished file to go", || rig.files().len() == usize::from(!failed)).await;
    let again = if failed { commit(begin(&rig, "key", None).await).await.unwrap() } else { filled.unwrap() };
    assert!(matches!(again, Filled::Stored(_)), "the key can be filled again");
    failed
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fill_whose_blob_fails_breaks_its_readers_and_stores_nothing() {
    for engine in Engine::ALL {
        for (late, known) in [(false, true), (false, false), (true, true), (true, false)] {
            let mut step = 0;
            while check_fill(engine, step, late, known).await {
                step += 1;
            }
            assert!(step >= 6, "{step} steps: begin, writes, seal");
        }
    }
}

async fn check_write(engine: Engine, what: &str, step: i64, late: bool) -> bool {
    let (rig, plan) = faulty::rig(engine).await;
    let source = rig.put("source", &bytes(1, LARGE)).await.unwrap();
    let upload = multipart::begin(&rig, "key").await;
    let files = rig.files();
    plan.fail_after(step, late);
    let body = bytes(2, 2 * LARGE);
    let error = match what {
        "put" => rig.put("key", &body).await.err(),
        "part" => multipart::put_part(&rig, "key", upload, 1, &body).await.err(),
        _ => rig.store.copy_object(source, &rig.bucket, &key("key"), Replaced::default(), false).await.err(),
    };
    if plan.take_pending() {
        assert!(error.is_none(), "{what} at step {step}: {error:?}");
        return false;
    }
    assert!(matches!(error, Some(StoreError::Blob(_))), "{what} at step {step}: {error:?}");
    assert_eq!(rig.object("key").await, None);
    assert!(rig.meta.list_parts(rig.bucket.id, upload, 0, 9).await.unwrap().parts.is_empty());
    eventually("an unfinished file to go", || rig.files() == files).await;
    true
}

#[tokio::test(flavor = "multi_thread")]
async fn a_write_whose_blob_fails_stores_nothing() {
    let whats = ["put", "part", "copy"];
    for (engine, what) in Engine::ALL.into_iter().flat_map(|engine| whats.map(|what| (engine, what))) {
        for late in [false, true] {
            let mut step = 0;
            while check_write(engine, what, step, late).await {
                step += 1;
            }
            assert!(step >= 3, "{step} steps of a {what}: begin, writes, seal");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_is_dropped_leaves_no_reader_waiting() {
    for engine in Engine::ALL {
        Box::pin(check_dropped_commits(engine)).await;
    }
}

async fn check_dropped_commits(engine: Engine) {
    for pauses in 0.. {
        let rig = Rig::with(engine).await;
        let body = bytes(3, LARGE);
        let mut fill = begin(&rig, "key", None).await;
        for frame in frames(&body, &[100_000]) {
            fill.write(frame).await.unwrap();
        }
        let in_progress = fill.body();
        let reader = tokio::spawn(follow(in_progress.reader(0, None)));
        let done = Box::pin(drop_at_pause(pauses, commit(fill))).await.is_some();
        let (read, end) = reader.await.unwrap();
        assert!(body.starts_with(&read) && (end.is_err() || read.len() == LARGE), "{} bytes", read.len());
        if done {
            return;
        }
        let gone = async {
            loop {
                let named = rig.object("key").await.iter().flat_map(|record| record.body.file_blobs()).collect();
                if rig.files() == named {
                    break;
                }
                tokio::task::yield_now().await;
            }
        };
        within("a file that nothing names to go", gone).await;
    }
}
