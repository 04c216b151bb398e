//! Where objects came from, for lists of them.

use crate::explain::ObjectProvenance;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most keys of one question.
pub const MAX_KEYS: usize = 200;

/// Which objects are asked about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProvenanceRequest {
    /// Their keys.
    #[schemars(length(max = MAX_KEYS))]
    pub keys: Vec<String>,
}

/// Where they came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Provenances {
    /// Those that are stored, in the order of the question.
    pub objects: Vec<KeyProvenance>,
}

/// Where an object came from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct KeyProvenance {
    /// The key.
    pub key: String,
    /// The origin URL, percent-encoded as `x-oss-tag` shows it, if the object was fetched.
    pub mirrored_from: Option<String>,
    /// The fetch; none if it was not fetched, or by a version that did not keep this.
    pub fetched: Option<ObjectProvenance>,
    /// When a client last gave the object other headers; none if it has those of the origin.
    pub rewritten: Option<String>,
    /// The key of the object that it shows, if it is a symbolic link.
    pub symlink_target: Option<String>,
}
