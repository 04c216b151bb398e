//! A website configuration as text: XML, JSON or YAML, each into each other without loss.
//!
//! XML is what OSS defines, and what is stored. JSON and YAML mean the same tree: an element is a map of its
//! elements, or a text if it has none; elements that can be repeated are lists. The mapping knows which those are and
//! nothing else, so that unknown elements come through as well. It does not judge; [`website::parse`](super::website::parse) does.

mod fault;
mod format;
mod json;
mod known;
mod mapping;
mod node;
mod shown;
#[cfg(test)]
mod tests;
mod value;
mod yaml_read;
mod yaml_write;

pub use fault::TextFault;
pub use format::TextFormat;
pub use known::{MisspeltElement, suggestions};
pub use node::Node;
pub use shown::shown;
pub(in crate::document) use value::Value;

/// A YAML document as pretty JSON, with every scalar as a text.
pub fn yaml_as_json(text: &str) -> Result<String, TextFault> {
    json::write(&yaml_read::read(text)?).map_err(TextFault::new)
}

/// A JSON document as a tree with unique names.
pub(in crate::document) fn read_json(text: &str) -> Result<Value, TextFault> {
    json::read(text)
}

/// The root element.
const ROOT: &str = "WebsiteConfiguration";
