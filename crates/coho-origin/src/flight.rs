//! One shared fetch in progress, as the requests that joined it see it.

use crate::{
    FetchRequest, MirrorFailure,
    flight_places::FlightPlace,
    flight_state::{FetchOutcome, FlightState, FlightStatus, OpenedObject},
};
use coho_model::{FillToken, ObjectRecord};
use coho_store::events::FillEvents;
use std::{sync::Arc, time::Instant};
use tokio::sync::watch;

/// One fetch of one object, run by a task of its own.
#[derive(Debug)]
pub struct Flight {
    request: Arc<FetchRequest>,
    started: Instant,
    /// Version of the key before the fetch began.
    key_version: u64,
    status: watch::Sender<FlightStatus>,
    /// None in unit tests.
    events: Option<FillEvents>,
}

impl Flight {
    /// A flight that `stores` the object, or is for its readers only.
    pub(crate) fn new(request: Arc<FetchRequest>, stores: bool, key_version: u64, events: Option<FillEvents>) -> Self {
        let status = watch::Sender::new(FlightStatus::new(stores));
        Self { request, started: Instant::now(), key_version, status, events }
    }

    pub(crate) fn events(&self) -> Option<&FillEvents> {
        self.events.as_ref()
    }

    /// The request that started the fetch.
    pub(crate) fn request(&self) -> &Arc<FetchRequest> {
        &self.request
    }

    pub(crate) fn started(&self) -> Instant {
        self.started
    }

    pub(crate) fn key_version(&self) -> u64 {
        self.key_version
    }

    /// Whether its result is the answer to the request. A flight that stores the object serves every request of the same
    /// rule. One that does not, or whose answer turns out not to be the object (`exactly`), serves requests alone that
    /// would send the same to the origin.
    pub(crate) fn serves(&self, request: &FetchRequest, exactly: bool) -> bool {
        let is_for_all = !exactly && !self.request.flag(|mirror| mirror.proxy_pass);
        // A loop is detected by the hop header, whose value a client can choose.
        self.request.has_rule_of(request)
            && (is_for_all || self.request.sends_same_as(request))
            && (!exactly || self.request.hops == request.hops)
    }

    /// Whether the object is to be stored. If not, the flight has no token, or loses it.
    pub fn stores(&self) -> bool {
        self.status.borrow().stores
    }

    /// Leaves storing to another flight, whose rule is in force now.
    pub(crate) fn supersede(&self) {
        self.update(|status| status.stores = false);
    }

    /// Accepts no further requests: what it fetches is older than the last write of the key.
    pub(crate) fn detach(&self) {
        self.update(|status| status.is_detached = true);
    }

    pub(crate) fn is_detached(&self) -> bool {
        self.status.borrow().is_detached
    }

    pub(crate) fn set_place(&self, place: FlightPlace) {
        self.update(|status| status.place = Some(place));
    }

    pub(crate) fn set_token(&self, token: FillToken) {
        self.update(|status| status.token = Some(token));
    }

    pub(crate) fn token(&self) -> Option<FillToken> {
        self.status.borrow().token
    }

    /// The origin does not answer range requests: no more ranges are fetched ahead.
    pub(crate) fn disable_ranges(&self) {
        self.update(|status| status.has_ranges = false);
    }

    pub(crate) fn has_ranges(&self) -> bool {
        self.status.borrow().has_ranges
    }

    /// Shows the object to readers. Returns whether it was not open before.
    pub(crate) fn open(&self, opened: OpenedObject) -> bool {
        self.transition(|status| status.open(opened))
    }

    /// The whole body is here; the object is open from now on. Returns whether it was not open before.
    pub(crate) fn commit(&self, opened: OpenedObject) -> bool {
        self.transition(|status| status.commit(opened))
    }

    /// To be called before readers can get the last byte.
    pub(crate) fn mark_committing(&self) {
        self.update(FlightStatus::mark_committing);
    }

    /// Whether the whole object is here and is being stored: to clients it exists.
    pub(crate) fn is_storing(&self) -> bool {
        self.status.borrow().is_storing()
    }

    pub(crate) fn end(&self, outcome: FetchOutcome) {
        self.transition(|status| status.end(outcome));
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.status.borrow().state().outcome().is_some()
    }

    /// Head and body, if readers have or had them.
    pub(crate) fn opened(&self) -> Option<OpenedObject> {
        self.status.borrow().state().opened().cloned()
    }

