//! Results in the form that was asked for: a table for people, JSON or YAML for programs.

use super::print;
use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::Value;
use std::fmt::Write;

/// Spaces of one level in YAML and in tables.
const INDENT: &str = "  ";

/// The form of a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum OutputForm {
    Table,
    Json,
    Yaml,
}

#[derive(Debug, Clone, Copy, Args)]
pub(super) struct Output {
    /// Form of the result.
    #[arg(long = "output", value_name = "FORM", default_value = "table")]
    form: OutputForm,
}

impl Output {
    pub(super) fn form(self) -> OutputForm {
        self.form
    }

    /// Prints a result; `table` writes it for people.
    pub(super) fn show<T: Serialize>(self, result: &T, table: impl FnOnce(&T) -> String) -> anyhow::Result<()> {
        let text = match self.form {
            OutputForm::Table => table(result),
            OutputForm::Json => serde_json::to_string_pretty(result)?,
            OutputForm::Yaml => yaml(&serde_json::to_value(result)?),
        };
        print(format_args!("{}\n", text.trim_end_matches('\n')));
        Ok(())
    }
}

/// One line for each field, as `name: value`; the fields of an object are indented below it, and so are lists, in YAML.
pub(super) fn lines(result: &impl Serialize) -> String {
    let mut out = String::new();
    // Results have texts as the names of their fields, and numbers that JSON has.
    write_lines(&mut out, &serde_json::to_value(result).unwrap_or_default(), 0);
    out
}

fn write_lines(out: &mut String, value: &Value, depth: usize) {
    for (name, value) in value.as_object().into_iter().flatten() {
        let shown = match value {
            Value::Null => String::from("none"),
            Value::String(text) => text.clone(),
            Value::Object(fields) if fields.is_empty() => continue,
            Value::Array(items) if items.is_empty() => String::from("none"),
            Value::Object(_) | Value::Array(_) => String::new(),
            other => other.to_string(),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{}", format!("{}{name}: {shown}", INDENT.repeat(depth)).trim_end());
        if value.is_object() {
            write_lines(out, value, depth + 1);
        } else if value.is_array() && shown.is_empty() {
            let indent = INDENT.repeat(depth + 1);
            yaml(value).lines().for_each(|line| out.extend([&indent, line, "\n"]));
        }
    }
}

/// Block style. A string is plain only where no version of YAML reads another type; else it is quoted as in JSON, which
/// YAML 1.2 includes.
pub(super) fn yaml(value: &Value) -> String {
    let mut out = String::new();
    write_yaml(&mut out, value, 0);
    out
}

fn write_yaml(out: &mut String, value: &Value, depth: usize) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            for (index, (name, value)) in fields.iter().enumerate() {
                indent(out, depth, index);
                out.push_str(&scalar(&Value::String(name.clone())));
                out.push(':');
                write_nested(out, value, depth);
            }
        }
        Value::Array(values) if !values.is_empty() => {
            for (index, value) in values.iter().enumerate() {
                indent(out, depth, index);
                out.push('-');
                match value {
                    Value::Object(fields) if !fields.is_empty() => {
                        out.push(' ');
                        write_yaml(out, value, depth + 1);
                    }
                    value => write_nested(out, value, depth),
                }
            }
        }
        value => {
            out.push_str(&scalar(value));
            out.push('\n');
        }
    }
}

/// The value of an entry: on its line, or on lines of its own below.
fn write_nested(out: &mut String, value: &Value, depth: usize) {
    let is_block = match value {
        Value::Object(fields) => !fields.is_empty(),
        Value::Array(values) => !values.is_empty(),
        _ => false,
    };
    if is_block {
        out.push('\n');
        out.push_str(&INDENT.repeat(depth + 1));
    } else {
        out.push(' ');
    }
    write_yaml(out, value, depth + 1);
}

/// The first entry of a block begins where its parent has written to.
fn indent(out: &mut String, depth: usize, index: usize) {
    if index > 0 {
        out.push_str(&INDENT.repeat(depth));
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain(text) => text.clone(),
        other => other.to_string(),
    }
}

fn is_plain(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let is_word = matches!(&*lower, "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n");
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-./".contains(&b))
        && !is_word
}

#[cfg(test)]
mod tests {
    use super::*;
    use coho_oss::document::website_text;
    use serde_json::json;

    #[test]
    fn settings_are_lines() {
        let value = json!({ "qps": "default", "rules": {}, "effective": { "qps": 2000, "bandwidth": null } });
        assert_eq!(lines(&value), "effective:\n  bandwidth: none\n  qps: 2000\nqps: default\n");
        let value = json!({ "rules": [{ "rule": 1, "origins": ["a", "b"] }], "unknown": [], "words": ["x"] });
        let expected = "rules:\n  - origins:\n      - a\n      - b\n    rule: 1\nunknown: none\nwords:\n  - x\n";
        assert_eq!(lines(&value), expected);
    }

    #[test]
    fn yaml_is_read_as_the_same_value() {
        let value = json!({
            "text": "a: b", "word": "no", "number": "12", "plain": "cn-hangzhou", "count": 3, "null": null, "on": true,
            "empty": {}, "none": [], "list": [1, "x", { "a": 1, "b": [2, { "c": "d" }] }, [3, 4]],
            "nested": { "key": { "deep": "two\nlines" } },
        });
        let text = yaml(&value);
        assert!(text.contains("plain: cn-hangzhou\n") && text.contains("word: \"no\"\n"), "{text}");
        let read: Value = serde_json::from_str(&website_text::yaml_as_json(&text).unwrap()).unwrap();
        assert_eq!(read, texts(&value), "{text}");
    }

    /// The reader of the test gives every scalar as a text.
    fn texts(value: &Value) -> Value {
        match value {
            Value::Object(fields) => fields.iter().map(|(name, value)| (name.clone(), texts(value))).collect(),
            Value::Array(values) => values.iter().map(texts).collect(),
            Value::String(text) => json!(text),
            Value::Null => json!(""),
            other => json!(other.to_string()),
        }
    }
}
