//! Decides what a bucket's website configuration says about a request: serve, fetch from an origin, redirect, or
//! show a page. Pure, so that server, console, CLI, backfill and tests all get the same answer, and can ask why.
//!
//! An [`Evaluation`] is one request on its way through the configuration. Where the answer depends on what is
//! stored, it says which object to look up and is told what was found; [`decide`] does that in a loop. What is not
//! executed yet is listed in one place ([`not_executed`]), and [`lint`] tells what a configuration cannot mean.

mod decision;
mod encode;
mod evaluation;
mod executed;
mod lint;
mod location;
mod matcher;
mod origin_url;
mod query;
mod request;
mod rewrite;
mod trace;

pub use decision::{Decision, Found, MirrorFetch, Redirection};
pub use evaluation::{Evaluation, decide};
pub use executed::{NotExecuted, not_executed};
pub use lint::{Finding, OwnEndpoints, Problem, lint};
pub use origin_url::{OriginUrl, OriginUrls};
pub use request::{Access, Method, NoHeaders, Request, RequestHeaders};
pub use rewrite::MAX_REWRITTEN_KEY_BYTES;
pub use trace::{Mismatch, NoTrace, Trace, TraceEvent, Tracer};
