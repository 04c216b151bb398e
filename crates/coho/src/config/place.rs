//! The place of a key in a file, for messages about its value.

use toml::de::{DeTable, DeValue};

/// Line and column (both from 1) of the value of a dotted key; `None` if the file does not set it.
pub(crate) fn place_of(text: &str, dotted: &str) -> Option<(usize, usize)> {
    let parts: Vec<&str> = dotted.split('.').collect();
    let start = find(DeTable::parse(text).ok()?.get_ref(), &parts)?;
    let before = &text[..start];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Some((line, column))
}

fn find(table: &DeTable<'_>, parts: &[&str]) -> Option<usize> {
    let (first, rest) = parts.split_first()?;
    let found = table.get(*first)?;
    match found.get_ref() {
        _ if rest.is_empty() => Some(found.span().start),
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
    }
}
