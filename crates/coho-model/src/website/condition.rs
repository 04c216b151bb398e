//! When a rule applies: every part that is present must hold.

use super::UnknownElement;

/// The tests of one rule (`Condition`). Without any it applies to every request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Condition {
    /// `KeyPrefixEquals`: the key begins so.
    pub key_prefix_equals: Option<String>,
    /// `KeySuffixEquals`: the key ends so.
    pub key_suffix_equals: Option<String>,
    /// `HttpErrorCodeReturnedEquals`: the request would be answered with this status.
    pub http_error_code_returned_equals: Option<u16>,
    /// `IncludeHeader`: tests of request headers.
    pub include_headers: Vec<IncludeHeader>,
    /// Unknown elements.
    pub unknown: Vec<UnknownElement>,
}

/// A test of one request header (`IncludeHeader`). With the name alone, the header must be present.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IncludeHeader {
    /// `Key`: the name, in any case.
    pub key: String,
    /// `Equals`: the whole value.
    pub equals: Option<String>,
    /// `StartsWith`: how it begins.
    pub starts_with: Option<String>,
    /// `EndsWith`: how it ends.
    pub ends_with: Option<String>,
    /// Unknown elements.
    pub unknown: Vec<UnknownElement>,
}
