//! XML in and out: a bounded reader into an owned tree, and a writer that always gives well-formed text.

mod read;
#[cfg(test)]
mod tests;
mod write;

pub use read::{Element, MAX_DEPTH, MAX_ELEMENTS, XmlError, read_document};
pub(crate) use read::{read_kept_document, read_placed};
pub(crate) use write::is_xml_char;
pub use write::{XmlWriter, url_encoded};
