//! Reads the documents of answers.

use super::CallFailure;
use coho_oss::{Element, read_document};

/// Parses a document with this root.
pub(in crate::cli) fn document<'a>(body: &'a [u8], root: &str, max_bytes: usize) -> Result<Element<'a>, CallFailure> {
    read_document(body, root, max_bytes)
        .map_err(|error| CallFailure::Unusable(format!("the answer is not a document {root} of OSS: {error}")))
}

/// The text of the first child with this name; empty without one.
pub(in crate::cli) fn text<'a>(element: &'a Element<'_>, name: &str) -> &'a str {
    element.children().iter().find(|child| child.name() == name).map_or("", Element::text)
}

/// The number in a child.
pub(in crate::cli) fn number(element: &Element<'_>, name: &str) -> Result<u64, CallFailure> {
    let value = text(element, name).trim();
    coho_model::decimal(value).ok_or_else(|| CallFailure::Unusable(format!("the answer has {value:?} as {name}")))
}
