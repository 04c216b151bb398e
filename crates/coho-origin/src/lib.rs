//! Back-to-origin: one fetch for each missing object, followed by everybody who asks for it.
//!
//! The engine decides nothing about rules: it is given the URL. It guards which addresses are connected to, checks
//! that a body came whole, and lets the store make it durable. Nothing of a client's request reaches an origin.

mod client;
mod connect;
mod counters;
mod engine;
mod failure;
mod fetch;
mod flight;
mod guard;
mod probe;

pub use counters::MirrorCounters;
pub use engine::{MAX_FLIGHTS, Mirror, MirrorOptions, Opened};
pub use failure::MirrorFailure;
pub use flight::{Flight, OriginHead};
pub use guard::{AddressClass, AddressPolicy, ExactOrigin, HOP_HEADER, InvalidOrigin, classify};
pub use probe::Probe;
