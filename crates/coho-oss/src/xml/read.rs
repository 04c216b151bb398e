//! Parses one small document into a tree.
//!
//! Bounded in bytes (by the caller), depth and number of elements, and iterative, so that hostile input costs no more
//! than its size. DOCTYPE is refused, so only the predefined entities exist. Attributes, comments, processing
//! instructions and namespace prefixes are dropped: no OSS document uses them.

use super::is_xml_char;
use quick_xml::{Reader, XmlVersion, events::BytesRef, events::BytesStart, events::Event};
use std::borrow::Cow;

/// Maximum nesting depth of elements.
pub const MAX_DEPTH: usize = 32;
/// Maximum number of elements in one document; the largest legal one lists 10 000 parts of three elements each.
pub const MAX_ELEMENTS: usize = 100_000;

/// The body is not the expected document; answered with `MalformedXML`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum XmlError {
    /// The document is larger than the operation allows.
    #[error("document has more than {max_bytes} bytes")]
    TooLarge {
        /// The limit in bytes.
        max_bytes: usize,
    },
    /// The document is not well-formed, or uses features that OSS documents do not have.
    #[error("{0}")]
    Malformed(&'static str),
}

/// An element with its text and its children.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element<'a> {
    name: Box<str>,
    text: Cow<'a, str>,
    children: Vec<Element<'a>>,
}

impl<'a> Element<'a> {
    /// The name without prefix.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text directly in the element, concatenated, with surrounding whitespace unless it has children.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text without surrounding whitespace.
    pub fn trimmed(&self) -> &str {
        self.text.trim()
    }

    /// The child elements, in order.
    pub fn children(&self) -> &[Element<'a>] {
        &self.children
    }

    /// The only child with this name; an error if it is repeated.
    pub fn child(&self, name: &str) -> Result<Option<&Self>, XmlError> {
        let mut found = self.children.iter().filter(|child| child.name() == name);
        match (found.next(), found.next()) {
            (_, Some(_)) => Err(XmlError::Malformed("an element is repeated")),
            (first, None) => Ok(first),
        }
    }
}

/// Parses a document whose root element has this name. UTF-8 only, with or without a byte order mark.
pub fn read_document<'a>(body: &'a [u8], root: &str, max_bytes: usize) -> Result<Element<'a>, XmlError> {
    read_placed(body, root, max_bytes).map_err(|(error, _)| error)
}

/// The same for a document that is kept, and shown to clients later: a character that could not be written back is refused.
pub(crate) fn read_kept_document<'a>(body: &'a [u8], root: &str, max_bytes: usize) -> Result<Element<'a>, XmlError> {
    let element = read_document(body, root, max_bytes)?;
    let is_writable = has_only_xml_characters(&element);
    if is_writable { Ok(element) } else { Err(XmlError::Malformed("a character that XML cannot hold")) }
}

fn has_only_xml_characters(element: &Element<'_>) -> bool {
    element.text().chars().all(is_xml_char) && element.children().iter().all(has_only_xml_characters)
}

/// The same; a fault comes with its line, from 1, if it has one.
pub(crate) fn read_placed<'a>(
    body: &'a [u8],
    root: &str,
    max_bytes: usize,
) -> Result<Element<'a>, (XmlError, Option<usize>)> {
    if body.len() > max_bytes {
        return Err((XmlError::TooLarge { max_bytes }, None));
    }
    let text = std::str::from_utf8(body).map_err(|_| (XmlError::Malformed("not UTF-8"), None))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let line = |position: u64| {
        let end = usize::try_from(position).unwrap_or(usize::MAX).min(text.len());
        Some(1 + text.as_bytes()[..end].iter().filter(|byte| **byte == b'\n').count())
    };
    let mut reader = Reader::from_str(text);
    let mut tree = Tree::default();
    loop {
        let event = match reader.read_event() {
            Ok(Event::Eof) => break,
            Ok(event) => event,
            Err(_) => return Err((XmlError::Malformed("not well-formed"), line(reader.error_position()))),
        };
        tree.take(event).map_err(|error| (error, line(reader.buffer_position())))?;
    }
    let element = tree.finish().map_err(|error| (error, line(reader.buffer_position())))?;
    let is_expected = element.name() == root;
    if is_expected { Ok(element) } else { Err((XmlError::Malformed("unexpected root element"), None)) }
}

