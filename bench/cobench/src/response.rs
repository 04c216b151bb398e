//! Incremental parsing of one HTTP/1.1 response. Says how many body bytes may be thrown away unseen, so that the
//! caller can leave them in the kernel. Interim (1xx) responses are skipped.

#[derive(Debug, PartialEq)]
enum Phase {
    Head,
    /// Content-Length: bytes still to come
    Sized(u64),
    UntilClose,
    ChunkSize,
    /// bytes of this chunk still to come
    Chunk(u64),
    ChunkEnd,
    Trailer,
    Done,
}

#[derive(Debug)]
pub struct Response {
    /// 0 until the head has arrived
    pub status: u16,
    pub content_length: Option<u64>,
    /// body bytes that have arrived
    pub body: u64,
    /// the connection cannot carry another request
    pub close: bool,
    head_method: bool,
    phase: Phase,
}

impl Response {
    /// `head_method`: the request was HEAD, so no body follows whatever the head says.
    pub fn new(head_method: bool) -> Response {
        Response { status: 0, content_length: None, body: 0, close: false, head_method, phase: Phase::Head }
    }

    pub fn done(&self) -> bool {
        self.phase == Phase::Done
    }

    /// Body bytes that come next on the wire with nothing between them; 0 when the next byte must be parsed.
    pub fn skippable(&self) -> u64 {
        match self.phase {
            Phase::Sized(n) | Phase::Chunk(n) => n,
            Phase::UntilClose => u64::MAX,
            _ => 0,
        }
    }

    /// `n` body bytes, at most `skippable`, were taken off the wire.
    pub fn skipped(&mut self, n: u64) {
        self.body += n;
        match &mut self.phase {
            Phase::Sized(left) | Phase::Chunk(left) => *left -= n,
            _ => {}
        }
        match self.phase {
            Phase::Sized(0) => self.phase = Phase::Done,
            Phase::Chunk(0) => self.phase = Phase::ChunkEnd,
            _ => {}
        }
    }

    /// The peer closed: whether that ends the response properly.
    pub fn closed(&mut self) -> bool {
        if self.phase == Phase::UntilClose {
            self.phase = Phase::Done;
        }
        self.close = true;
        self.done()
    }

    /// Takes what it can of `b`, hands body bytes with their offset to `on_body`, returns how much it took.
    pub fn feed(&mut self, b: &[u8], mut on_body: impl FnMut(u64, &[u8])) -> Result<usize, &'static str> {
        let mut at = 0;
        while at < b.len() && !self.done() {
            let skip = self.skippable().min((b.len() - at) as u64);
            if skip > 0 {
                on_body(self.body, &b[at..at + skip as usize]);
                self.skipped(skip);
                at += skip as usize;
                continue;
            }
            match self.structure(&b[at..])? {
                0 => break,
                n => at += n,
            }
        }
        Ok(at)
    }

    /// Everything that is not body: the head, chunk lines, the trailer. 0 = more bytes are needed.
    fn structure(&mut self, b: &[u8]) -> Result<usize, &'static str> {
        if self.phase == Phase::Head {
            return self.head(b);
        }
        let Some(end) = b.iter().position(|&x| x == b'\n') else { return Ok(0) };
        let line = b[..end].trim_ascii();
        self.phase = match self.phase {
            Phase::ChunkSize => {
                let digits = line.split(|&x| x == b';').next().unwrap_or(line).trim_ascii();
                let digits = std::str::from_utf8(digits).map_err(|_| "bad chunk size")?;
                match u64::from_str_radix(digits, 16).map_err(|_| "bad chunk size")? {
                    0 => Phase::Trailer,
                    n => Phase::Chunk(n),
                }
            }
            Phase::ChunkEnd if line.is_empty() => Phase::ChunkSize,
            Phase::ChunkEnd => return Err("chunk longer than its size"),
            _ if line.is_empty() => Phase::Done,
            _ => Phase::Trailer,
        };
        Ok(end + 1)
    }

    fn head(&mut self, b: &[u8]) -> Result<usize, &'static str> {
        let mut headers = [httparse::EMPTY_HEADER; 64];
        let mut r = httparse::Response::new(&mut headers);
        let n = match r.parse(b).map_err(|_| "bad response head")? {
            httparse::Status::Complete(n) => n,
            httparse::Status::Partial => return Ok(0),
        };
        let status = r.code.unwrap_or(0);
        if (100..200).contains(&status) {
            return Ok(n);
        }
        let mut chunked = false;
        self.close = r.version == Some(0);
        for h in r.headers.iter() {
            if h.name.eq_ignore_ascii_case("content-length") {
                let v = std::str::from_utf8(h.value).ok().and_then(|v| v.trim().parse().ok());
                self.content_length = Some(v.ok_or("bad content-length")?);
            } else if h.name.eq_ignore_ascii_case("transfer-encoding") {
                chunked = h.value.to_ascii_lowercase().ends_with(b"chunked");
            } else if h.name.eq_ignore_ascii_case("connection") {
                self.close = h.value.eq_ignore_ascii_case(b"close");
            }
        }
        self.status = status;
        self.phase = match self.content_length {
            _ if self.head_method || status == 204 || status == 304 => Phase::Done,
            _ if chunked => Phase::ChunkSize,
            Some(0) => Phase::Done,
            Some(n) => Phase::Sized(n),
            None => Phase::UntilClose,
        };
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds the wire in pieces of every size; (status, body, left over, done) must not depend on it.
    fn check(head: bool, wire: &str, status: u16, body: &str, left: usize, done: bool) {
        for piece in 1..=wire.len() {
            let (mut r, mut got, mut buf) = (Response::new(head), Vec::new(), Vec::new());
            for p in wire.as_bytes().chunks(piece) {
                buf.extend_from_slice(p);
                let n = r.feed(&buf, |_, b| got.extend_from_slice(b)).unwrap();
                buf.drain(..n);
            }
            let ended = if done { r.done() } else { !r.done() };
            assert!(ended && r.status == status && got == body.as_bytes() && buf.len() == left, "{piece} {wire} {r:?}");
            assert_eq!(r.body, body.len() as u64);
        }
    }

    #[test]
    fn responses_end_where_their_framing_says() {
        check(false, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcHTTP", 200, "abc", 4, true);
        check(false, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 x\r\ncontent-length: 0\r\n\r\n", 404, "", 0, true);
        check(true, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", 200, "", 0, true);
        let chunked =
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nt: v\r\n\r\n";
        check(false, chunked, 200, "abc0123456789", 0, true);
        check(false, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc", 200, "abc", 0, false);
        check(false, "HTTP/1.0 200 OK\r\n\r\nabc", 200, "abc", 0, false);
    }

    #[test]
    fn a_close_completes_only_an_unframed_body() {
        for (wire, complete) in
            [("HTTP/1.0 200 OK\r\n\r\nab", true), ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", false)]
        {
            let mut r = Response::new(false);
            r.feed(wire.as_bytes(), |_, _| {}).unwrap();
            assert_eq!(r.closed(), complete, "{wire}");
        }
    }

    #[test]
    fn broken_framing_is_an_error() {
        for tail in ["xyz\r\n", "3\r\nabcd\r\n"] {
            let wire = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{tail}");
            assert!(Response::new(false).feed(wire.as_bytes(), |_, _| {}).is_err(), "{tail}");
        }
    }
}
