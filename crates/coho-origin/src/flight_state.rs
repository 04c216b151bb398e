//! The states of a flight and the legal transitions between them.
//!
//! ```text
//! Starting ──→ Open ──→ Committing ──→ Ended(Stored | Overtaken | ReadersOnly | Failed)
//!    │ │         └────────────────────→ Ended(Failed)
//!    │ └──────────────→ Committing      a body that is whole before its readers may start
//!    └────────────────────────────────→ Ended(Present | Passed | Failed)
//! ```
//!
//! An illegal transition is a defect: a debug build stops at it, a release build logs it and keeps the state.

use crate::{
    MirrorFailure,
    flight_places::FlightPlace,
    origin_head::{OriginHead, Passed},
    resume::Resume,
};
use coho_model::{FillToken, ObjectRecord};
use coho_store::InProgressBody;
use std::sync::Arc;

/// An object in progress, as its readers see it.
#[derive(Debug, Clone)]
pub(crate) struct OpenedObject {
    pub(crate) head: Arc<OriginHead>,
    pub(crate) body: Arc<InProgressBody>,
    /// How ranges of the same version are requested.
    pub(crate) resume: Arc<Resume>,
}

/// How a fetch ended.
#[derive(Debug, Clone)]
pub(crate) enum FetchOutcome {
    /// The object was stored before the fetch began; no origin was asked.
    Present(Arc<ObjectRecord>),
    /// The object is stored.
    Stored(Arc<ObjectRecord>),
    /// A client's write was later and won; nothing was stored.
    Overtaken,
    /// The readers have the whole body; it was not to be stored.
    ReadersOnly,
    /// The origin's answer was passed through to the client.
    Passed(Arc<Passed>),
    /// The fetch failed.
    Failed(MirrorFailure),
}

/// The state of a flight.
#[derive(Debug, Clone)]
pub(crate) enum FlightState {
    /// The answer of the origin is not known yet.
    Starting,
    /// Readers can read the body while it arrives.
    Open(OpenedObject),
    /// Readers have, or can get, the whole body, and the object is being stored. From here on a revoked token may mean that
    /// the object is stored.
    Committing(OpenedObject),
    /// The fetch has ended. An object that was open stays readable.
    Ended { outcome: FetchOutcome, opened: Option<OpenedObject> },
}

/// The state of a flight with what else changes in its life. One lock guards all of it.
#[derive(Debug)]
pub(crate) struct FlightStatus {
    state: FlightState,
    /// The fill token, once taken.
    pub(crate) token: Option<FillToken>,
    /// The object is to be stored, instead of for its readers only.
    pub(crate) stores: bool,
    /// No further request may join.
    pub(crate) is_detached: bool,
    /// The place among the concurrent flights, until the whole body is here.
    pub(crate) place: Option<FlightPlace>,
    /// The origin has answered each range request with that range so far.
    pub(crate) has_ranges: bool,
}

impl FlightState {
    /// Head and body, if readers have or had them.
    pub(crate) fn opened(&self) -> Option<&OpenedObject> {
        match self {
            Self::Open(opened) | Self::Committing(opened) => Some(opened),
            Self::Ended { opened, .. } => opened.as_ref(),
            Self::Starting => None,
        }
    }

    /// How the fetch ended, if it has.
    pub(crate) fn outcome(&self) -> Option<&FetchOutcome> {
        match self {
            Self::Ended { outcome, .. } => Some(outcome),
            Self::Starting | Self::Open(_) | Self::Committing(_) => None,
        }
    }

    /// Whether the whole body is here and is being stored, or the attempt to store it has just ended.
    fn has_whole_body(&self) -> bool {
        match self {
            Self::Starting | Self::Open(_) => false,
            Self::Committing(_) => true,
            Self::Ended { outcome, .. } => {
                use FetchOutcome::{Overtaken, ReadersOnly, Stored};
                matches!(outcome, Stored(_) | Overtaken | ReadersOnly)
            }
        }
    }

    fn may_end_with(&self, outcome: &FetchOutcome) -> bool {
        use FetchOutcome::{Failed, Overtaken, Passed, Present, ReadersOnly, Stored};
        match self {
            Self::Starting => matches!(outcome, Present(_) | Passed(_) | Failed(_)),
            Self::Open(_) => matches!(outcome, Failed(_)),
            Self::Committing(_) => matches!(outcome, Stored(_) | Overtaken | ReadersOnly | Failed(_)),
            Self::Ended { .. } => false,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Open(_) => "open",
            Self::Committing(_) => "committing",
            Self::Ended { .. } => "ended",
        }
    }
}

impl FlightStatus {
    pub(crate) fn new(stores: bool) -> Self {
        Self { state: FlightState::Starting, token: None, stores, is_detached: false, place: None, has_ranges: true }
    }

    pub(crate) fn state(&self) -> &FlightState {
        &self.state
    }

    /// See [`FlightState::Committing`]; only a flight that stores its object counts.
    pub(crate) fn is_storing(&self) -> bool {
        self.stores && self.state.has_whole_body()
    }

