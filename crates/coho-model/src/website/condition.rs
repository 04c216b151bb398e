//! When a rule applies: every test that is present must hold.

use super::UnknownElement;

/// The tests of one rule (`Condition`). Without tests the rule applies to every request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Condition {
    /// `KeyPrefixEquals`: the prefix of the key.
    pub key_prefix_equals: Option<String>,
    /// `KeySuffixEquals`: the suffix of the key.
    pub key_suffix_equals: Option<String>,
    /// `HttpErrorCodeReturnedEquals`: the status that the request would be answered with.
    pub http_error_code_returned_equals: Option<u16>,
    /// `IncludeHeader`: tests of request headers.
    pub include_headers: Vec<IncludeHeader>,
    /// Unknown elements.
    pub unknown: Vec<UnknownElement>,
}

/// A test of one request header (`IncludeHeader`). With only a name, the header must be present.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IncludeHeader {
    /// `Key`: the name, case-insensitive.
    pub key: String,
    /// `Equals`: the complete value.
    pub equals: Option<String>,
    /// `StartsWith`: the beginning of the value.
    pub starts_with: Option<String>,
    /// `EndsWith`: the end of the value.
    pub ends_with: Option<String>,
    /// Unknown elements.
    pub unknown: Vec<UnknownElement>,
}
