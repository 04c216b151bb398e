//! Explains how an evaluation came to its decision. Costs nothing if unused: events are built by closures that
//! [`NoTrace`] never calls.

use crate::Observation;
use coho_model::website::IncludeHeader;
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
        outcome: StepOutcome,
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
    /// What is not met.
    pub reason: MismatchReason,
}

/// What of a rule is not met. Its word is for texts in other languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MismatchReason {
    /// The beginning of the key.
    Prefix,
    /// The end of the key.
    Suffix,
    /// The status, which the rule names or its type implies.
    Status,
    /// The rule is for authorised requests, and this one is refused.
    Authorised,
    /// A header of the request has no value that passes the tests.
    Header(IncludeHeader),
    /// The request lacks the header.
    HeaderAbsent(IncludeHeader),
    /// An element is stored and not executed.
    NotExecuted,
    /// The rewritten key is longer than a key may be.
    KeyTooLong,
    /// The redirect lacks a host.
    NoHost,
}

impl MismatchReason {
    /// The stable word of the reason.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Prefix => "prefix",
            Self::Suffix => "suffix",
            Self::Status => "status",
            Self::Authorised => "authorised",
            Self::Header(_) => "header",
            Self::HeaderAbsent(_) => "header_absent",
            Self::NotExecuted => "not_executed",
            Self::KeyTooLong => "key_too_long",
            Self::NoHost => "no_host",
        }
    }

    /// The header that the rule tests.
    pub fn header(&self) -> Option<&IncludeHeader> {
        match self {
            Self::Header(header) | Self::HeaderAbsent(header) => Some(header),
            _ => None,
        }
    }
}

/// The result of a step after the rules, or why it was skipped. Its word is for texts in other languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StepOutcome {
    /// The index page in place is missing, and the object itself is looked up.
    ObjectItself,
    /// A HEAD request does not fetch.
    HeadFetchesNothing,
    /// The origin URL would leave the folder of the origin.
    LeavesFolder,
    /// What the rule names is no key, for this reason.
    NoKey(String),
    /// The configuration has no such element.
    IsAbsent,
    /// The element is not for requests that are signed in a header.
    SignedInHeader,
    /// `SupportSubDir` is false.
    NoSubDir,
    /// The request was for a page already.
    IsPageAlready,
    /// `Type` is 1.
    TypeNothing,
    /// The name of the page would be longer than a key may be.
    NameTooLong,
    /// The element names no object.
    NamesNoObject,
    /// The page is what is missing.
    IsMissingItself,
}

impl StepOutcome {
    /// The stable word of the outcome.
    pub fn word(&self) -> &'static str {
        match self {
            Self::ObjectItself => "object_itself",
            Self::HeadFetchesNothing => "head_fetches_nothing",
            Self::LeavesFolder => "leaves_folder",
            Self::NoKey(_) => "no_key",
            Self::IsAbsent => "is_absent",
            Self::SignedInHeader => "signed_in_header",
            Self::NoSubDir => "no_sub_dir",
            Self::IsPageAlready => "is_page_already",
            Self::TypeNothing => "type_nothing",
            Self::NameTooLong => "name_too_long",
            Self::NamesNoObject => "names_no_object",
            Self::IsMissingItself => "is_missing_itself",
        }
    }
}

impl fmt::Display for StepOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ObjectItself => "the page is missing: the object itself",
            Self::HeadFetchesNothing => "a HEAD request does not fetch",
            Self::LeavesFolder => "the key leads out of the origin's folder",
            Self::NoKey(why) => why,
            Self::IsAbsent => "there is none",
            Self::SignedInHeader => "not for requests that are signed in a header",
            Self::NoSubDir => "SupportSubDir is false",
            Self::IsPageAlready => "the request was for a page already",
            Self::TypeNothing => "Type is 1",
            Self::NameTooLong => "the name of the page would be too long",
            Self::NamesNoObject => "it names no object",
            Self::IsMissingItself => "it is what is missing",
        })
    }
}

impl RuleMismatch {
    pub(crate) fn new(reason: MismatchReason, element: &str, expected: String, actual: String) -> Self {
        Self { element: element.into(), expected, actual, is_not_executed: false, reason }
    }

    pub(crate) fn not_executed(element: &str) -> Self {
        let (expected, actual) = (String::from("a rule without it"), String::from("not executed yet"));
        let reason = MismatchReason::NotExecuted;
        Self { element: element.into(), expected, actual, is_not_executed: true, reason }
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
        let Self { element, expected, actual, is_not_executed, reason: _ } = self;
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