    /// Shows the object to readers. Returns whether it was not open before.
    pub(crate) fn open(&mut self, opened: OpenedObject) -> bool {
        match self.state {
            FlightState::Starting => self.state = FlightState::Open(opened),
            FlightState::Open(_) | FlightState::Committing(_) => return false,
            FlightState::Ended { .. } => return self.reject("open"),
        }
        true
    }

    /// The whole body is here. Returns whether the object was not open before.
    pub(crate) fn commit(&mut self, opened: OpenedObject) -> bool {
        match self.state {
            FlightState::Starting | FlightState::Open(_) => {
                let was_open = self.state.opened().is_some();
                self.set_committing(opened);
                !was_open
            }
            FlightState::Committing(_) => false,
            FlightState::Ended { .. } => self.reject("commit"),
        }
    }

    /// Before readers can get the last byte of an open object. A flight that is not open has no readers.
    pub(crate) fn mark_committing(&mut self) {
        match &self.state {
            FlightState::Open(opened) => self.set_committing(opened.clone()),
            FlightState::Starting | FlightState::Committing(_) => {}
            FlightState::Ended { .. } => {
                self.reject("mark as committing");
            }
        }
    }

    fn set_committing(&mut self, opened: OpenedObject) {
        self.state = FlightState::Committing(opened);
        // A flight whose body is whole does not count, however long the store takes.
        self.place = None;
    }

    /// Returns whether the state has changed.
    pub(crate) fn end(&mut self, outcome: FetchOutcome) -> bool {
        if !self.state.may_end_with(&outcome) {
            return self.reject("end");
        }
        let opened = self.state.opened().cloned();
        self.state = FlightState::Ended { outcome, opened };
        self.place = None;
        true
    }

    fn reject(&self, step: &'static str) -> bool {
        tracing::error!(state = self.state.name(), step, "illegal transition of a flight");
        debug_assert!(false, "illegal transition of a flight: {step} while {}", self.state.name());
        false
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use coho_model::{ETag, ObjectHeaders, Timestamp};
    use http::HeaderMap;
    use std::panic::{AssertUnwindSafe, catch_unwind};

    pub(crate) fn opened() -> OpenedObject {
        let head = OriginHead {
            length: Some(3),
            may_lack_end: false,
            headers: ObjectHeaders::new(),
            attributes: None,
            tag: "".into(),
            etag: ETag { bits: [0; 16], parts: 1 },
            modified: Timestamp::from_unix_ms(0),
        };
        let resume = Arc::new(Resume::of(&HeaderMap::new(), 0, Some(3)));
        OpenedObject { head: Arc::new(head), body: Arc::default(), resume }
    }

    fn failed() -> FetchOutcome {
        FetchOutcome::Failed(MirrorFailure::Timeout)
    }

    fn passed() -> FetchOutcome {
        let (status, headers, body) = (http::StatusCode::FOUND, HeaderMap::new(), bytes::Bytes::new());
        FetchOutcome::Passed(Arc::new(Passed { status, headers, body }))
    }

    #[test]
    fn each_transition_is_legal_or_caught() {
        type Step = (&'static str, fn(&mut FlightStatus));
        let steps: [Step; 7] = [
            ("open", |status| _ = status.open(opened())),
            ("commit", |status| _ = status.commit(opened())),
            ("mark", |status| status.mark_committing()),
            ("end readers only", |status| _ = status.end(FetchOutcome::ReadersOnly)),
            ("end overtaken", |status| _ = status.end(FetchOutcome::Overtaken)),
            ("end passed", |status| _ = status.end(passed())),
            ("end failed", |status| _ = status.end(failed())),
        ];
        // The state after each step, in the order above; None for an illegal step.
        let check = |name: &str, reach: &[usize], expected: [Option<&str>; 7]| {
            for ((step, apply), expected) in steps.iter().zip(expected) {
                let mut status = FlightStatus::new(true);
                reach.iter().for_each(|step| steps[*step].1(&mut status));
                assert_eq!(status.state().name(), name);
                let applied = catch_unwind(AssertUnwindSafe(|| apply(&mut status)));
                // A build without debug assertions logs an illegal step and leaves the state as it is.
                let is_caught = expected.is_none() && cfg!(debug_assertions);
                assert_eq!(applied.is_err(), is_caught, "{name}: {step}");
                assert_eq!(status.state().name(), expected.unwrap_or(name), "{name}: {step}");
            }
        };
        let ended = Some("ended");
        check("starting", &[], [Some("open"), Some("committing"), Some("starting"), None, None, ended, ended]);
        check("open", &[0], [Some("open"), Some("committing"), Some("committing"), None, None, None, ended]);
        let committing = Some("committing");
        check("committing", &[1], [committing, committing, committing, ended, ended, None, ended]);
        check("ended", &[6], [None; 7]);
    }

    #[test]
    fn the_first_opening_is_reported_and_an_object_stays_readable() {
        let mut status = FlightStatus::new(true);
        assert!(status.open(opened()) && !status.open(opened()) && !status.commit(opened()));
        assert!(status.is_storing() && status.end(failed()));
        assert!(status.state().opened().is_some() && !status.is_storing());
        let mut status = FlightStatus::new(false);
        assert!(status.commit(opened()) && !status.is_storing());
        status.stores = true;
        assert!(status.is_storing() && status.end(FetchOutcome::Overtaken) && status.is_storing());
    }
}
