//! The place of a key in a file, for messages about its value.

use toml::de::{DeTable, DeValue};

/// Line and column (both from 1) of the value of a dotted key; `None` if the file does not set it.
pub(super) fn place_of(text: &str, dotted: &str) -> Option<(usize, usize)> {
    let parts: Vec<&str> = dotted.split('.').collect();
    place(text, find(DeTable::parse(text).ok()?.get_ref(), &parts)?.1)
}

/// The same of the key itself.
pub(super) fn place_of_key(text: &str, dotted: &str) -> Option<(usize, usize)> {
    let parts: Vec<&str> = dotted.split('.').collect();
    place(text, find(DeTable::parse(text).ok()?.get_ref(), &parts)?.0)
}

/// Line and column of an offset.
pub(super) fn place(text: &str, start: usize) -> Option<(usize, usize)> {
    let before = text.get(..start)?;
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Some((line, column))
}

/// Offsets of the key and of its value.
fn find(table: &DeTable<'_>, parts: &[&str]) -> Option<(usize, usize)> {
    let (first, rest) = parts.split_first()?;
    let (key, found) = table.get_key_value(*first)?;
    match found.get_ref() {
        _ if rest.is_empty() => Some((key.span().start, found.span().start)),
        DeValue::Table(table) => find(table, rest),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_line_and_column() {
        let text = "region = 'x'\n\n[origin]\n  idle_timeout_ms = 0\n";
        for (key, place) in [
            ("region", Some((1, 10))),
            ("origin.idle_timeout_ms", Some((4, 21))),
            ("origin.connect_timeout_ms", None),
            ("region.x", None),
            ("log", None),
        ] {
            assert_eq!(place_of(text, key), place, "{key}");
        }
        assert_eq!(place_of_key(text, "origin.idle_timeout_ms"), Some((4, 3)));
    }
}
