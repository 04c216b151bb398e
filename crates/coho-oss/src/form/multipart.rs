//! Reads `multipart/form-data` (RFC 7578) piece by piece, without input or output of its own.
//!
//! Invariant: what is kept is bounded by [`MAX_FIELDS_BYTES`] and the piece that was pushed last. Everything before the file is
//! limited together, whatever it is: preamble, heads of parts, values. The file is handed on as it arrives and ends at the first
//! delimiter; what follows it is not read, as in OSS.

use super::disposition;
use bytes::{Bytes, BytesMut};
use coho_model::InvalidForm;
use memchr::memmem;

/// Most bytes of a form before its file.
pub(super) const MAX_FIELDS_BYTES: usize = 4 << 20;
/// Most bytes of the value of a field (OSS: 2 MB).
pub(super) const MAX_VALUE_BYTES: usize = 2 << 20;
/// Most bytes of the name of a field (OSS: 8 KB).
const MAX_NAME_BYTES: usize = 8 << 10;
/// Most bytes of the head of a part.
const MAX_HEAD_BYTES: usize = 16 << 10;
/// Most fields before the file.
const MAX_FIELDS: usize = 1000;
/// Most bytes of a boundary. RFC 2046 allows 70.
const MAX_BOUNDARY_BYTES: usize = 200;

/// Most blanks after a boundary in its line.
const MAX_PADDING_BYTES: usize = 256;
/// Bytes of CR LF.
const LINE_END_BYTES: usize = 2;
/// The name of the field with the file.
const FILE: &str = "file";

/// What of a form was read.
#[derive(Debug, PartialEq, Eq)]
pub enum FormEvent {
    /// A field before the file.
    Field {
        /// Its name.
        name: String,
        /// Its value.
        value: String,
    },
    /// The file begins.
    File(FilePart),
    /// The next bytes of the file, never empty.
    Data(Bytes),
    /// The file has ended as it should.
    End,
}

/// What the form says of its file.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct FilePart {
    /// Its name, without folders.
    pub file_name: Option<String>,
    /// Its `Content-Type`.
    pub content_type: Option<String>,
}

#[derive(Debug)]
enum FormState {
    /// Before the first delimiter.
    Preamble,
    /// After a delimiter, before the end of its line.
    Delimiter,
    /// The buffer begins with the end of a delimiter's line.
    Head,
    /// The buffer begins with the end of the empty line after a head, which the delimiter of an empty value shares.
    Value {
        name: String,
    },
    /// The same for the file.
    FileStart,
    File,
    End,
}

/// A form that is being read.
#[derive(Debug)]
pub struct MultipartParser {
    /// CR LF `--` boundary. It contains no other CR, so that no two overlap.
    delimiter: Vec<u8>,
    buffer: BytesMut,
    /// Bytes at the beginning of the buffer in which no delimiter begins.
    searched: usize,
    state: FormState,
    /// Bytes that were pushed before the file.
    before_file: usize,
    fields: usize,
}

/// The boundary that the `Content-Type` of a form names.
pub fn boundary(content_type: &str) -> Result<String, InvalidForm> {
    let (media_type, parameters) = content_type.split_once(';').unwrap_or((content_type, ""));
    if !media_type.trim().eq_ignore_ascii_case("multipart/form-data") {
        return Err(InvalidForm::NotMultipart);
    }
    let boundary = disposition::parameter(parameters, "boundary").unwrap_or_default();
    let is_valid = (1..=MAX_BOUNDARY_BYTES).contains(&boundary.len())
        && boundary.bytes().all(|byte| (b' '..=b'~').contains(&byte))
        && !boundary.ends_with(' ');
    if is_valid { Ok(boundary) } else { Err(InvalidForm::Malformed("the boundary is missing or invalid")) }
}

/// What a step of the parser has done.
enum Step {
    Event(FormEvent),
    Advanced,
    NeedsMore,
}

impl MultipartParser {
    /// A form with this boundary, of which nothing has been read.
    pub fn new(boundary: &str) -> Self {
        Self {
            delimiter: [b"\r\n--", boundary.as_bytes()].concat(),
            // The first delimiter may be the first line.
            buffer: BytesMut::from(&b"\r\n"[..]),
            searched: 0,
            state: FormState::Preamble,
            before_file: 0,
            fields: 0,
        }
    }

