//! One connection of the origin: reads requests, records them, plays the script. Errors of the socket end
//! the connection and are not reported: the peer is the one under test and may hang up as it likes.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::script::{Body, Fault, Framing, Gate, Script};
use super::socket::Socket;
use super::{Recorded, Route, Shared};

/// Longest request head that is read.
const HEAD_LIMIT_BYTES: u64 = 64 * 1024;
/// Bytes written to the socket at a time.
const PIECE_BYTES: usize = 64 * 1024;

pub(super) fn serve(stream: TcpStream, id: u64, shared: &Arc<Shared>, with_tls: bool) {
    let socket = if with_tls { Socket::with_tls(stream) } else { Socket::Plain(stream) };
    let mut connection = Connection { reader: BufReader::new(socket), id, shared, is_faulty: false };
    let mut ended = connection.exchange();
    while let Ok(true) = ended {
        ended = connection.exchange();
    }
    if ended.is_ok() && !connection.is_faulty {
        let _ = connection.reader.get_mut().close_notify();
    }
    connection.shared.lock().connections.remove(&id);
}

struct Connection<'a> {
    reader: BufReader<Socket>,
    id: u64,
    shared: &'a Arc<Shared>,
    /// The last answer broke.
    is_faulty: bool,
}

impl Connection<'_> {
    /// Answers one request; whether another one may follow.
    fn exchange(&mut self) -> io::Result<bool> {
        let Some(request) = self.read_request()? else { return Ok(false) };
        let path = request.path().to_owned();
        let head_only = request.method == "HEAD";
        let close = request.header("connection").is_some_and(|v| v.eq_ignore_ascii_case("close"));
        let (range, if_range) =
            (request.header("range").map(str::to_owned), request.header("if-range").map(str::to_owned));
        let script = {
            let mut state = self.shared.lock();
            state.requests.push(request);
            state.routes.get(&path).map_or_else(|| Arc::new(Script::status(404)), |route| Arc::clone(&route.script))
        };
        self.shared.changed.notify_all();
        self.is_faulty = script.fault != Fault::None || script.cut_each.is_some();
        let keep = match &script.ranged {
            Some(answer) if range.is_some() => self.play(&path, answer, head_only, None)?,
            _ => self.play(&path, &script, head_only, script.range(range.as_deref(), if_range.as_deref()))?,
        };
        *self.shared.lock().finished.entry(path).or_default() += 1;
        self.shared.changed.notify_all();
        Ok(keep && !close)
    }

    fn read_request(&mut self) -> io::Result<Option<Recorded>> {
        let mut reader = self.reader.by_ref().take(HEAD_LIMIT_BYTES);
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let mut words = line.split_whitespace();
        let method = words.next().unwrap_or_default().to_owned();
        let target = words.next().unwrap_or_default().to_owned();
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(None);
            }
            match line.trim_end().split_once(':') {
                Some((name, value)) => headers.push((name.to_owned(), value.trim().to_owned())),
                None => break,
            }
        }
        let length = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
        let length = length.and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
        let mut body = Vec::new();
        self.reader.by_ref().take(length).read_to_end(&mut body)?;
        Ok(Some(Recorded { method, target, headers, body }))
    }

    /// Plays the script; whether the connection is fit for another request.
    fn play(&mut self, path: &str, script: &Script, head_only: bool, range: Option<Range<u64>>) -> io::Result<bool> {
        if script.gate == Gate::BeforeHead {
            self.wait_for_release(path, script)?;
        }
        if script.fault == Fault::CloseBeforeHead {
            return Ok(false);
        }
        let head = match &script.raw_head {
            Some(head) => head.to_vec(),
            None => head_text(script, range.as_ref()).into_bytes(),
        };
        if script.fault == Fault::CutHead {
            self.write(&head[..head.len() / 2])?;
            return Ok(false);
        }
        self.write(&head)?;
        if head_only {
            return Ok(script.framing != Framing::UntilClose);
        }
        let range = range.unwrap_or(0..script.body.len());
        let is_cut = script.cut_each.is_some_and(|cut| range.start + cut < range.end);
        self.send_body(path, script, range)?;
        // A body that is cut has no end, in chunks as well.
        Ok(!is_cut && self.end_body(script)? && !script.closes)
    }

    fn send_body(&mut self, path: &str, script: &Script, range: Range<u64>) -> io::Result<()> {
        let start = range.start;
        let end = script.fault.sent_bytes(script.body.len()).min(range.end);
        let end = script.cut_each.map_or(end, |cut| end.min(start + cut));
        let piece_limit = match (script.drip, script.framing) {
            (Some((bytes, _)), _) => bytes,
            (None, Framing::Chunked { chunk_bytes }) => chunk_bytes.min(PIECE_BYTES),
            (None, Framing::Length | Framing::UntilClose) => PIECE_BYTES,
        };
        let mut piece = vec![0; piece_limit];
        let mut at = start;
        let mut gate = match script.gate {
            // The gate has an offset in the body; bytes after an open gate flow.
            Gate::AfterBodyBytes(bytes) => Some(bytes.min(end)).filter(|gate| *gate >= start),
            Gate::Open | Gate::BeforeHead => None,
        };
        loop {
            if gate == Some(at) {
                self.wait_for_release(path, script)?;
                gate = None;
            }
            if at >= end {
                return Ok(());
            }
            let stop = gate.unwrap_or(end);
            let len = usize::try_from(stop - at).unwrap_or(usize::MAX).min(piece.len());
            self.send_piece(&script.body, at, &mut piece[..len], script)?;
            at += len as u64;
            if let Some((_, pause)) = script.drip {
                self.pause(pause)?;
            }
        }
    }

    fn send_piece(&mut self, body: &Body, at: u64, piece: &mut [u8], script: &Script) -> io::Result<()> {
        body.read_at(at, piece);
        if let Framing::Chunked { .. } = script.framing {
            let mut framed = format!("{:x}\r\n", piece.len()).into_bytes();
            framed.extend_from_slice(piece);
            framed.extend_from_slice(b"\r\n");
            return self.write(&framed);
        }
        if let Fault::Long { surplus_bytes } = script.fault
            && at + piece.len() as u64 == body.len()
        {
            // In one write, so that the surplus comes with the end.
            return self.write(&[&*piece, &vec![b'+'; surplus_bytes]].concat());
        }
        self.write(piece)
    }

    fn end_body(&mut self, script: &Script) -> io::Result<bool> {
        let chunked = matches!(script.framing, Framing::Chunked { .. });
        match script.fault {
            Fault::None => {
                if chunked {
                    self.write(b"0\r\n\r\n")?;
                }
                return Ok(script.framing != Framing::UntilClose);
            }
            Fault::Reset { .. } => self.reset(),
            Fault::Long { surplus_bytes } if chunked => {
                let end = [b"0\r\n\r\n".as_slice(), &vec![b'+'; surplus_bytes]].concat();
                self.write(&end)?;
            }
            Fault::CutChunk { .. } if chunked => self.write(b"1000\r\n")?,
            Fault::BadChunk { .. } if chunked => self.write(b"zz\r\nbad\r\n0\r\n\r\n")?,
            Fault::Short { .. }
            | Fault::Long { .. }
            | Fault::CutChunk { .. }
            | Fault::BadChunk { .. }
            | Fault::NoLastChunk
            | Fault::NoCloseNotify
            | Fault::CloseBeforeHead
            | Fault::CutHead => {}
        }
        Ok(false)
    }

    /// Makes the close that follows a reset: no lingering, and no second handle that keeps the socket open.
    fn reset(&mut self) {
        self.shared.lock().connections.remove(&self.id);
        let _ = socket2::SockRef::from(self.reader.get_ref().tcp()).set_linger(Some(Duration::ZERO));
    }

    fn wait_for_release(&self, path: &str, script: &Script) -> io::Result<()> {
        let mut state = self.shared.lock();
        loop {
            if state.stopped {
                return Err(io::ErrorKind::Interrupted.into());
            }
            // The gate of a script that was replaced meanwhile can no longer be opened.
            let is_of = |route: &Route| {
                let ranged = route.script.ranged.as_deref();
                std::ptr::eq(route.script.as_ref(), script) || ranged.is_some_and(|ranged| std::ptr::eq(ranged, script))
            };
            let waits = |route: &Route| is_of(route) && !route.released;
            if !state.routes.get(path).is_some_and(waits) {
                return Ok(());
            }
            state = self.shared.changed.wait(state).unwrap_or_else(std::sync::PoisonError::into_inner);
        }
    }

    /// A scripted pause, cut short when the origin stops.
    fn pause(&self, pause: Duration) -> io::Result<()> {
        let deadline = Instant::now() + pause;
        let mut state = self.shared.lock();
        loop {
            if state.stopped {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(());
            }
            let waited = self.shared.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(std::sync::PoisonError::into_inner).0;
        }
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.reader.get_mut().write_all(bytes)
    }
}

fn head_text(script: &Script, range: Option<&Range<u64>>) -> String {
    let status = if range.is_some() { 206 } else { script.status };
    let mut head = format!("HTTP/1.1 {status} {}\r\n", reason(status));
    let total = script.body.len();
    if let Some(Range { start, end }) = range {
        head.push_str(&format!("Content-Range: bytes {start}-{}/{total}\r\n", end - 1));
    }
    for (name, value) in &script.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    match script.framing {
        Framing::Length => {
            let length = range.map_or(total, |range| range.end - range.start);
            head.push_str(&format!("Content-Length: {length}\r\n"));
        }
        Framing::Chunked { .. } => head.push_str("Transfer-Encoding: chunked\r\n"),
        Framing::UntilClose => head.push_str("Connection: close\r\n"),
    }
    if script.closes && script.framing != Framing::UntilClose {
        head.push_str("Connection: close\r\n");
    }
    head.push_str("\r\n");
    head
}

fn reason(status: u16) -> &'static str {
    match status {
        200..=299 => "OK",
        300..=399 => "Elsewhere",
        400..=499 => "No",
        _ => "Broken",
    }
}
