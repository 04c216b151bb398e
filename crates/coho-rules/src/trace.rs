//! Explains how an evaluation came to its decision. Costs nothing if unused: events are built by closures that
//! [`NoTrace`] never calls.

use crate::Observation;
use std::fmt;

/// Receives the events of an evaluation.
pub trait Tracer {
    /// Something was decided.
    fn note(&mut self, event: impl FnOnce() -> TraceEvent);
}

/// Ignores all events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NoTrace;

/// Records all events, in order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DecisionTrace {
    /// The events.
    pub events: Vec<TraceEvent>,
}

/// One step of an evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TraceEvent {
    /// The request is about this object, or this page in its place.
    Entry {
        /// The key; `None` for a listing.
        key: Option<String>,
        /// Whether the key is the index page in place of a directory.
        is_index: bool,
    },
    /// The status of the object named last.
    Observed {
        /// The status so far.
        status: u16,
    },
    /// The rule does not apply.
    RulePassedBy {
        /// Its number.
        rule: u32,
        /// The first element that is not met.
        mismatch: RuleMismatch,
    },
    /// The rule applies and ends the search.
    RuleMatched {
        /// Its number.
        rule: u32,
    },
    /// No rule applies.
    NoRuleMatches,
    /// A later step, or why it was skipped.
    Step {
        /// The element of the step.
        element: &'static str,
        /// The result of the step.
        outcome: String,
    },
    /// The decision in words.
    Decided(String),
}

/// The first element of a rule that is not met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleMismatch {
    /// Its name.
    pub element: String,
    /// What the rule requires.
    pub expected: String,
    /// What the request has.
    pub actual: String,
    /// Whether the element is stored but not executed, so that the rule never applies.
    pub is_not_executed: bool,
}

impl RuleMismatch {
    pub(crate) fn new(element: &str, expected: String, actual: String) -> Self {
        Self { element: element.into(), expected, actual, is_not_executed: false }
    }

    pub(crate) fn not_executed(element: &str) -> Self {
        let (expected, actual) = (String::from("a rule without it"), String::from("not executed yet"));
        Self { element: element.into(), expected, actual, is_not_executed: true }
    }
}

impl Tracer for NoTrace {
    fn note(&mut self, _event: impl FnOnce() -> TraceEvent) {}
}

impl Tracer for DecisionTrace {
    fn note(&mut self, event: impl FnOnce() -> TraceEvent) {
        self.events.push(event());
    }
}

impl<T: Tracer> Tracer for &mut T {
    fn note(&mut self, event: impl FnOnce() -> TraceEvent) {
        (**self).note(event);
    }
}

impl TraceEvent {
    pub(crate) fn observed(found: Observation) -> Self {
        Self::Observed { status: found.status() }
    }
}

impl fmt::Display for RuleMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { element, expected, actual, is_not_executed } = self;
        if *is_not_executed {
            write!(f, "{element} is stored and not executed yet")
        } else {
            write!(f, "{element}: expected {expected:?}, got {actual:?}")
        }
    }
}

impl fmt::Display for TraceEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry { key: None, .. } => f.write_str("the root of the bucket: a listing"),
            Self::Entry { key: Some(key), is_index: false } => write!(f, "object {key}"),
            Self::Entry { key: Some(key), is_index: true } => write!(f, "index page {key}"),
            Self::Observed { status } => write!(f, "status so far: {status}"),
            Self::RulePassedBy { rule, mismatch } => write!(f, "rule {rule} does not apply: {mismatch}"),
            Self::RuleMatched { rule } => write!(f, "rule {rule} applies"),
            Self::NoRuleMatches => f.write_str("no rule applies"),
            Self::Step { element, outcome } => write!(f, "{element}: {outcome}"),
            Self::Decided(decision) => f.write_str(decision),
        }
    }
}

impl fmt::Display for DecisionTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.events.iter().try_for_each(|event| writeln!(f, "{event}"))
    }
}