    /// Adds the next bytes of the body. Then [`Self::next_event`] is to be called until it wants more.
    pub fn push(&mut self, bytes: &[u8]) {
        if !matches!(self.state, FormState::File | FormState::End) {
            self.before_file = self.before_file.saturating_add(bytes.len());
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Bytes that are kept.
    pub fn kept_bytes(&self) -> usize {
        self.buffer.len()
    }

    /// What follows in the form; `None` if more bytes are needed.
    pub fn next_event(&mut self) -> Result<Option<FormEvent>, InvalidForm> {
        loop {
            let step = match &self.state {
                FormState::Preamble => self.skip_preamble(),
                FormState::Delimiter => self.end_delimiter()?,
                FormState::Head => self.read_head()?,
                FormState::Value { .. } => self.read_value()?,
                FormState::FileStart => self.begin_file(),
                FormState::File => self.read_file(),
                FormState::End => Step::Event(FormEvent::End),
            };
            match step {
                Step::Event(event) => return Ok(Some(event)),
                Step::Advanced => {}
                Step::NeedsMore if self.is_before_file() && self.before_file > MAX_FIELDS_BYTES => {
                    return Err(InvalidForm::FieldsTooLong);
                }
                Step::NeedsMore => return Ok(None),
            }
        }
    }

    fn is_before_file(&self) -> bool {
        !matches!(self.state, FormState::FileStart | FormState::File | FormState::End)
    }

    /// Where the text begins for the first time. What was searched is not searched again when bytes arrive one by one.
    fn find(&mut self, text: &[u8]) -> Option<usize> {
        let from = self.searched.saturating_sub(text.len() - 1);
        let found = memmem::find(&self.buffer[from..], text).map(|at| from + at);
        if found.is_none() {
            self.searched = self.buffer.len();
        }
        found
    }

    fn find_delimiter(&mut self) -> Option<usize> {
        let delimiter = std::mem::take(&mut self.delimiter);
        let found = self.find(&delimiter);
        self.delimiter = delimiter;
        found
    }

    /// Takes bytes off the beginning.
    fn take(&mut self, count: usize) -> Bytes {
        self.searched = 0;
        self.buffer.split_to(count).freeze()
    }

    fn skip_preamble(&mut self) -> Step {
        if let Some(at) = self.find_delimiter() {
            self.take(at + self.delimiter.len());
            self.state = FormState::Delimiter;
            return Step::Advanced;
        }
        let kept = self.delimiter.len() - 1;
        if let Some(unneeded) = self.buffer.len().checked_sub(kept) {
            self.take(unneeded);
            self.searched = kept;
        }
        Step::NeedsMore
    }

    fn end_delimiter(&mut self) -> Result<Step, InvalidForm> {
        let padding = self.buffer.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        if padding > MAX_PADDING_BYTES {
            return Err(InvalidForm::Malformed("the line of a boundary is too long"));
        }
        match self.buffer.get(padding..padding + 2) {
            None => return Ok(Step::NeedsMore),
            Some(b"--") if padding == 0 => return Err(InvalidForm::NoFile),
            Some(b"\r\n") => {}
            Some(_) => return Err(InvalidForm::Malformed("a boundary is followed by other text")),
        }
        self.take(padding);
        self.state = FormState::Head;
        Ok(Step::Advanced)
    }

    fn read_head(&mut self) -> Result<Step, InvalidForm> {
        let end = self.find(b"\r\n\r\n");
        if end.unwrap_or(self.buffer.len()) > MAX_HEAD_BYTES {
            return Err(InvalidForm::Malformed("the head of a part is too long"));
        }
        let Some(end) = end else { return Ok(Step::NeedsMore) };
        let head = self.take(end + 2);
        let head = std::str::from_utf8(&head).map_err(|_| InvalidForm::Malformed("the head of a part is not UTF-8"))?;
        let part = disposition::read_head(head)?;
        if part.name.len() > MAX_NAME_BYTES {
            return Err(too_long(&part.name, MAX_NAME_BYTES));
        }
        if part.name.eq_ignore_ascii_case(FILE) {
            self.state = FormState::FileStart;
            return Ok(Step::Event(FormEvent::File(part.file)));
        }
        self.fields += 1;
        if self.fields > MAX_FIELDS {
            return Err(InvalidForm::FieldsTooLong);
        }
        self.state = FormState::Value { name: part.name };
        Ok(Step::Advanced)
    }

    fn read_value(&mut self) -> Result<Step, InvalidForm> {
        let end = self.find_delimiter();
        let FormState::Value { name } = &mut self.state else { return Ok(Step::Advanced) };
        if end.unwrap_or(self.buffer.len()) > LINE_END_BYTES + MAX_VALUE_BYTES {
            return Err(too_long(name, MAX_VALUE_BYTES));
        }
        let Some(end) = end else { return Ok(Step::NeedsMore) };
        let name = std::mem::take(name);
        let value = self.take(end);
        let value = std::str::from_utf8(value.get(LINE_END_BYTES..).unwrap_or_default());
        let value = value.map_err(|_| InvalidForm::Malformed("a field is not UTF-8"))?.to_owned();
        self.take(self.delimiter.len());
        self.state = FormState::Delimiter;
        Ok(Step::Event(FormEvent::Field { name, value }))
    }

    fn begin_file(&mut self) -> Step {
        let end = self.delimiter.len();
        let Some(after) = self.buffer.get(end..end + LINE_END_BYTES) else { return Step::NeedsMore };
        // The file is empty if its delimiter shares the end of the empty line.
        if !(self.buffer.starts_with(&self.delimiter) && ends_delimiter(after)) {
            self.take(LINE_END_BYTES);
        }
        self.state = FormState::File;
        Step::Advanced
    }

    fn read_file(&mut self) -> Step {
        let Some(at) = self.find_delimiter() else {
            // What could be the beginning of a delimiter stays.
            let kept = self.delimiter.len() - 1;
            return match self.buffer.len().checked_sub(kept) {
                Some(count) if count > 0 => {
                    let data = self.take(count);
                    self.searched = kept;
                    Step::Event(FormEvent::Data(data))
                }
                _ => Step::NeedsMore,
            };
        };
        if at > 0 {
            return Step::Event(FormEvent::Data(self.take(at)));
        }
        let end = self.delimiter.len();
        match self.buffer.get(end..end + 2) {
            None => Step::NeedsMore,
            Some(after) if ends_delimiter(after) => {
                self.buffer.clear();
                self.state = FormState::End;
                Step::Event(FormEvent::End)
            }
            // A line of the file that only begins like a delimiter.
            Some(_) => Step::Event(FormEvent::Data(self.take(end))),
        }
    }
}

/// Whether the two bytes after the text of a delimiter can be those of one.
fn ends_delimiter(after: &[u8]) -> bool {
    matches!(after, b"--" | b"\r\n" | [b' ' | b'\t', _])
}

fn too_long(name: &str, limit: usize) -> InvalidForm {
    /// Bytes of a name that are shown.
    const SHOWN_BYTES: usize = 64;
    InvalidForm::FieldTooLong { name: name[..name.floor_char_boundary(SHOWN_BYTES)].into(), limit }
}
