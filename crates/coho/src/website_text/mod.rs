//! Website configurations of files: in which form they are, and what they change. `coho-oss` reads and writes the forms.

mod compare;
mod format;
mod source;
#[cfg(test)]
mod tests;

pub(crate) use compare::difference;
pub(crate) use format::Format;
pub(crate) use source::{Source, WebsiteDraft, is_stdin, name_of, read_text};
