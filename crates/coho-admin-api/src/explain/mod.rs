//! How a request is answered, and why.

mod query;

pub(crate) use query::encoded;

pub use query::{ExplainAccess, ExplainMethod, ExplainQuery, InvalidParameter};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An explanation: the decision of the bucket's rules with its trace.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Explanation {
    /// The bucket.
    pub bucket: String,
    /// The key; none for the root of the bucket.
    pub key: Option<String>,
    /// Whether the bucket has a website configuration.
    pub website: bool,
    /// The object that is stored under the key, if there is one.
    pub object: Option<ExplainedObject>,
    /// What led to the decision, in order.
    pub events: Vec<ExplainedStep>,
    /// The decision.
    pub decision: ExplainedDecision,
    /// What denies the sender the access, if something does. The rules may answer such a request with a page.
    #[serde(default)]
    pub denial: Option<ExplainedDenial>,
    /// The limits on fetches of the bucket.
    pub limits: ExplainLimits,
    /// What the origin says, if that was asked for and the decision is a fetch.
    pub probe: Option<ProbeReport>,
}

/// Why a sender may not do what it asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExplainedDenial {
    /// What denies it.
    pub reason: DenialReason,
    /// What the client is answered.
    pub message: String,
}

/// What denies a sender the access.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DenialReason {
    /// The bucket's policy.
    Policy,
    /// The rights of the access key or of the role, or the policy of the session.
    KeyRights,
    /// The block of public access, of the bucket or of its account.
    PublicAccessBlock,
    /// The ACL of the object or of the bucket, or that only the owner may do it.
    Acl,
    /// The hotlink protection of the bucket.
    Referer,
    /// The bucket charges those who send requests, and the sender has not agreed.
    RequesterPays,
}

impl DenialReason {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Policy => "policy",
            Self::KeyRights => "key_rights",
            Self::PublicAccessBlock => "public_access_block",
            Self::Acl => "acl",
            Self::Referer => "referer",
            Self::RequesterPays => "requester_pays",
        }
    }
}

/// A stored object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExplainedObject {
    /// Its length.
    pub size_bytes: u64,
    /// Its ETag, with quotes.
    pub etag: String,
    /// When it was stored, or what the origin said, as `Last-Modified` shows it.
    pub modified: String,
    /// The origin URL, if the object was fetched.
    pub mirrored_from: Option<String>,
    /// The fetch; none if it was not fetched, or by a version that did not keep this.
    pub fetched: Option<ObjectProvenance>,
    /// When a client last gave the object other headers; none if it has those of the origin.
    pub rewritten: Option<String>,
}

/// The fetch of a stored object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ObjectProvenance {
    /// When the fetch began.
    pub at: String,
    /// The `RuleNumber` of the rule.
    pub rule: u32,
    /// The origin's `ETag`, as it came.
    pub origin_etag: Option<String>,
    /// The origin's `Last-Modified`, as it came: an HTTP date, if the origin is right.
    pub origin_last_modified: Option<String>,
}

/// A step of an evaluation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExplainedStep {
    /// The step.
    #[serde(flatten)]
    pub step: ExplainedStepKind,
    /// The step in words.
    pub text: String,
}

/// What a step of an evaluation is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ExplainedStepKind {
    /// The evaluation begins with this key.
    Entry {
        /// The key; none for the root of the bucket.
        key: Option<String>,
        /// Whether the key is that of the index page in its place.
        is_index: bool,
    },
    /// The status so far.
    Observed {
        /// The status.
        status: u16,
    },
    /// A rule does not apply.
    RulePassedBy {
        /// Its `RuleNumber`.
        rule: u32,
        /// The element that keeps it from applying.
        element: String,
        /// What the element asks for.
        expected: String,
        /// What the request has.
        actual: String,
        /// Whether the element is not executed yet, so that its rule never applies.
        is_not_executed: bool,
        /// What is not met, as a stable word: `prefix`, `suffix`, `status`, `authorised` (the rule is for authorised requests),
        /// `header`, `header_absent`, `not_executed`, `key_too_long` or `no_host`.
        reason: String,
        /// The header that the rule tests, if a header is not as it asks.
        header: Option<ExplainedHeaderTest>,
    },
    /// A rule applies.
    RuleMatched {
        /// Its `RuleNumber`.
        rule: u32,
    },
    /// No rule applies.
    NoRuleMatches,
    /// An element of the configuration, or of the rule, takes effect.
    Step {
        /// The element.
        element: String,
        /// Its effect.
        outcome: String,
        /// The effect as a stable word, such as `is_absent`, for texts in other languages.
        reason: String,
    },
    /// The decision, which is last.
    Decided,
}

