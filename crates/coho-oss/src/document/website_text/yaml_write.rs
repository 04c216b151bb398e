//! YAML out: block style, and quotes wherever any version of YAML could read anything but the same text.

use super::value::Value;
use std::fmt::Write;

/// Longest whole number that is written without quotes; every reader keeps its digits.
const MAX_PLAIN_DIGITS: usize = 15;
/// Words that some version of YAML reads as another type.
const WORDS: &[&str] = &["null", "yes", "no", "on", "off", "y", "n", "true", "false"];

/// The document. Texts `true`, `false` and whole numbers are written plain, as people write them.
pub(super) fn write(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::Text(text) => {
            scalar(&mut out, text);
            out.push('\n');
        }
        Value::List(list) => write_list(&mut out, list, 0),
        Value::Map(map) => write_map(&mut out, map, 0),
    }
    out
}

/// Writes entries, each on lines of its own. The caller is at the beginning of a line, or after the dash of a list.
fn write_map(out: &mut String, map: &[(String, Value)], depth: usize) {
    for (index, (name, value)) in map.iter().enumerate() {
        if index > 0 || out.is_empty() || out.ends_with('\n') {
            indent(out, depth);
        }
        scalar(out, name);
        out.push(':');
        write_value(out, value, depth);
    }
}

fn write_value(out: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Text(text) => {
            out.push(' ');
            scalar(out, text);
            out.push('\n');
        }
        Value::List(list) if list.is_empty() => out.push_str(" []\n"),
        Value::Map(map) if map.is_empty() => out.push_str(" {}\n"),
        Value::List(list) => {
            out.push('\n');
            write_list(out, list, depth + 1);
        }
        Value::Map(map) => {
            out.push('\n');
            write_map(out, map, depth + 1);
        }
    }
}

fn write_list(out: &mut String, list: &[Value], depth: usize) {
    for item in list {
        indent(out, depth);
        match item {
            Value::Map(map) if !map.is_empty() => {
                out.push_str("- ");
                write_map(out, map, depth + 1);
            }
            other => {
                out.push('-');
                write_value(out, other, depth);
            }
        }
    }
}

fn indent(out: &mut String, depth: usize) {
    (0..depth).for_each(|_| out.push_str("  "));
}

fn scalar(out: &mut String, text: &str) {
    if is_plain(text) {
        return out.push_str(text);
    }
    out.push('"');
    for c in text.chars() {
        // Writing to a string cannot fail.
        let _ = match c {
            '"' | '\\' => write!(out, "\\{c}"),
            '\n' => write!(out, "\\n"),
            '\r' => write!(out, "\\r"),
            '\t' => write!(out, "\\t"),
            // These break lines or are not printable in YAML.
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}') => {
                write!(out, "\\u{:04x}", u32::from(c))
            }
            c => write!(out, "{c}"),
        };
    }
    out.push('"');
}

fn is_plain(text: &str) -> bool {
    match text.as_bytes() {
        b"true" | b"false" => true,
        [b'0'..=b'9', ..] => is_plain_number(text),
        [b'a'..=b'z' | b'A'..=b'Z' | b'/' | b'$' | b'_', ..] => {
            text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-./:$%+=?&@{}~ ".contains(&b))
                && !text.contains(": ")
                && !text.ends_with([' ', ':'])
                && !WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
        }
        _ => false,
    }
}

fn is_plain_number(text: &str) -> bool {
    let is_canonical = text == "0" || !text.starts_with('0');
    is_canonical && text.len() <= MAX_PLAIN_DIGITS && text.bytes().all(|b| b.is_ascii_digit())
}