/// The parser's state: the open elements, outermost first, and the finished root.
#[derive(Default)]
struct Tree<'a> {
    open: Vec<Element<'a>>,
    root: Option<Element<'a>>,
    elements: usize,
}

impl<'a> Tree<'a> {
    fn take(&mut self, event: Event<'a>) -> Result<(), XmlError> {
        match event {
            Event::Start(start) => self.open(&start),
            Event::Empty(start) => {
                self.open(&start)?;
                self.close()
            }
            Event::End(_) => self.close(),
            Event::Text(text) => self.push(text.into_inner()),
            Event::CData(text) if !self.open.is_empty() => self.push(text.into_inner()),
            Event::CData(_) => Err(XmlError::Malformed("text outside of the root element")),
            Event::GeneralRef(reference) => {
                let character = resolve(&reference).ok_or(XmlError::Malformed("unknown entity"))?;
                self.push(Cow::Owned(character.to_string()))
            }
            Event::DocType(_) => Err(XmlError::Malformed("a DOCTYPE is not allowed")),
            Event::Decl(decl) => self.check_declaration(decl.encoding().and_then(Result::ok).as_deref()),
            Event::Comment(_) | Event::PI(_) | Event::Eof => Ok(()),
        }
    }

    fn check_declaration(&self, encoding: Option<&str>) -> Result<(), XmlError> {
        if self.root.is_some() || !self.open.is_empty() {
            return Err(XmlError::Malformed("the XML declaration is not at the beginning"));
        }
        match encoding {
            Some(encoding) if !encoding.eq_ignore_ascii_case("utf-8") && !encoding.eq_ignore_ascii_case("utf8") => {
                Err(XmlError::Malformed("the encoding is not UTF-8"))
            }
            _ => Ok(()),
        }
    }

    fn open(&mut self, start: &BytesStart<'a>) -> Result<(), XmlError> {
        if self.root.is_some() {
            return Err(XmlError::Malformed("more than one root element"));
        }
        self.elements += 1;
        if self.open.len() == MAX_DEPTH || self.elements > MAX_ELEMENTS {
            return Err(XmlError::Malformed("too many elements"));
        }
        let local = start.local_name();
        let name: &str = local.as_ref();
        if !is_name(name) {
            return Err(XmlError::Malformed("not a valid element name"));
        }
        self.open.push(Element { name: name.into(), text: Cow::Borrowed(""), children: Vec::new() });
        Ok(())
    }

    fn close(&mut self) -> Result<(), XmlError> {
        let mut element = self.open.pop().ok_or(XmlError::Malformed("an end tag without a start tag"))?;
        if !element.children.is_empty() && element.text.trim().len() != element.text.len() {
            element.text = Cow::Owned(element.text.trim().to_owned());
        }
        match self.open.last_mut() {
            Some(parent) => parent.children.push(element),
            None => self.root = Some(element),
        }
        Ok(())
    }

    fn push(&mut self, piece: Cow<'a, str>) -> Result<(), XmlError> {
        match self.open.last_mut() {
            Some(element) if element.text.is_empty() => element.text = piece,
            Some(element) => element.text.to_mut().push_str(&piece),
            None if piece.trim().is_empty() => {}
            None => return Err(XmlError::Malformed("text outside of the root element")),
        }
        Ok(())
    }

    fn finish(self) -> Result<Element<'a>, XmlError> {
        match self.root {
            Some(root) if self.open.is_empty() => Ok(root),
            _ => Err(XmlError::Malformed("the document is not complete")),
        }
    }
}

fn resolve(reference: &BytesRef<'_>) -> Option<char> {
    if reference.is_char_ref() {
        return reference.resolve_char_ref().ok().flatten().filter(|c| *c != '\0');
    }
    match &*reference.xml_content(XmlVersion::Implicit1_0) {
        "lt" => Some('<'),
        "gt" => Some('>'),
        "amp" => Some('&'),
        "apos" => Some('\''),
        "quot" => Some('"'),
        _ => None,
    }
}

/// Whether the text can be written back as a name: XML's own rule, in ASCII.
fn is_name(name: &str) -> bool {
    let starts_well = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    starts_well && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
}
