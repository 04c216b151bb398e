//! Synthetic origin: `origin --port 7900`. The object's name says how it behaves (see `cobench::spec`), its bytes
//! follow from its name (see `cobench::content`). GET and HEAD, keep-alive, one range with If-Range, strong ETag.
//! `/__stats` tells the requests and body bytes since the last `/__reset`. One thread per connection.
use cobench::{args::Args, content::Content, date, spec::Spec};
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// What one connection sends before it asks the shared rate again.
const RATE_PIECE: u64 = 16 << 10;
const CHUNK: u64 = 64 << 10;
/// A late waker may catch up on this much, so that the rate holds in spite of oversleeping.
const CATCH_UP: Duration = Duration::from_millis(20);
const MAX_HEAD: usize = 64 << 10;
/// Thu, 01 Jan 2026 00:00:00 GMT
const LAST_MODIFIED: u64 = 1_767_225_600;

struct Origin {
    content: Content,
    requests: AtomicU64,
    bytes: AtomicU64,
    /// when the shared rate is free again
    next: Mutex<Instant>,
}

struct Request {
    head: bool,
    path: String,
    close: bool,
    range: Option<String>,
    if_range: Option<String>,
}

fn main() -> io::Result<()> {
    let a = Args::parse().only(&["port"]);
    let port = a.n("port", 7900) as u16;
    let origin = Arc::new(Origin {
        content: Content::new()?,
        requests: AtomicU64::new(0),
        bytes: AtomicU64::new(0),
        next: Mutex::new(Instant::now()),
    });
    let listener = TcpListener::bind(("127.0.0.1", port))?;
    // SAFETY: a second listen on a listening socket only sets its backlog.
    unsafe { libc::listen(listener.as_raw_fd(), 4096) };
    for s in listener.incoming() {
        let (s, origin) = (s?, origin.clone());
        // A connection that breaks is the client's affair.
        let run = move || origin.serve(s).unwrap_or(());
        std::thread::Builder::new().stack_size(256 << 10).spawn(run)?;
    }
    Ok(())
}

impl Origin {
    fn serve(&self, mut s: TcpStream) -> io::Result<()> {
        s.set_nodelay(true)?;
        let mut buf = Vec::new();
        while let Some(r) = read_request(&mut s, &mut buf)? {
            let Some(r) = r else { return s.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n") };
            let close = r.close;
            self.answer(&mut s, r)?;
            if close {
                break;
            }
        }
        Ok(())
    }

    fn answer(&self, s: &mut TcpStream, r: Request) -> io::Result<()> {
        let close = if r.close { "connection: close\r\n" } else { "" };
        if r.path == "/__stats" || r.path == "/__reset" {
            let (n, b) = if r.path == "/__reset" {
                (self.requests.swap(0, Relaxed), self.bytes.swap(0, Relaxed))
            } else {
                (self.requests.load(Relaxed), self.bytes.load(Relaxed))
            };
            let json = format!("{{\"requests\":{n},\"bytes\":{b}}}\n");
            let len = json.len();
            return write!(
                s,
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len}\r\n{close}\r\n{json}"
            );
        }
        self.requests.fetch_add(1, Relaxed);
        let Some((spec, name)) = Spec::find(&r.path) else {
            return write!(s, "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n{close}\r\n");
        };
        if spec.delay_ms > 0 {
            std::thread::sleep(Duration::from_millis(spec.delay_ms));
        }
        let (head, from, to) = response_head(&spec, name, &r, close);
        let seed = cobench::content::seed(&r.path);
        if r.head || from == to {
            return s.write_all(head.as_bytes());
        }
        self.body(s, &spec, seed, head.into_bytes(), from, to)
    }

    /// Sends the head together with the first bytes of the body, then the rest.
    fn body(&self, s: &mut TcpStream, spec: &Spec, seed: u64, mut out: Vec<u8>, from: u64, to: u64) -> io::Result<()> {
        let mut at = from;
        while at < to {
            let (fd, pos, there) = self.content.file(seed, at);
            let piece = if spec.rate > 0 { RATE_PIECE } else { CHUNK }.min(to - at).min(there);
            self.wait(piece, spec.rate);
            if spec.chunked {
                write!(out, "{piece:x}\r\n")?;
            }
            if out.is_empty() {
                // Nothing to say between the bytes: let the kernel take as much as it can without a copy.
                let most = if spec.rate > 0 { piece } else { to - at };
                let n = sendfile(s, fd, pos, there.min(most))?;
                self.bytes.fetch_add(n, Relaxed);
                at += n;
                continue;
            }
            let data = self.content.slice(seed, at, piece);
            out.extend_from_slice(data);
            at += data.len() as u64;
            if spec.chunked {
                out.extend_from_slice(if at == to { b"\r\n0\r\n\r\n" } else { b"\r\n" });
            }
            s.write_all(&out)?;
            self.bytes.fetch_add(data.len() as u64, Relaxed);
            out.clear();
        }
        Ok(())
    }

    /// Waits until `n` more bytes fit into the rate that all connections share.
    fn wait(&self, n: u64, rate: u64) {
        if rate == 0 {
            return;
        }
        let now = Instant::now();
        let start = {
            let mut next = self.next.lock().unwrap_or_else(|e| e.into_inner());
            let start = (*next).max(now.checked_sub(CATCH_UP).unwrap_or(now));
            *next = start + Duration::from_secs_f64(n as f64 / rate as f64);
            start
        };
        if start > now {
            std::thread::sleep(start - now);
        }
    }
}

