//! Decides what a bucket's website configuration means for a request: serve, fetch from an origin, redirect, or show a
//! page. Pure, so that server, console, CLI, backfill and tests get the same answer and can explain it.
//!
//! An [`Evaluation`] is one request in progress. Where the decision depends on stored objects, it asks its [`Facts`] for
//! them; one loop does that for server, CLI and tests. Unsupported elements are listed in one place ([`not_executed`]),
//! and [`lint`] reports what cannot have the intended effect.

mod decision;
mod encode;
mod evaluate;
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

pub use decision::{Decision, MirrorFetch, Observation, Redirection};
pub use encode::address as encoded_address;
pub use evaluate::{Facts, Question};
pub use evaluation::{Evaluation, decide};
pub use executed::{NotExecuted, not_executed};
pub use lint::{Finding, Impossibility, Ineffectiveness, OwnEndpoints, Problem, lint};
pub use origin_url::{OriginUrl, OriginUrls};
pub use request::{Access, Method, NoHeaders, RequestHeaders, RuleRequest};
pub use rewrite::MAX_REWRITTEN_KEY_BYTES;
pub use trace::{DecisionTrace, MismatchReason, NoTrace, RuleMismatch, StepOutcome, TraceEvent, Tracer};
