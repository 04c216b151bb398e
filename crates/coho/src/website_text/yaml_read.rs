//! YAML in, from the parser's events, so that plain texts stay as they are written: `no` is a text and `1.10` has its
//! zero. An empty value, `~` and `null` are the empty text.
//!
//! Bounded in depth and in values, so that anchors cannot blow a small file up.

use super::value::Value;
use anyhow::{anyhow, bail};
use coho_oss::{MAX_DEPTH, MAX_ELEMENTS};
use saphyr_parser::{Event, Parser, ScalarStyle};
use std::collections::HashMap;

/// Deepest nesting: each level of elements can have a list around it.
const MAX_NESTING: usize = 2 * MAX_DEPTH + 2;

/// Reads one document.
pub(super) fn read(text: &str) -> anyhow::Result<Value> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| anyhow!("{error}"))?;
        builder.take(event).map_err(|error| anyhow!("line {}: {error}", span.start.line()))?;
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
}

enum Open {
    List { list: Vec<Value>, anchor: usize },
    Map { map: Vec<(String, Value)>, name: Option<String>, anchor: usize },
}

impl Builder {
    fn take(&mut self, event: Event<'_>) -> anyhow::Result<()> {
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
                None => bail!("an end tag without a start tag"),
            },
            Event::Alias(anchor) => {
                let value = self.anchors.get(&anchor).cloned().ok_or_else(|| anyhow!("an unknown anchor"))?;
                self.count(size(&value))?;
                self.finished(value, 0)
            }
            Event::DocumentStart(_) if self.root.is_some() => bail!("more than one document"),
            _ => Ok(()),
        }
    }

    fn begin(&mut self, open: Open) -> anyhow::Result<()> {
        if self.open.len() == MAX_NESTING {
            bail!("too deep");
        }
        self.open.push(open);
        Ok(())
    }

    fn count(&mut self, values: usize) -> anyhow::Result<()> {
        self.values = self.values.saturating_add(values);
        if self.values > MAX_ELEMENTS { bail!("too many values") } else { Ok(()) }
    }

    fn finished(&mut self, value: Value, anchor: usize) -> anyhow::Result<()> {
        self.count(1)?;
        if anchor != 0 {
            self.count(size(&value))?;
            self.anchors.insert(anchor, value.clone());
        }
        match self.open.last_mut() {
            None => self.root = Some(value),
            Some(Open::List { list, .. }) => list.push(value),
            Some(Open::Map { map, name, .. }) => match (name.take(), value) {
                (Some(name), value) => Value::insert(map, name, value).map_err(|error| anyhow!(error))?,
                (None, Value::Text(text)) => *name = Some(text),
                (None, _) => bail!("the name of an element must be a text"),
            },
        }
        Ok(())
    }
}

fn size(value: &Value) -> usize {
    match value {
        Value::Text(_) => 1,
        Value::List(list) => 1 + list.iter().map(size).sum::<usize>(),
        Value::Map(map) => 1 + map.iter().map(|(_, value)| size(value)).sum::<usize>(),
    }
}
