//! Back-to-origin: one fetch for each missing object, followed by everybody who asks for it.
//!
//! The engine decides nothing about rules: it is given the URLs. It guards which addresses are connected to, follows
//! redirects, changes to another origin when one fails, goes on with a body that broke off, checks that it came whole,
//! and lets the store make it durable. Of a client's request an origin sees what a rule names, and no credentials.

mod ahead;
mod ask;
mod breaker;
mod client;
mod connect;
mod engine;
mod entity_tag;
mod failure;
mod fetch;
mod fetch_rate;
mod flight;
mod flights;
mod frames;
mod framing;
mod guard;
mod inflight;
mod limit;
mod location;
mod lookup;
mod metrics;
mod missing;
mod order;
mod origins;
mod pool;
mod probe;
mod resume;
mod sign;
mod status;
mod token_bucket;
mod trace;
mod turn;

pub use engine::{Mirror, MirrorOptions, Opened, Timeouts};
pub use failure::MirrorFailure;
pub use flight::{Flight, OriginHead, Passed};
pub use flights::{MAX_FLIGHTS, MAX_FLIGHTS_PER_BUCKET};
pub use guard::{AddressClass, AddressPolicy, ExactOrigin, HOP_HEADER, InvalidOrigin, classify};
pub use inflight::HeadState;
pub use metrics::MirrorMetrics;
pub use order::{Order, passed_headers};
pub use origins::{MAX_REQUESTS_PER_ORIGIN, OriginStatus};
pub use probe::Probe;
pub use status::{FillStatus, MAX_FILLS_TOLD};
