//! A draft of a website configuration, before it is stored.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What a check of a draft finds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebsiteCheck {
    /// Whether it would be stored: no problem is an error.
    pub valid: bool,
    /// Errors first, then warnings in the order of rules.
    pub problems: Vec<WebsiteProblem>,
    /// The draft in XML; none if it is not a tree of elements. Values stay as they were sent, new secrets and masks as well.
    pub xml: Option<String>,
    /// The draft in JSON.
    pub json: Option<String>,
    /// The draft in YAML.
    pub yaml: Option<String>,
    /// What it would change, as a unified diff of the two configurations in YAML with defaults and without secrets; empty if
    /// nothing would change, none if the draft cannot be read as a configuration.
    pub diff: Option<String>,
    /// The entity tag of the stored state that it was compared with, for `If-Match`.
    pub etag: String,
}

/// What is wrong with a draft, or probably wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebsiteProblem {
    /// Whether it keeps the draft from being stored.
    pub severity: ProblemSeverity,
    /// The number of the rule.
    pub rule: Option<u32>,
    /// The element.
    pub element: Option<String>,
    /// Of an error, the code with which the draft would be refused; of a warning, the finding of `coho rules lint`, such as
    /// `Shadowed`.
    pub code: String,
    /// What it is.
    pub detail: String,
    /// The line of the text, from 1, if it is known.
    pub line: Option<u64>,
    /// Of a warning, `detail` as words and values, for texts in other languages.
    pub finding: Option<WebsiteFinding>,
}

/// What a warning says. The rule and the element are those of the problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum WebsiteFinding {
    /// The rule never applies: an earlier one always applies first.
    Shadowed {
        /// The number of the earlier rule.
        by: u32,
    },
    /// The same at one status.
    ShadowedAt {
        /// The number of the earlier rule.
        by: u32,
        /// The status.
        status: u16,
    },
    /// The rule never applies: no request can meet the element.
    Impossible {
        /// Why.
        reason: ImpossibleReason,
        /// The header, if a header is tested.
        header: Option<String>,
        /// The value that it would have to have.
        value: Option<String>,
    },
    /// The redirect leads to a request that reaches the rule again.
    RedirectLoop {
        /// A key for which this happens.
        key: String,
    },
    /// The origin is this server.
    MirrorsItself {
        /// Its URL.
        url: String,
    },
    /// The rule never applies: the element is stored and not executed yet.
    NotExecuted,
    /// The element has no effect in its place.
    NoEffect {
        /// Why.
        reason: NoEffectReason,
    },
    /// An unknown element has a name near that of a known one.
    MisspeltElement {
        /// The element in which it is.
        parent: String,
        /// The name that was probably meant.
        nearest: String,
    },
}

/// Why no request can meet an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ImpossibleReason {
    /// No header has such a name.
    HeaderName,
    /// No header has control characters.
    HeaderControl,
    /// No value of the header equals `value` and meets the other tests.
    HeaderTests,
    /// No object key has the prefix.
    KeyPrefix,
    /// With the prefix it is longer than an object key may be.
    KeyTooLong,
    /// A Mirror rule applies to status 404 only.
    MirrorStatus,
    /// Such keys lead out of the origin's folder.
    LeavesFolder,
}

/// Why an element has no effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoEffectReason {
    /// It is unknown.
    Unknown,
    /// ErrorDocument names no Key.
    NoErrorPage,
    /// IndexDocument names no Suffix.
    NoIndexPage,
    /// SupportSubDir is not true.
    NoSubDir,
    /// The rule is not of type Mirror.
    NotMirror,
    /// The rule is of type Mirror.
    IsMirror,
    /// The rule is of type Internal.
    IsInternal,
    /// KeyPrefixEquals is not set.
    NoPrefix,
    /// No headers are passed.
    NoHeadersPassed,
}

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProblemSeverity {
    /// The draft would be refused.
    Error,
    /// The draft would be stored, and probably does not what it should.
    Warning,
}
