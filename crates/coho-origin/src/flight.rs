//! One fetch in flight, as those who wait for it see it.

use crate::{MirrorFailure, resume::Resume};
use coho_model::{BucketName, Fence, ObjectHeaders, ObjectKey, ObjectRecord};
use coho_store::Growth;
use std::{
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Instant,
};
use tokio::sync::watch;

/// What the origin's answer says about the object.
#[derive(Debug, Clone)]
pub struct OriginHead {
    /// Length in bytes; `None` if the origin sends chunks.
    pub length: Option<u64>,
    /// What is kept of its headers.
    pub headers: ObjectHeaders,
    /// The origin URL as `x-oss-tag` shows it.
    pub tag: Arc<str>,
}

/// An answer of the origin that the client gets as it is, and that is not stored: a redirect that is not followed, or
/// a status of `TransparentMirrorResponseCodes`.
#[derive(Debug, Clone)]
pub struct Passed {
    /// Its status.
    pub status: http::StatusCode,
    /// Its `Location`, `Content-Type` and `Content-Encoding`.
    pub headers: http::HeaderMap,
    /// Its body.
    pub body: bytes::Bytes,
}

/// How far the fetch is.
#[derive(Debug, Clone)]
pub(crate) enum Stage {
    /// Nothing is known yet.
    Starting,
    /// It is stored already: somebody wrote it before the fetch began.
    Present(Arc<ObjectRecord>),
    /// The head is there and the body grows.
    Open(Arc<OriginHead>, Arc<Growth>),
    /// The origin's answer is the client's.
    Passed(Arc<Passed>),
    /// It failed.
    Failed(MirrorFailure),
}

/// How the fetch ended.
#[derive(Debug, Clone)]
pub(crate) enum Done {
    /// It was there already; nothing was fetched.
    Present(Arc<ObjectRecord>),
    Stored(Arc<ObjectRecord>),
    Overtaken,
    /// Its readers have it, and it was not to be stored.
    NotStored,
    Passed,
    Failed(MirrorFailure),
}

/// What a fetch is about.
#[derive(Debug)]
pub(crate) struct About {
    pub(crate) bucket: BucketName,
    pub(crate) key: ObjectKey,
    pub(crate) rule_number: u32,
    pub(crate) url: String,
    pub(crate) started: Instant,
}

/// One fetch of one object, run by a task of its own.
#[derive(Debug)]
pub struct Flight {
    /// What it is about, for those who look at what is in flight.
    pub(crate) about: About,
    stage: watch::Sender<Stage>,
    done: watch::Sender<Option<Done>>,
    fence: OnceLock<Fence>,
    committing: AtomicBool,
    /// How a part of the body can be asked for.
    resume: OnceLock<Resume>,
    /// The origin has answered a range with something else.
    without_ranges: Arc<AtomicBool>,
}

impl Flight {
    pub(crate) fn new(about: About) -> Self {
        Self {
            about,
            stage: watch::Sender::new(Stage::Starting),
            done: watch::Sender::new(None),
            fence: OnceLock::new(),
            committing: AtomicBool::new(false),
            resume: OnceLock::new(),
            without_ranges: Arc::default(),
        }
    }

    pub(crate) fn holds(&self, fence: Fence) {
        // A flight takes one token in its life, so the first value is the only one.
        let _ = self.fence.set(fence);
    }

    pub(crate) fn fence(&self) -> Option<Fence> {
        self.fence.get().copied()
    }

    pub(crate) fn can_resume(&self, resume: Resume) {
        // It is set once, when the origin's head is there.
        let _ = self.resume.set(resume);
    }

    /// How a part of the body can be asked for, if it can.
    pub(crate) fn resume(&self) -> Option<&Resume> {
        self.resume.get().filter(|_| !self.without_ranges.load(Ordering::Relaxed))
    }

    /// To be set when the origin turns out to have no ranges.
    pub(crate) fn ranges(&self) -> Arc<AtomicBool> {
        self.without_ranges.clone()
    }

    /// From now on a missing token may mean that the object is being stored.
    pub(crate) fn commits(&self) {
        self.committing.store(true, Ordering::Release);
    }

