//! Writes XML into a string.
//!
//! The result is well-formed XML 1.0 for any text, with one exception. Characters that XML 1.0 cannot hold, not even as a
//! reference (most control characters, U+FFFE, U+FFFF), are written as U+FFFD, in echoed text percent-encoded, and in names
//! of a listing as a reference: a lenient parser gets the exact name, and a strict one fails instead of getting another
//! name. Clients that need such names ask for `encoding-type=url`.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt::{self, Display, Write as _};

const PROLOG: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// What `encoding-type=url` leaves unencoded: the unreserved characters of RFC 3986.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// How a character that XML 1.0 cannot hold is written.
#[derive(Clone, Copy)]
enum Unrepresentable {
    /// As U+FFFD.
    Replaced,
    /// Percent-encoded.
    PercentEncoded,
    /// As a numeric reference, which XML 1.0 forbids.
    Referenced,
}

/// A document under construction.
#[derive(Debug)]
pub struct XmlWriter {
    out: String,
}

/// A name as `encoding-type=url` and headers have it.
pub fn url_encoded(name: &str) -> String {
    utf8_percent_encode(name, UNRESERVED).to_string()
}

impl XmlWriter {
    /// Begins a document with its declaration. `capacity` is an estimate of its bytes.
    pub fn new(capacity: usize) -> Self {
        let mut out = String::with_capacity(capacity.max(256));
        out.push_str(PROLOG);
        Self { out }
    }

    /// Writes a complete document with this root element.
    pub fn document(root: &str, capacity: usize, content: impl FnOnce(&mut Self)) -> Vec<u8> {
        let mut writer = Self::new(capacity);
        writer.element(root, content);
        writer.finish()
    }

    /// Writes an element whose content `content` writes.
    pub fn element(&mut self, name: &str, content: impl FnOnce(&mut Self)) {
        self.begin(name);
        content(self);
        self.end(name);
    }

    /// Writes an element with text.
    pub fn text(&mut self, name: &str, text: &str) {
        self.escaped(name, text, Unrepresentable::Replaced);
    }

    /// Writes an element with text of a client, in which nothing may be lost.
    pub(crate) fn echo(&mut self, name: &str, text: &str) {
        self.escaped(name, text, Unrepresentable::PercentEncoded);
    }

    /// Writes text into the current element.
    pub fn content(&mut self, text: &str) {
        escape(text, &mut self.out, Unrepresentable::Replaced);
    }

    /// Writes an element with the text of a value.
    pub fn value(&mut self, name: &str, value: impl Display) {
        self.begin(name);
        // Writing into a string cannot fail.
        let _ = write!(Escaping(&mut self.out), "{value}");
        self.end(name);
    }

    /// Writes an element with the text of a value that needs no escaping: a number, an id, an entity tag.
    pub(crate) fn plain(&mut self, name: &str, value: impl Display) {
        self.begin(name);
        // Writing into a string cannot fail.
        let _ = write!(self.out, "{value}");
        self.end(name);
    }

    /// Writes an element with the text of a value if it is present.
    pub fn optional(&mut self, name: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.value(name, value);
        }
    }

    /// Writes an element with text that is percent-encoded if the client asked for `encoding-type=url`.
    pub fn name_text(&mut self, name: &str, text: &str, url_encoded: bool) {
        if !url_encoded {
            return self.escaped(name, text, Unrepresentable::Referenced);
        }
        self.begin(name);
        self.out.extend(utf8_percent_encode(text, UNRESERVED));
        self.end(name);
    }

    /// Returns the document.
    pub fn finish(self) -> Vec<u8> {
        self.out.into_bytes()
    }

    fn escaped(&mut self, name: &str, text: &str, unrepresentable: Unrepresentable) {
        self.begin(name);
        escape(text, &mut self.out, unrepresentable);
        self.end(name);
    }

    fn begin(&mut self, name: &str) {
        self.out.push('<');
        self.out.push_str(name);
        self.out.push('>');
    }

    fn end(&mut self, name: &str) {
        self.out.push_str("</");
        self.out.push_str(name);
        self.out.push('>');
    }
}

struct Escaping<'a>(&'a mut String);

impl fmt::Write for Escaping<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        escape(text, self.0, Unrepresentable::Replaced);
        Ok(())
    }
}

/// Appends text; runs without special characters are copied whole.
fn escape(text: &str, out: &mut String, unrepresentable: Unrepresentable) {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(is_special) {
        out.push_str(&rest[..at]);
        let mut chars = rest[at..].chars();
        match chars.next() {
            Some('&') => out.push_str("&amp;"),
            Some('<') => out.push_str("&lt;"),
            Some('>') => out.push_str("&gt;"),
            // Unescaped, it would be parsed as a line feed.
            Some('\r') => out.push_str("&#13;"),
            Some(other) if is_xml_char(other) => out.push(other),
            Some(other) => unrepresentable.write(other, out),
            None => {}
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
}

impl Unrepresentable {
    fn write(self, c: char, out: &mut String) {
        match self {
            Self::Replaced => out.push('\u{fffd}'),
            Self::PercentEncoded => out.extend(utf8_percent_encode(c.encode_utf8(&mut [0; 4]), UNRESERVED)),
            // Writing into a string cannot fail.
            Self::Referenced => drop(write!(out, "&#{};", u32::from(c))),
        }
    }
}

/// Bytes that may need escaping; 0xEF begins U+FFFE and U+FFFF, and many harmless characters.
fn is_special(byte: u8) -> bool {
    byte < 0x20 || matches!(byte, b'&' | b'<' | b'>' | 0xEF)
}

/// Whether XML 1.0 can hold the character.
pub(crate) fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}
