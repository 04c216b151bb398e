//! The lines of an answer's head that the HTTP library drops or repairs without a word. Old origins send them, and other clients read
//! such answers, so they are only noted. A line is refused if dropping or repairing it could change where the body ends, or which
//! bytes it is. The scan ends lines and heads where the library does, and keeps nothing of a head but its unfinished line.

/// Headers that say where the body ends: they are neither repaired nor dropped.
const FRAMING: [&str; 2] = ["content-length", "transfer-encoding"];
/// Headers that say which bytes the body is: they may be repaired, and are not dropped.
const MEANING: [&str; 2] = ["content-range", "content-encoding"];

/// What was wrong with the lines of a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct HeadFaults {
    /// Lines that continue the one before, joined to it or dropped with it.
    pub(crate) folded: bool,
    /// Blanks between a name and its colon, removed.
    pub(crate) blank: bool,
    /// Lines without a colon, with a name that is none, or with a control character in the value.
    pub(crate) dropped: bool,
}

impl HeadFaults {
    pub(crate) fn is_any(self) -> bool {
        self != Self::default()
    }
}

/// A malformed line that the body depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a malformed header line names {0}")]
pub(crate) struct RefusedLine(pub(crate) &'static str);

/// Reads the heads of one answer, interim ones included.
#[derive(Debug, Default)]
pub(crate) struct HeadScan {
    place: Place,
    /// The beginning of a line whose end has not arrived. The library reads no head that is larger than its buffer.
    unfinished: Vec<u8>,
    faults: HeadFaults,
}

#[derive(Debug, Clone, Copy, Default)]
enum Place {
    #[default]
    StatusLine,
    Headers {
        is_interim: bool,
        /// What the last header is, for a line that continues it.
        last: Importance,
    },
}

#[derive(Debug, Clone, Copy)]
enum Importance {
    Framing(&'static str),
    Meaning(&'static str),
    Other,
}

impl HeadScan {
    /// Reads the next bytes; the faults once the head has ended. What follows it is not read.
    pub(crate) fn read(&mut self, mut bytes: &[u8]) -> Result<Option<HeadFaults>, RefusedLine> {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            let (line, rest) = (&bytes[..end], &bytes[end + 1..]);
            bytes = rest;
            let has_ended = if self.unfinished.is_empty() {
                self.read_line(line)?
            } else {
                let mut whole = std::mem::take(&mut self.unfinished);
                whole.extend_from_slice(line);
                self.read_line(&whole)?
            };
            if has_ended {
                return Ok(Some(std::mem::take(self).faults));
            }
        }
        self.unfinished.extend_from_slice(bytes);
        Ok(None)
    }

    /// Returns whether the head ends here.
    fn read_line(&mut self, line: &[u8]) -> Result<bool, RefusedLine> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match (self.place, line) {
            (Place::StatusLine, []) => {}
            (Place::StatusLine, line) => {
                self.place = Place::Headers { is_interim: is_interim(line), last: Importance::Other };
            }
            (Place::Headers { is_interim: true, .. }, []) => self.place = Place::StatusLine,
            (Place::Headers { is_interim: false, .. }, []) => return Ok(true),
            (Place::Headers { is_interim, last }, [b' ' | b'\t', ..]) => {
                self.read_continuation(line, last)?;
                self.place = Place::Headers { is_interim, last };
            }
            (Place::Headers { is_interim, .. }, line) => {
                self.place = Place::Headers { is_interim, last: self.read_header(line)? };
            }
        }
        Ok(false)
    }

    fn read_continuation(&mut self, line: &[u8], last: Importance) -> Result<(), RefusedLine> {
        self.faults.folded = true;
        let is_dropped = has_control(line);
        self.faults.dropped |= is_dropped;
        match last {
            Importance::Framing(name) => Err(RefusedLine(name)),
            Importance::Meaning(name) if is_dropped => Err(RefusedLine(name)),
            Importance::Meaning(_) | Importance::Other => refuse_named(before_colon(line)),
        }
    }

    fn read_header(&mut self, line: &[u8]) -> Result<Importance, RefusedLine> {
        let name = before_colon(line);
        let token = &name[..name.iter().take_while(|byte| is_token(**byte)).count()];
        let blanks = &name[token.len()..];
        let is_name = !token.is_empty() && name.len() < line.len() && blanks.iter().all(|byte| b" \t".contains(byte));
        if !is_name {
            self.faults.dropped = true;
            return refuse_named(name).map(|()| Importance::Other);
        }
        let (is_repaired, is_dropped) = (!blanks.is_empty(), has_control(&line[name.len() + 1..]));
        self.faults.blank |= is_repaired;
        self.faults.dropped |= is_dropped;
        match importance(token) {
            Importance::Framing(name) if is_repaired || is_dropped => Err(RefusedLine(name)),
            Importance::Meaning(name) if is_dropped => Err(RefusedLine(name)),
            importance => Ok(importance),
        }
    }
}

/// Whether another head follows. After 101 none does.
fn is_interim(status_line: &[u8]) -> bool {
    let status = status_line.split(|byte| *byte == b' ').nth(1).unwrap_or_default();
    matches!(status, [b'1', _, _]) && status != b"101"
}

fn importance(name: &[u8]) -> Importance {
    let among = |names: [&'static str; 2]| names.into_iter().find(|known| name.eq_ignore_ascii_case(known.as_bytes()));
    match (among(FRAMING), among(MEANING)) {
        (Some(name), _) => Importance::Framing(name),
        (None, Some(name)) => Importance::Meaning(name),
        (None, None) => Importance::Other,
    }
}

/// Refuses a malformed line that may have been meant as a framing header.
fn refuse_named(name: &[u8]) -> Result<(), RefusedLine> {
    let contains = |known: &str| name.windows(known.len()).any(|part| part.eq_ignore_ascii_case(known.as_bytes()));
    match FRAMING.into_iter().chain(MEANING).find(|known| contains(known)) {
        Some(known) => Err(RefusedLine(known)),
        None => Ok(()),
    }
}

fn before_colon(line: &[u8]) -> &[u8] {
    line.split(|byte| *byte == b':').next().unwrap_or_default()
}

/// Characters that the library takes in no value.
fn has_control(value: &[u8]) -> bool {
    value.iter().any(|byte| byte.is_ascii_control() && *byte != b'\t')
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scans the head in one piece and byte by byte; nothing of what follows may be read.
    fn scan(head: &str) -> Result<Option<HeadFaults>, RefusedLine> {
        let bytes = format!("{head}\r\nContent-Length : 1\r\n").into_bytes();
        let at_once = HeadScan::default().read(&bytes);
        let mut scan = HeadScan::default();
        let bytewise = bytes.chunks(1).map(|byte| scan.read(byte)).find(|read| !matches!(read, Ok(None)));
        assert_eq!(bytewise.unwrap_or(Ok(None)), at_once, "{head:?}");
        at_once
    }

    #[test]
    fn lines_that_others_read_are_noted() {
        let none = HeadFaults::default();
        let dropped = HeadFaults { dropped: true, ..none };
        let blank = HeadFaults { blank: true, ..none };
        let folded = HeadFaults { folded: true, ..none };
        for (lines, expected) in [
            ("", none),
            ("Content-Length: 8\r\nX-A:b\r\nX-Empty:\r\nX-Latin: caf\u{e9}\tx\r\n", none),
            ("Content-Length: 8\nX-A: b\n", none),
            ("X-Content-Length : 8\r\nContent-Length-X: 8\r\n", blank),
            ("X-Trace: a\u{1}b\r\n", dropped),
            ("X-Trace: a\u{7f}b\r\n", dropped),
            ("PHP Warning:  Unable to load\r\n", dropped),
            ("Warning without a colon\r\n", dropped),
            ("HTTP/1.1 200 OK\r\n", dropped),
            (": no name\r\n", dropped),
            ("X Name: a\r\n", dropped),
            ("X-A \t: b\r\n", blank),
            ("Content-Encoding : gzip\r\n", blank),
            ("X-A: b\r\n c\r\n\td\r\n", folded),
            ("Content-Type:\r\n text/plain\r\n", folded),
            (" X-A: b\r\n", folded),
            ("X-A: b\r\n \u{1}\r\n", HeadFaults { folded: true, dropped: true, ..none }),
            ("Nonsense\r\n about a Warning: Content-Length\r\n", HeadFaults { folded: true, dropped: true, ..none }),
        ] {
            assert_eq!(scan(&format!("HTTP/1.1 200 OK\r\n{lines}")), Ok(Some(expected)), "{lines:?}");
        }
    }

    #[test]
    fn a_malformed_line_that_the_body_depends_on_is_refused() {
        for (lines, name) in [
            ("Content-Length : 8\r\n", "content-length"),
            ("content-length\t: 8\r\n", "content-length"),
            ("Content-Length 8\r\n", "content-length"),
            ("Content-Length\r\n", "content-length"),
            ("Content Content-Length: 8\r\n", "content-length"),
            ("\u{1}Content-Length: 8\r\n", "content-length"),
            ("Content-Length\u{1}: 8\r\n", "content-length"),
            ("Content-Length: 8\u{1}\r\n", "content-length"),
            ("Content-Length: 8\r\n 9\r\n", "content-length"),
            ("Content-Length:\r\n 8\r\n", "content-length"),
            ("X-A: b\r\n Content-Length: 8\r\n", "content-length"),
            (" Content-Length: 8\r\n", "content-length"),
            ("Transfer-Encoding : chunked\r\n", "transfer-encoding"),
            ("Transfer-Encoding: chunked\u{7f}\r\n", "transfer-encoding"),
            ("TRANSFER-ENCODING:\r\n\tchunked\r\n", "transfer-encoding"),
            ("Content-Range: bytes 0-7/9\u{1}\r\n", "content-range"),
            ("Content-Range\r\n", "content-range"),
            ("Content-Encoding: gzip\r\n \u{1}\r\n", "content-encoding"),
        ] {
            assert_eq!(scan(&format!("HTTP/1.1 200 OK\r\n{lines}")), Err(RefusedLine(name)), "{lines:?}");
        }
    }

    #[test]
    fn interim_heads_and_leading_line_ends_are_part_of_the_answer() {
        let blank = HeadFaults { blank: true, ..HeadFaults::default() };
        for (heads, expected) in [
            ("\r\n\nHTTP/1.1 200 OK\r\nX : a\r\n", Ok(Some(blank))),
            ("HTTP/1.1 103 Early\r\nLink: a\r\n\r\nHTTP/1.1 200 OK\r\nX : a\r\n", Ok(Some(blank))),
            ("HTTP/1.1 101 Other\r\n\r\nHTTP/1.1 200 OK\r\nX : a\r\n", Ok(Some(HeadFaults::default()))),
            ("HTTP/1.1 100 Go\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length : a\r\n", Err(RefusedLine("content-length"))),
        ] {
            assert_eq!(scan(heads), expected, "{heads:?}");
        }
    }
}
