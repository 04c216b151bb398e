//! An XML document as an owned tree, and its text for people.

use super::{ROOT, TextFault};
use crate::{Element, XmlWriter, document::website::MAX_WEBSITE_BYTES, xml::read_placed};

/// Blanks for each level.
const INDENT: &str = "  ";

/// An element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Its name.
    pub name: String,
    /// The text in it; without outer blanks if there are children.
    pub text: String,
    /// The elements in it.
    pub children: Vec<Node>,
}

impl Node {
    /// Reads a document.
    pub fn from_xml(xml: &[u8]) -> Result<Self, TextFault> {
        match read_placed(xml, ROOT, MAX_WEBSITE_BYTES) {
            Ok(root) => Ok(Self::from(&root)),
            Err((error, None)) => Err(TextFault::new(error)),
            Err((error, Some(line))) => Err(TextFault::at(line, error)),
        }
    }

    /// An element with text alone.
    pub fn leaf(name: &str, text: &str) -> Self {
        Self { name: name.to_owned(), text: text.to_owned(), children: Vec::new() }
    }

    /// Writes the document with an element a line. Texts are not touched: every blank in them counts.
    pub fn to_xml(&self) -> Vec<u8> {
        let mut xml = XmlWriter::document(&self.name, 1024, |w| self.write_content(w, 0));
        xml.push(b'\n');
        xml
    }

    fn write_content(&self, w: &mut XmlWriter, depth: usize) {
        w.content(&self.text);
        for child in &self.children {
            new_line(w, depth + 1);
            w.element(&child.name, |w| child.write_content(w, depth + 1));
        }
        if !self.children.is_empty() {
            new_line(w, depth);
        }
    }

    /// The only element of this name.
    pub fn child_mut(&mut self, name: &str) -> Option<&mut Self> {
        self.children.iter_mut().find(|child| child.name == name)
    }
}

fn new_line(w: &mut XmlWriter, depth: usize) {
    w.content("\n");
    (0..depth).for_each(|_| w.content(INDENT));
}

impl From<&Element<'_>> for Node {
    fn from(element: &Element<'_>) -> Self {
        Self {
            name: element.name().to_owned(),
            text: element.text().to_owned(),
            children: element.children().iter().map(Self::from).collect(),
        }
    }
}

/// Refuses what the writer could not write as it is.
pub(super) fn check_name(name: &str) -> Result<(), TextFault> {
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if starts_well && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.')) {
        return Ok(());
    }
    Err(TextFault::new(format_args!("{name:?} cannot be the name of an element")))
}

/// Refuses what XML cannot hold in any form.
pub(super) fn check_text(text: &str) -> Result<(), TextFault> {
    match text.chars().find(|c| !matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)) {
        Some(c) => Err(TextFault::new(format_args!("the character {c:?} cannot be written in XML"))),
        None => Ok(()),
    }
}
