//! What few objects have: values that most requests neither set nor return.

use serde::{Deserialize, Serialize};

/// Attributes of an object beside its headers. An object without any has no such record.
///
/// Stored in the form that `serde` gives it: names of fields are part of the metadata's format. A field may be added with a default.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ObjectAttributes {
    /// Tags in the order in which they were set: key and value.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<(String, String)>,
}
