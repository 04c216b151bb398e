//! Back-to-origin: one fetch for each missing object, read by all requests for it.
//!
//! This crate decides nothing about rules: it gets the URLs. It guards the addresses of connections, follows redirects, fails
//! over between origins, resumes a broken body, checks that the body is whole, and has the store publish it. Of a client's
//! request, an origin gets what a rule names, and no credentials. Upload callbacks leave through the same guard (`callback`).
//!
//! Begin with `mirror` (what the server calls), `coalescer` (join or start a flight) and `fetch` (the life of a fetch).

mod ahead;
mod breaker;
mod callback;
mod checked_stream;
mod client;
mod coalescer;
mod connect;
mod connection;
mod entity_tag;
mod environment;
mod failed_fetches;
mod failure;
mod failure_log;
mod fetch;
mod fetch_backend;
mod fetch_context;
mod fetch_rate;
mod fetch_request;
mod flight;
mod flight_places;
mod flight_state;
mod flight_table;
mod forwarded_headers;
mod frames;
mod framing;
mod guard;
mod head_scan;
mod health;
mod hops;
mod idle_pool;
mod inflight;
mod judge;
mod limit;
mod limit_hits;
mod location;
mod lookup;
mod metrics;
mod mirror;
mod negative_cache;
mod options;
mod origin_head;
mod origin_headers;
mod origin_requester;
mod origins;
mod pool;
mod pooled_body;
mod probe;
mod receive;
mod refusal_log;
mod repeated_lines;
mod report;
mod resume;
mod resumption;
mod sign;
mod status;
mod stored_headers;
mod trace;
mod turn;
mod used;

pub use callback::{
    CallbackClient, CallbackError, CallbackRequest, MAX_ANSWER_BYTES, MAX_CALLBACKS, MAX_CALLBACKS_PER_BUCKET,
};
pub use failed_fetches::{FailedFetch, MAX_FAILED_FETCHES};
pub use failure::{BusyLimit, MirrorFailure};
pub use fetch_request::FetchRequest;
pub use flight::Flight;
pub use flight_places::{MAX_FLIGHTS, MAX_FLIGHTS_PER_BUCKET};
pub use forwarded_headers::CONSOLE_COOKIE_PREFIX;
pub use guard::{AddressClass, AddressPolicy, ExactOrigin, InvalidOrigin, classify};
pub use hops::HOP_HEADER;
pub use inflight::HeadState;
pub use limit_hits::{LIMIT_HIT_TIME, LimitHit};
pub use metrics::MirrorMetrics;
pub use mirror::{Mirror, Opened};
pub use negative_cache::MissingKey;
pub use options::{MirrorOptions, Timeouts};
pub use origin_head::{OriginHead, Passed};
pub use origins::{MAX_REQUESTS_PER_ORIGIN, OriginStatus, origin_name};
pub use probe::Probe;
pub use repeated_lines::RepeatedLines;
pub use status::{FillStatus, MAX_FILLS_REPORTED};
pub use trace::FailedAttempt;
pub use used::OriginUse;