    /// Waits until the flight is open or has ended.
    pub(crate) async fn opened_or_ended(&self) -> FlightState {
        self.wait_for(|state| !matches!(state, FlightState::Starting)).await
    }

    /// Waits for the end.
    pub(crate) async fn ended(&self) {
        self.wait_for(|state| state.outcome().is_some()).await;
    }

    /// Waits until the object is stored; `None` if it was not to be stored, or if a client's write was later and won.
    pub async fn stored(&self) -> Result<Option<Arc<ObjectRecord>>, MirrorFailure> {
        match self.wait_for(|state| state.outcome().is_some()).await.outcome() {
            Some(FetchOutcome::Present(record) | FetchOutcome::Stored(record)) => Ok(Some(record.clone())),
            Some(FetchOutcome::Overtaken | FetchOutcome::ReadersOnly | FetchOutcome::Passed(_)) => Ok(None),
            Some(FetchOutcome::Failed(failure)) => Err(failure.clone()),
            None => Err(MirrorFailure::aborted()),
        }
    }

    async fn wait_for(&self, reached: impl Fn(&FlightState) -> bool) -> FlightState {
        match self.status.subscribe().wait_for(|status| reached(status.state())).await {
            Ok(status) => status.state().clone(),
            // The sender lives as long as the flight.
            Err(_) => FlightState::Starting,
        }
    }

    /// Applies a change, which wakes the waiting requests if it returns true.
    fn transition(&self, change: impl FnOnce(&mut FlightStatus) -> bool) -> bool {
        self.status.send_if_modified(change)
    }

    /// Applies a change that no request waits for.
    fn update(&self, change: impl FnOnce(&mut FlightStatus)) {
        self.status.send_if_modified(|status| {
            change(status);
            false
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        fetch_request::tests::{request, set_mirror},
        flight_state::tests::opened,
    };
    use coho_model::website::MirrorSettings;
    use futures_util::FutureExt;

    #[test]
    fn waiting_requests_wake_at_the_head_and_at_the_end() {
        let flight = Flight::new(Arc::new(request("http://o.test/k")), true, 0, None);
        let (mut head, mut end) = (flight.opened_or_ended().boxed(), flight.ended().boxed());
        assert!((&mut head).now_or_never().is_none() && (&mut end).now_or_never().is_none());
        assert!(flight.open(opened()));
        assert!(head.now_or_never().is_some() && (&mut end).now_or_never().is_none());
        assert!(!flight.commit(opened()) && (&mut end).now_or_never().is_none());
        flight.end(FetchOutcome::ReadersOnly);
        assert!(end.now_or_never().is_some());
        assert!(matches!(flight.stored().now_or_never(), Some(Ok(None))));
    }

    #[test]
    fn a_flight_serves_the_requests_that_would_fetch_the_same() {
        let base = || request("http://o.test/k");
        let header = |request: &mut FetchRequest| drop(request.headers.insert("cookie", "alice".parse().unwrap()));
        let hops = |request: &mut FetchRequest| request.hops = Some("a b".parse().unwrap());
        let rule = |request: &mut FetchRequest| request.rule_number = 2;
        let nothing = |_: &mut FetchRequest| {};
        let url = |other: &mut FetchRequest| other.urls = request("http://o.test/k?v=2").urls;
        type Change<'a> = &'a dyn Fn(&mut FetchRequest);
        let proxy = |request: &mut FetchRequest| {
            let mirror = MirrorSettings { proxy_pass: Some(true), ..MirrorSettings::default() };
            set_mirror(request, mirror);
        };
        for (name, change, joins, joins_exactly) in [
            ("the same", &nothing as Change<'_>, true, true),
            ("another header", &header, true, false),
            ("another URL", &url, true, false),
            ("other hops", &hops, true, false),
            ("another rule", &rule, false, false),
            ("the same rule, with other settings", &proxy, false, false),
        ] {
            let (flight, mut other) = (Flight::new(Arc::new(base()), true, 0, None), base());
            change(&mut other);
            assert_eq!((flight.serves(&other, false), flight.serves(&other, true)), (joins, joins_exactly), "{name}");
        }
        // An object that is not stored serves requests alone that would have sent the same.
        let (mut own, mut others) = (base(), base());
        proxy(&mut own);
        proxy(&mut others);
        let flight = Flight::new(Arc::new(own), false, 0, None);
        assert!(flight.serves(&others, false));
        header(&mut others);
        assert!(!flight.serves(&others, false));
    }
}
