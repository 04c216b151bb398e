//! Why a text is not a tree of elements.

use std::fmt;

/// A text that has no meaning as a configuration, or a tree that a form cannot hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct TextFault {
    /// The line of the text, from 1, if it is known.
    pub line: Option<usize>,
    /// What is wrong, with its place.
    pub message: String,
}

impl TextFault {
    /// A fault whose line is not known.
    pub(super) fn new(message: impl fmt::Display) -> Self {
        Self { line: None, message: message.to_string() }
    }

    /// A fault in a line.
    pub(super) fn at(line: usize, message: impl fmt::Display) -> Self {
        Self { line: Some(line), message: message.to_string() }
    }

    /// Says what the fault is in.
    pub(super) fn within(self, name: &str) -> Self {
        Self { message: format!("{name}: {}", self.message), ..self }
    }
}