/// A test of a header of the request. Without a text, any value will do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExplainedHeaderTest {
    /// Its name.
    pub name: String,
    /// The whole value.
    pub equals: Option<String>,
    /// Its beginning.
    pub starts_with: Option<String>,
    /// Its end.
    pub ends_with: Option<String>,
}

/// What the request is answered with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExplainedDecision {
    /// The decision.
    #[serde(flatten)]
    pub outcome: ExplainedOutcome,
    /// The decision in words.
    pub text: String,
}

/// What a decision is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum ExplainedOutcome {
    /// A listing of the bucket.
    List {
        /// The status.
        status: u16,
    },
    /// The evaluation ends where it needs to know whether a key exists.
    LookUp {
        /// The key.
        key: String,
    },
    /// A stored object.
    Serve {
        /// Its key.
        key: String,
        /// The status.
        status: u16,
    },
    /// A fetch from an origin.
    Mirror(ExplainedFetch),
    /// A redirect.
    Redirect {
        /// The `RuleNumber` of the rule; none if a directory is completed by its slash.
        rule: Option<u32>,
        /// The status.
        status: u16,
        /// The `Location`.
        location: String,
    },
    /// An error of OSS.
    Error {
        /// The status.
        status: u16,
    },
}

/// A fetch from an origin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExplainedFetch {
    /// The `RuleNumber` of the rule.
    pub rule: u32,
    /// The URL at the first origin.
    pub url: String,
    /// The URLs at the others, which are asked if the first fails.
    pub other_urls: Vec<String>,
    /// The key under which the object is stored.
    pub key: String,
    /// The status of the answer, if the origin has the object.
    pub status: u16,
    /// The headers of the request to the first origin. Those that hold credentials are masked.
    pub headers: Vec<ExplainedHeader>,
    /// The value of `x-oss-tag`.
    pub tag: String,
}

/// A header.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExplainedHeader {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// The limits on fetches of a bucket, with the server's settings where it has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExplainLimits {
    /// Fetches per second; none if they are not limited.
    pub qps: Option<u64>,
    /// Bytes per second; none if they are not limited.
    pub bandwidth_bytes_per_second: Option<u64>,
    /// Time that name resolution and connection may take together.
    pub connect_timeout_ms: u64,
    /// Time from the request to the head of the origin's answer.
    pub first_byte_timeout_ms: u64,
    /// Time between two pieces of a body.
    pub idle_timeout_ms: u64,
    /// Time for the whole fetch.
    pub total_timeout_ms: u64,
    /// Largest object that is fetched.
    pub max_object_bytes: u64,
    /// Most fetches of the server at a time.
    pub max_fetches: u64,
    /// Whether the origins are trusted to end a body by closing its connection.
    pub trust_close: bool,
    /// Whether the object is encrypted when it is stored.
    pub encrypt: bool,
}

/// What the origin says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ProbeReport {
    /// An answer of any status.
    Answered(ProbeAnswer),
    /// No answer.
    Failed(ProbeFailure),
}

/// An origin's answer to a probe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProbeAnswer {
    /// The method: HEAD, or GET for one byte if the origin refuses HEAD.
    pub method: String,
    /// The status.
    pub status: u16,
    /// Time from the request to the head of the answer.
    pub latency_ms: f64,
    /// The length of the object; none if the origin did not say it.
    pub length_bytes: Option<u64>,
    /// The origin's `ETag`, as it came.
    pub etag: Option<String>,
    /// The origin's `Last-Modified`, as it came: an HTTP date, if the origin is right.
    pub last_modified: Option<String>,
    /// The address and port of the origin.
    pub address: Option<String>,
}

/// A probe without an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProbeFailure {
    /// Why.
    pub error: String,
    /// Why, as a stable word: the outcome of a fetch with the same failure, such as `timeout`.
    pub reason: String,
}
