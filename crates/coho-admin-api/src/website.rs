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
