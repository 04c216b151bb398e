//! Stores the text of an element in a field.
//!
//! An empty element counts as absent, since SDKs send empty elements. A repeated element is an error of the document;
//! an invalid value is an error of the argument.

use crate::Element;
use coho_model::RequestRefusal;
use coho_model::website::{InvalidWebsite, KeyValue, UnknownElement};

type FieldResult = Result<(), RequestRefusal>;

/// Parses the text, without surrounding whitespace, with `parse`.
pub(super) fn set<T>(
    slot: &mut Option<T>,
    element: &Element<'_>,
    parse: impl FnOnce(&str) -> Option<T>,
) -> FieldResult {
    let text = element.trimmed();
    if text.is_empty() {
        return Ok(());
    }
    let value = parse(text).ok_or_else(|| InvalidWebsite::new(element.name().to_owned(), text))?;
    fill(slot, element, value)
}

/// `true` or `false` in any case; the Python SDK sends `True`.
pub(super) fn set_bool(slot: &mut Option<bool>, element: &Element<'_>) -> FieldResult {
    set(slot, element, |text| match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    })
}

/// Parses decimal digits only.
pub(super) fn set_number<T: std::str::FromStr>(slot: &mut Option<T>, element: &Element<'_>) -> FieldResult {
    set(slot, element, coho_model::decimal)
}

/// A word, a name or an address: surrounding whitespace has no meaning.
pub(super) fn set_word(slot: &mut Option<String>, element: &Element<'_>) -> FieldResult {
    set(slot, element, |text| Some(text.to_owned()))
}

/// A piece of a key or of a header value: every character counts.
pub(super) fn set_exact(slot: &mut Option<String>, element: &Element<'_>) -> FieldResult {
    if element.text().is_empty() { Ok(()) } else { fill(slot, element, element.text().to_owned()) }
}

/// Stores a value in an empty field.
pub(super) fn fill<T>(slot: &mut Option<T>, element: &Element<'_>, value: T) -> FieldResult {
    match slot {
        Some(_) => Err(RequestRefusal::malformed_document(format_args!("{} is repeated", element.name()))),
        None => {
            *slot = Some(value);
            Ok(())
        }
    }
}

/// Keeps an element as it is.
pub(super) fn unknown(element: &Element<'_>) -> UnknownElement {
    UnknownElement {
        name: element.name().to_owned(),
        text: element.text().to_owned(),
        children: element.children().iter().map(unknown).collect(),
    }
}

/// `Key` and `Value`.
pub(super) fn key_value(element: &Element<'_>) -> Result<KeyValue, RequestRefusal> {
    let (mut key, mut value, mut unknowns) = (None, None, Vec::new());
    for child in element.children() {
        match child.name() {
            "Key" => set_word(&mut key, child)?,
            "Value" => set_exact(&mut value, child)?,
            _ => unknowns.push(unknown(child)),
        }
    }
    Ok(KeyValue { key: key.unwrap_or_default(), value: value.unwrap_or_default(), unknown: unknowns })
}
