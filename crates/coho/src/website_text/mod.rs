//! A website configuration as text: XML, JSON or YAML, each into each other without loss.
//!
//! XML is what OSS defines, and what is stored. JSON and YAML mean the same tree: an element is a map of its
//! elements, or a text if it has none; elements that can be repeated are lists. The mapping knows which those are and
//! nothing else, so that unknown elements come through as well. It does not judge; `coho-oss` does.

mod compare;
mod format;
mod json;
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

/// The root element.
const ROOT: &str = "WebsiteConfiguration";
