//! A website configuration as text: XML, JSON or YAML, each into each other without loss.
//!
//! XML is what OSS defines, and what is stored. JSON and YAML mean the same tree: an element is a map of its
//! elements, or a text if it has none; elements that can be repeated are lists. The mapping knows which those are and
//! nothing else, so that unknown elements come through as well. It does not judge; `coho-oss` does.

mod compare;
mod format;
mod json;
mod known;
mod mapping;
mod node;
mod source;
#[cfg(test)]
mod tests;
mod value;
mod yaml_read;
mod yaml_write;

pub(crate) use compare::{difference, shown};
pub(crate) use format::Format;
pub(crate) use node::Node;
pub(crate) use source::{Source, is_stdin, name_of, read_text};

/// A YAML document as JSON, with every scalar as a text.
#[cfg(test)]
pub(crate) fn yaml_as_json(text: &str) -> serde_json::Value {
    fn json(value: value::Value) -> serde_json::Value {
        match value {
            value::Value::Text(text) => text.into(),
            value::Value::List(list) => list.into_iter().map(json).collect(),
            value::Value::Map(map) => map.into_iter().map(|(name, value)| (name, json(value))).collect(),
        }
    }
    json(yaml_read::read(text).expect("YAML"))
}

/// The root element.
const ROOT: &str = "WebsiteConfiguration";
