//! Decides what a bucket's back-to-origin rules say about a request. Pure, so that server, console, CLI and tests
//! all get the same answer.
//!
//! This part executes Mirror rules that test prefix and suffix alone. A rule that asks for more never matches
//! ([`executed`]), so that no wrong bytes are stored under a key.

mod decide;
mod executed;
mod origin_url;

pub use decide::{Decision, decide_missing};
pub use executed::{NotExecuted, not_executed};
pub use origin_url::OriginUrl;
