//! One fetch in flight, as those who wait for it see it.

use crate::{MirrorFailure, Order, resume::Resume};
use coho_model::{ETag, FillToken, ObjectHeaders, ObjectRecord, Timestamp};
use coho_store::{InProgressBody, events::FillEvents};
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
    /// Entity tag of the object, which its record will have.
    pub etag: ETag,
    /// `Last-Modified` of the object, which its record will have.
    pub modified: Timestamp,
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
    Open(Arc<OriginHead>, Arc<InProgressBody>),
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

/// One fetch of one object, run by a task of its own.
#[derive(Debug)]
pub struct Flight {
    order: Arc<Order>,
    pub(crate) started: Instant,
    stage: watch::Sender<Stage>,
    done: watch::Sender<Option<Done>>,
    token: OnceLock<Option<FillToken>>,
    committing: AtomicBool,
    stores: AtomicBool,
    is_left: AtomicBool,
    version: u64,
    /// How a part of the body can be asked for.
    resume: OnceLock<Resume>,
    /// The origin has answered a range with something else.
    without_ranges: Arc<AtomicBool>,
    events: OnceLock<FillEvents>,
}

impl Flight {
    /// It `stores` the object, or is for its readers alone; the key had this version before it began.
    pub(crate) fn new(order: Arc<Order>, stores: bool, version: u64) -> Self {
        Self {
            order,
            started: Instant::now(),
            stage: watch::Sender::new(Stage::Starting),
            done: watch::Sender::new(None),
            token: OnceLock::new(),
            committing: AtomicBool::new(false),
            stores: AtomicBool::new(stores),
            is_left: AtomicBool::new(false),
            version,
            resume: OnceLock::new(),
            without_ranges: Arc::default(),
            events: OnceLock::new(),
        }
    }

    pub(crate) fn set_token(&self, token: Option<FillToken>) {
        // A flight takes one token in its life, so the first value is the only one.
        let _ = self.token.set(token);
    }

    pub(crate) fn token(&self) -> Option<FillToken> {
        self.token.get().copied().flatten()
    }

    pub(crate) fn can_resume(&self, resume: Resume) {
        // It is set once, when the origin's head is there.
        let _ = self.resume.set(resume);
    }

    /// Sets where its events go, before it is shared.
    pub(crate) fn set_events(&self, events: FillEvents) {
        // A flight has one start, so the first value is the only one.
        let _ = self.events.set(events);
    }

    /// Its events; none in unit tests.
    pub(crate) fn events(&self) -> Option<&FillEvents> {
        self.events.get()
    }

    /// How a part of the body can be asked for, if it can.
    pub(crate) fn resume(&self) -> Option<&Resume> {
        self.resume.get().filter(|_| !self.without_ranges.load(Ordering::Relaxed))
    }

    /// To be set when the origin turns out to have no ranges.
    pub(crate) fn ranges(&self) -> Arc<AtomicBool> {
        self.without_ranges.clone()
    }

    /// What is fetched, and how.
    pub(crate) fn order(&self) -> &Arc<Order> {
        &self.order
    }

    /// Whether what it brings is the answer to this order. One that stores the object brings it for everybody whom the same
    /// rule sends; one that does not, or whose answer turns out not to be the object (`exactly`), for those who would
    /// ask the very same.
    pub(crate) fn answers(&self, order: &Order, exactly: bool) -> bool {
        let is_for_all = !exactly && !self.order.says(|mirror| mirror.proxy_pass);
        // A loop is told by the servers that a request came through, of which a client can say anything.
        self.order.has_rule_of(order)
            && (is_for_all || self.order.asks_as(order))
            && (!exactly || self.order.hops == order.hops)
    }

    /// Whether the object is to be stored. If not, the flight has no token, or loses it.
    pub fn stores(&self) -> bool {
        self.stores.load(Ordering::Acquire)
    }

    /// A rule that counts now stores the object instead.
    pub(crate) fn supersede(&self) {
        self.stores.store(false, Ordering::Release);
    }

    /// Nobody is to join it any more: what it brings is older than what was written under its key.
    pub(crate) fn leave(&self) {
        self.is_left.store(true, Ordering::Release);
    }

    pub(crate) fn is_left(&self) -> bool {
        self.is_left.load(Ordering::Acquire)
    }

    /// The version of the key from before it began.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    /// From now on a missing token may mean that the object is being stored.
    pub(crate) fn commits(&self) {
        self.committing.store(true, Ordering::Release);
    }

    /// Whether the whole object is here and is being stored: it is as good as there.
    pub(crate) fn is_storing(&self) -> bool {
        self.stores() && self.committing.load(Ordering::Acquire)
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
    pub(crate) fn opened(&self) -> Option<(Arc<OriginHead>, Arc<InProgressBody>)> {
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

    /// Waits for the end, whatever it is.
    pub(crate) async fn ended(&self) {
        // The sender lives as long as the flight, so the wait ends only with the end.
        let _ = self.done.subscribe().wait_for(Option::is_some).await;
    }

    /// Waits until the object is stored; `None` if it was not to be, or if a client's write came later
    /// and won.
    pub async fn stored(&self) -> Result<Option<Arc<ObjectRecord>>, MirrorFailure> {
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
    use crate::order::tests::{order, set_mirror};
    use coho_model::website::MirrorSettings;

    #[test]
    fn a_flight_is_for_those_who_would_have_asked_the_same() {
        let base = || order("http://o.test/k");
        let header = |order: &mut Order| drop(order.headers.insert("cookie", "alice".parse().unwrap()));
        let hops = |order: &mut Order| order.hops = Some("a b".parse().unwrap());
        let rule = |order: &mut Order| order.rule_number = 2;
        let nothing = |_: &mut Order| {};
        let url = |order: &mut Order| order.urls = super::super::order::tests::order("http://o.test/k?v=2").urls;
        type Change<'a> = &'a dyn Fn(&mut Order);
        let proxy = |order: &mut Order| {
            let mirror = MirrorSettings { proxy_pass: Some(true), ..MirrorSettings::default() };
            set_mirror(order, mirror);
        };
        for (name, change, joins, joins_exactly) in [
            ("the same", &nothing as Change<'_>, true, true),
            ("another header", &header, true, false),
            ("another URL", &url, true, false),
            ("other hops", &hops, true, false),
            ("another rule", &rule, false, false),
            ("the same rule, with other settings", &proxy, false, false),
        ] {
            let (flight, mut other) = (Flight::new(Arc::new(base()), true, 0), base());
            change(&mut other);
            assert_eq!((flight.answers(&other, false), flight.answers(&other, true)), (joins, joins_exactly), "{name}");
        }
        // What is not stored is for those alone who would have asked the very same.
        let (mut own, mut others) = (base(), base());
        proxy(&mut own);
        proxy(&mut others);
        let flight = Flight::new(Arc::new(own), false, 0);
        assert!(flight.answers(&others, false));
        header(&mut others);
        assert!(!flight.answers(&others, false));
    }
}
