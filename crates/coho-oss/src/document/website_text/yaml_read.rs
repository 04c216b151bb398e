//! YAML in, from the parser's events, so that plain texts stay as they are written: `no` is a text and `1.10` has its
//! zero. An empty value, `~` and `null` are the empty text.
//!
//! Bounded in depth, in values and in the bytes that anchors and aliases copy, so that a small file stays small in memory.

use super::{TextFault, value::Value};
use crate::{MAX_DEPTH, MAX_ELEMENTS};
use saphyr_parser::{Event, Parser, ScalarStyle};
use std::collections::HashMap;

/// Deepest nesting: each level of elements can have a list around it.
const MAX_NESTING: usize = 2 * MAX_DEPTH + 2;
/// Most bytes of texts that anchors and aliases copy.
const MAX_COPIED_BYTES: usize = 4 << 20;

/// Reads one document.
pub(super) fn read(text: &str) -> Result<Value, TextFault> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| TextFault::at(error.marker().line(), &error))?;
        let line = span.start.line();
        builder.take(event).map_err(|error| TextFault::at(line, format_args!("line {line}: {error}")))?;
    }
    Ok(builder.root.unwrap_or(Value::Text(String::new())))
}

/// What is open, outermost first, and what is finished.
#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    root: Option<Value>,
    anchors: HashMap<usize, Value>,
    values: usize,
    copied_bytes: usize,
}

enum Open {
    List { list: Vec<Value>, anchor: usize },
    Map { map: Vec<(String, Value)>, name: Option<String>, anchor: usize },
}

impl Builder {
    fn take(&mut self, event: Event<'_>) -> Result<(), String> {
        match event {
            Event::Scalar(text, style, anchor, _tag) => {
                let is_null = style == ScalarStyle::Plain && matches!(&*text, "~" | "null" | "Null" | "NULL");
                let value = Value::Text(if is_null { String::new() } else { text.into_owned() });
                self.finished(value, anchor)
            }
            Event::SequenceStart(anchor, _tag) => self.begin(Open::List { list: Vec::new(), anchor }),
            Event::MappingStart(anchor, _tag) => self.begin(Open::Map { map: Vec::new(), name: None, anchor }),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(Open::List { list, anchor }) => self.finished(Value::List(list), anchor),
                Some(Open::Map { map, anchor, .. }) => self.finished(Value::Map(map), anchor),
                None => Err("an end tag without a start tag".to_owned()),
            },
            Event::Alias(anchor) => {
                let unknown = "an unknown anchor";
                self.count_copy(size(self.anchors.get(&anchor).ok_or(unknown)?))?;
                let value = self.anchors.get(&anchor).cloned().ok_or(unknown)?;
                self.finished(value, 0)
            }
            Event::DocumentStart(_) if self.root.is_some() => Err("more than one document".to_owned()),
            _ => Ok(()),
        }
    }

    fn begin(&mut self, open: Open) -> Result<(), String> {
        if self.open.len() == MAX_NESTING {
            return Err("too deep".to_owned());
        }
        self.open.push(open);
        Ok(())
    }

    fn count(&mut self, values: usize) -> Result<(), String> {
        self.values = self.values.saturating_add(values);
        if self.values > MAX_ELEMENTS { Err("too many values".to_owned()) } else { Ok(()) }
    }

    /// Before the copy is made.
    fn count_copy(&mut self, (values, bytes): (usize, usize)) -> Result<(), String> {
        self.copied_bytes = self.copied_bytes.saturating_add(bytes);
        if self.copied_bytes > MAX_COPIED_BYTES {
            return Err("aliases of too many bytes".to_owned());
        }
        self.count(values)
    }

    fn finished(&mut self, value: Value, anchor: usize) -> Result<(), String> {
        self.count(1)?;
        if anchor != 0 {
            self.count_copy(size(&value))?;
            self.anchors.insert(anchor, value.clone());
        }
        match self.open.last_mut() {
            None => self.root = Some(value),
            Some(Open::List { list, .. }) => list.push(value),
            Some(Open::Map { map, name, .. }) => match (name.take(), value) {
                (Some(name), value) => Value::insert(map, name, value)?,
                (None, Value::Text(text)) => *name = Some(text),
                (None, _) => return Err("the name of an element must be a text".to_owned()),
            },
        }
        Ok(())
    }
}

/// The number of values, and the bytes of their texts and names.
fn size(value: &Value) -> (usize, usize) {
    let sum = |(values, bytes): (usize, usize), (more, more_bytes): (usize, usize)| (values + more, bytes + more_bytes);
    match value {
        Value::Text(text) => (1, text.len()),
        Value::List(list) => list.iter().map(size).fold((1, 0), sum),
        Value::Map(map) => map.iter().map(|(name, value)| sum((0, name.len()), size(value))).fold((1, 0), sum),
    }
}