/// None: closed between requests. Some(None): not a request that this origin understands.
fn read_request(s: &mut TcpStream, buf: &mut Vec<u8>) -> io::Result<Option<Option<Request>>> {
    let mut scratch = [0; 8192];
    loop {
        match parse(buf) {
            Err(()) => return Ok(Some(None)),
            Ok(Some((r, n))) => {
                buf.drain(..n);
                return Ok(Some(Some(r)));
            }
            Ok(None) if buf.len() > MAX_HEAD => return Ok(Some(None)),
            Ok(None) => {}
        }
        match s.read(&mut scratch)? {
            0 => return Ok(None),
            n => buf.extend_from_slice(&scratch[..n]),
        }
    }
}

fn parse(b: &[u8]) -> Result<Option<(Request, usize)>, ()> {
    if b.is_empty() {
        return Ok(None);
    }
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut r = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(n) = r.parse(b).map_err(|_| ())? else { return Ok(None) };
    let value = |name: &str| {
        let h = r.headers.iter().find(|h| h.name.eq_ignore_ascii_case(name));
        h.map(|h| String::from_utf8_lossy(h.value).trim().to_string())
    };
    let head = match r.method {
        Some("GET") => false,
        Some("HEAD") => true,
        _ => return Err(()),
    };
    let connection = value("connection").unwrap_or_default().to_ascii_lowercase();
    let close = connection == "close" || (r.version == Some(0) && connection != "keep-alive");
    let path = r.path.unwrap_or("/").split('?').next().unwrap_or("/").to_string();
    Ok(Some((Request { head, path, close, range: value("range"), if_range: value("if-range") }, n)))
}

/// The head, and which part of the object follows it.
fn response_head(spec: &Spec, name: &str, r: &Request, close: &str) -> (String, u64, u64) {
    let etag = format!("\"{:016x}\"", cobench::fnv(name.as_bytes()));
    let modified = date::http(LAST_MODIFIED);
    let size = spec.size;
    let (mut status, mut from, mut to, mut more) = (spec.status.unwrap_or(200), 0, size, String::new());
    if spec.status.is_none() {
        more = format!("etag: {etag}\r\nlast-modified: {modified}\r\naccept-ranges: bytes\r\n");
        let current = r.if_range.as_ref().is_none_or(|v| *v == etag || *v == modified);
        let range = r.range.as_deref().filter(|_| current && !r.head).and_then(|v| byte_range(v, size));
        match range {
            Some(Ok((a, b))) => {
                (status, from, to) = (206, a, b);
                more += &format!("content-range: bytes {a}-{}/{size}\r\n", b - 1);
            }
            Some(Err(())) => {
                (status, to) = (416, 0);
                more += &format!("content-range: bytes */{size}\r\n");
            }
            None => {}
        }
    }
    if status == 204 || status == 304 {
        to = 0;
    } else if spec.chunked && (to > from || r.head) {
        more += "transfer-encoding: chunked\r\n";
    } else {
        more += &format!("content-length: {}\r\n", to - from);
    }
    let date = date::http(date::now());
    let head = format!(
        "HTTP/1.1 {status} {}\r\ndate: {date}\r\ncontent-type: application/octet-stream\r\n{more}{close}\r\n",
        reason(status)
    );
    (head, from, to)
}

/// One range as (first, end); Err when it contains no byte of the object, None when it is to be ignored.
fn byte_range(v: &str, size: u64) -> Option<Result<(u64, u64), ()>> {
    let (a, b) = v.strip_prefix("bytes=")?.split_once('-')?;
    let (from, to) = match (a, b) {
        ("", n) => (size.saturating_sub(n.parse().ok()?), size),
        (a, "") => (a.parse().ok()?, size),
        (a, b) => (a.parse().ok()?, b.parse::<u64>().ok()?.saturating_add(1).min(size)),
    };
    let asked_backwards = !a.is_empty() && !b.is_empty() && a.parse::<u64>().ok()? > b.parse::<u64>().ok()?;
    if asked_backwards {
        return None;
    }
    Some(if from < to { Ok((from, to)) } else { Err(()) })
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        206 => "Partial Content",
        404 => "Not Found",
        416 => "Range Not Satisfiable",
        _ => "As Asked",
    }
}

fn sendfile(s: &TcpStream, fd: i32, mut pos: i64, n: u64) -> io::Result<u64> {
    // SAFETY: both descriptors are open for the whole call and pos is a local.
    let sent = unsafe { libc::sendfile(s.as_raw_fd(), fd, &mut pos, n as usize) };
    match sent {
        1.. => Ok(sent as u64),
        0 => Err(io::ErrorKind::WriteZero.into()),
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn byte_ranges_are_cut_to_the_object_or_refused() {
        let check = |v, expected| assert_eq!(byte_range(v, 100), expected, "{v}");
        check("bytes=0-9", Some(Ok((0, 10))));
        check("bytes=90-", Some(Ok((90, 100))));
        check("bytes=-10", Some(Ok((90, 100))));
        check("bytes=-1000", Some(Ok((0, 100))));
        check("bytes=99-18446744073709551615", Some(Ok((99, 100))));
        check("bytes=100-", Some(Err(())));
        check("bytes=-0", Some(Err(())));
        check("bytes=5-4", None);
        check("bytes=0-1,5-6", None);
        check("lines=0-9", None);
    }
}