    pub(crate) fn is_committing(&self) -> bool {
        self.committing.load(Ordering::Acquire)
    }

    /// Whether this is the first stage behind the beginning.
    pub(crate) fn reach(&self, stage: Stage) -> bool {
        matches!(self.stage.send_replace(stage), Stage::Starting)
    }

    pub(crate) fn end(&self, done: Done) {
        if let Done::Failed(failure) = &done {
            // Whoever still waits for the head learns it too; whoever has it sees the body break off.
            self.stage.send_if_modified(|stage| {
                let waiting = matches!(stage, Stage::Starting);
                if waiting {
                    *stage = Stage::Failed(failure.clone());
                }
                waiting
            });
        }
        self.done.send_replace(Some(done));
    }

    /// The head and the body, if they are here.
    pub(crate) fn opened(&self) -> Option<(Arc<OriginHead>, Arc<Growth>)> {
        match &*self.stage.borrow() {
            Stage::Open(head, growth) => Some((head.clone(), growth.clone())),
            _ => None,
        }
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.done.borrow().is_some()
    }

    /// Waits for more than the beginning.
    pub(crate) async fn stage(&self) -> Stage {
        let mut stage = self.stage.subscribe();
        match stage.wait_for(|stage| !matches!(stage, Stage::Starting)).await {
            Ok(stage) => stage.clone(),
            Err(_) => Stage::Failed(MirrorFailure::Body("fetch was given up".into())),
        }
    }

    /// The end is not to be put off any longer, if there is something to store.
    pub(crate) fn urge_now(&self) {
        if let Some((_, growth)) = self.opened() {
            growth.urge();
        }
    }

    /// Somebody waits for the end: once there is something to store, that is not put off.
    async fn urge(&self) {
        if let Stage::Open(_, growth) = self.stage().await {
            growth.urge();
        }
    }

    /// Waits for the end, whatever it is.
    pub(crate) async fn ended(&self) {
        self.urge().await;
        // The sender lives as long as the flight, so the wait ends only with the end.
        let _ = self.done.subscribe().wait_for(Option::is_some).await;
    }

    /// Waits until the object is stored; `None` if it was not to be, or if a client's write came later
    /// and won.
    pub async fn stored(&self) -> Result<Option<Arc<ObjectRecord>>, MirrorFailure> {
        self.urge().await;
        let mut done = self.done.subscribe();
        let done = match done.wait_for(Option::is_some).await {
            Ok(done) => done.clone(),
            Err(_) => None,
        };
        match done {
            Some(Done::Present(record) | Done::Stored(record)) => Ok(Some(record)),
            Some(Done::Overtaken | Done::NotStored | Done::Passed) => Ok(None),
            Some(Done::Failed(failure)) => Err(failure),
            None => Err(MirrorFailure::Body("fetch was given up".into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[tokio::test]
    async fn whoever_waits_for_the_end_urges_it_also_from_before_the_head() {
        for (name, waits_first, for_object) in
            [("behind", false, true), ("behind, for the end", false, false), ("before", true, true)]
        {
            let flight = Flight::new(About {
                bucket: BucketName::parse("bucket").unwrap(),
                key: ObjectKey::parse("key").unwrap(),
                rule_number: 1,
                url: String::new(),
                started: Instant::now(),
            });
            let growth = Arc::<Growth>::default();
            let mut end = if for_object { flight.stored().map(drop).boxed() } else { flight.ended().boxed() };
            if waits_first {
                assert!((&mut end).now_or_never().is_none(), "{name}");
            }
            let head = OriginHead { length: None, headers: ObjectHeaders::new(), tag: "".into() };
            flight.reach(Stage::Open(Arc::new(head), growth.clone()));
            assert!(growth.urged().notified().now_or_never().is_none(), "{name}: nobody has asked");
            assert!((&mut end).now_or_never().is_none(), "{name}");
            assert!(growth.urged().notified().now_or_never().is_some(), "{name}");
            flight.end(Done::NotStored);
            assert!(end.now_or_never().is_some(), "{name}");
        }
    }
}
