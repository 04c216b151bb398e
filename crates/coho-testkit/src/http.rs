//! A raw HTTP/1.1 client: it sends exactly the bytes a test asks for (also half of them) and reports
//! exactly what came back, in order, and how it ended. It never retries, never follows, never fills in a
//! header. Every wait on the socket has a limit.

use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Longest silence of the server that is borne, unless [`Client::set_timeout`] says otherwise.
pub const TIMEOUT: Duration = Duration::from_secs(60);

/// A request, byte for byte under the test's control.
#[derive(Debug, Clone)]
pub struct Request {
    /// Sent as it is.
    pub method: String,
    /// Path and query as sent, already percent-encoded.
    pub target: String,
    /// Sent in this order.
    pub headers: Vec<(String, String)>,
    /// Sent as it is after the head; no `Content-Length` is made up by [`Request::head`].
    pub body: Vec<u8>,
}

impl Request {
    /// A request without headers and body.
    #[must_use]
    pub fn new(method: &str, target: &str) -> Self {
        Self { method: method.to_owned(), target: target.to_owned(), headers: Vec::new(), body: Vec::new() }
    }

    /// Adds a header.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the body together with its `Content-Length`.
    #[must_use]
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        let len = self.body.len().to_string();
        self.header("Content-Length", &len)
    }

    /// Sets the body in chunked framing, chunks of `chunk_bytes`.
    #[must_use]
    pub fn chunked_body(mut self, body: &[u8], chunk_bytes: usize) -> Self {
        for chunk in body.chunks(chunk_bytes.max(1)) {
            self.body.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
            self.body.extend_from_slice(chunk);
            self.body.extend_from_slice(b"\r\n");
        }
        self.body.extend_from_slice(b"0\r\n\r\n");
        self.header("Transfer-Encoding", "chunked")
    }

    /// The value of the first header of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// The head as sent, with its closing empty line.
    #[must_use]
    pub fn head(&self) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        head.into_bytes()
    }
}

/// The head of an answer.
#[derive(Debug, Clone)]
pub struct Head {
    /// The status code.
    pub status: u16,
    /// Header names and values as they came, in order.
    pub headers: Vec<(String, String)>,
}

impl Head {
    /// The value of the first header of this name, whatever its case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// The declared length, when it is a number.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        self.get("content-length").and_then(|value| value.parse().ok())
    }

    /// Whether the body comes in chunks.
    #[must_use]
    pub fn is_chunked(&self) -> bool {
        self.get("transfer-encoding").is_some_and(|value| value.eq_ignore_ascii_case("chunked"))
    }
}

/// How a body ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Where its framing said.
    Complete,
    /// The connection closed or broke before that.
    Cut,
    /// Nothing came for the client's whole patience.
    TimedOut,
}

/// A whole answer.
#[derive(Clone)]
pub struct Response {
    /// The head.
    pub head: Head,
    /// What came of the body, without framing.
    pub body: Vec<u8>,
    /// How it ended.
    pub end: End,
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} {:?} ({} body bytes)", self.head.status, self.end, self.body.len())?;
        for (name, value) in &self.head.headers {
            writeln!(f, "  {name}: {value}")?;
        }
        write!(f, "  {}", String::from_utf8_lossy(&self.body[..self.body.len().min(2000)]))
    }
}

impl Response {
    /// The status code.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.head.status
    }

    /// The value of the first header of this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.head.get(name)
    }

    /// The body as text, with replacements where it is none.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The text of the first `<name>` element of the body. Enough for flat answers; entities stay as they are.
    #[must_use]
    pub fn element(&self, name: &str) -> Option<String> {
        element(&self.text(), name)
    }

    /// The error document: the body, or the value of `x-oss-err` in an answer without a body (HEAD).
    #[must_use]
    pub fn error_xml(&self) -> Option<String> {
        if !self.body.is_empty() {
            return Some(self.text());
        }
        let bytes = STANDARD.decode(self.get("x-oss-err")?).ok()?;
        Some(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// An element of the error document.
    #[must_use]
    pub fn error(&self, name: &str) -> Option<String> {
        element(&self.error_xml()?, name)
    }
}

/// What is left of the body that is being read.
#[derive(Debug, Clone, Copy)]
enum Left {
    Nothing,
    Length(u64),
    Chunk { bytes: u64, first: bool },
    UntilClose,
}

/// One connection.
#[derive(Debug)]
pub struct Client {
    reader: BufReader<TcpStream>,
    left: Left,
}

impl Client {
    /// Connects with the default patience.
    ///
    /// # Errors
    /// When the connection is refused.
    pub fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
        stream.set_read_timeout(Some(TIMEOUT))?;
        stream.set_write_timeout(Some(TIMEOUT))?;
        stream.set_nodelay(true)?;
        Ok(Self { reader: BufReader::new(stream), left: Left::Nothing })
    }

    /// How long a single wait on the socket may take from now on.
    ///
    /// # Errors
    /// When the socket refuses the option.
    pub fn set_timeout(&self, timeout: Duration) -> io::Result<()> {
        self.reader.get_ref().set_read_timeout(Some(timeout))?;
        self.reader.get_ref().set_write_timeout(Some(timeout))
    }

    /// Sends these bytes.
    ///
    /// # Errors
    /// When the connection is gone or the server does not take them in time.
    pub fn send_raw(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.reader.get_mut().write_all(bytes)
    }

    /// Closes the sending half.
    ///
    /// # Errors
    /// When the connection is gone.
    pub fn finish_sending(&self) -> io::Result<()> {
        self.reader.get_ref().shutdown(Shutdown::Write)
    }

    /// Sends head and body. A server that answers and closes before it has read the body is not an error
    /// here: its answer is what counts, and reading it shows.
    ///
    /// # Errors
    /// When the head cannot be sent.
    pub fn send(&mut self, request: &Request) -> io::Result<()> {
        self.send_raw(&request.head())?;
        let _ = self.send_raw(&request.body);
        Ok(())
    }

    /// Sends the request and reads the whole answer.
    ///
    /// # Errors
    /// When no complete head comes back.
    pub fn exchange(&mut self, request: &Request) -> io::Result<Response> {
        self.send(request)?;
        self.read_response(request.method == "HEAD")
    }

    /// Reads the next head, interim ones (1xx) included. After a final one the body can be read.
    ///
    /// # Errors
    /// When the connection ends, nothing comes in time, or it is not HTTP.
    pub fn read_head(&mut self) -> io::Result<Head> {
        let status_line = self.read_line()?;
        let status = status_line.split(' ').nth(1).and_then(|code| code.parse().ok());
        let status = status.filter(|_| status_line.starts_with("HTTP/1.")).ok_or_else(|| bad(&status_line))?;
        let mut headers = Vec::new();
        loop {
            let line = self.read_line()?;
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(':').ok_or_else(|| bad(&line))?;
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
        let head = Head { status, headers };
        self.left = match (head.is_chunked(), head.content_length()) {
            _ if status < 200 || status == 204 || status == 304 => Left::Nothing,
            (true, _) => Left::Chunk { bytes: 0, first: true },
            (false, Some(bytes)) => Left::Length(bytes),
            (false, None) => Left::UntilClose,
        };
        Ok(head)
    }

    /// Reads interim heads away, then the final head and the body.
    ///
    /// # Errors
    /// When no final head comes back.
    pub fn read_response(&mut self, head_only: bool) -> io::Result<Response> {
        let mut head = self.read_head()?;
        while head.status < 200 {
            head = self.read_head()?;
        }
        if head_only {
            self.left = Left::Nothing;
        }
        let (body, end) = self.read_body();
        Ok(Response { head, body, end })
    }

    /// Reads what is left of the body.
    pub fn read_body(&mut self) -> (Vec<u8>, End) {
        self.read_body_up_to(usize::MAX)
    }

    /// Reads at most `limit` bytes of the body: exactly that number unless it ends before, which the second
    /// value shows ([`End::Complete`] with fewer bytes: the body was shorter).
    pub fn read_body_up_to(&mut self, limit: usize) -> (Vec<u8>, End) {
        let mut body = Vec::new();
        let mut buffer = vec![0; 64 * 1024];
        while body.len() < limit {
            let want = buffer.len().min(limit - body.len());
            match self.read_some(&mut buffer[..want]) {
                Ok(0) => return (body, End::Complete),
                Ok(n) => body.extend_from_slice(&buffer[..n]),
                Err(error) if is_timeout(&error) => return (body, End::TimedOut),
                Err(_) => return (body, End::Cut),
            }
        }
        (body, End::Complete)
    }

    /// Reads some bytes of the body; 0 means that it is complete.
    ///
    /// # Errors
    /// When the body is cut or nothing comes in time.
    pub fn read_some(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.left {
            Left::Nothing | Left::Length(0) => Ok(0),
            Left::UntilClose => self.reader.read(buffer),
            Left::Length(bytes) => {
                let n = self.read_within(buffer, bytes)?;
                self.left = Left::Length(bytes - n as u64);
                Ok(n)
            }
            Left::Chunk { bytes: 0, first } => self.next_chunk(first, buffer),
            Left::Chunk { bytes, .. } => {
                let n = self.read_within(buffer, bytes)?;
                self.left = Left::Chunk { bytes: bytes - n as u64, first: false };
                Ok(n)
            }
        }
    }

    fn next_chunk(&mut self, first: bool, buffer: &mut [u8]) -> io::Result<usize> {
        if !first && !self.read_line()?.is_empty() {
            return Err(bad("chunk without its line end"));
        }
        let line = self.read_line()?;
        let digits = line.split(';').next().unwrap_or_default().trim();
        let bytes = u64::from_str_radix(digits, 16).map_err(|_| bad(&line))?;
        if bytes > 0 {
            self.left = Left::Chunk { bytes, first: false };
            return self.read_some(buffer);
        }
        while !self.read_line()?.is_empty() {}
        self.left = Left::Nothing;
        Ok(0)
    }

    fn read_within(&mut self, buffer: &mut [u8], limit: u64) -> io::Result<usize> {
        let want = usize::try_from(limit).unwrap_or(usize::MAX).min(buffer.len());
        match self.reader.read(&mut buffer[..want])? {
            0 if want > 0 => Err(io::ErrorKind::UnexpectedEof.into()),
            n => Ok(n),
        }
    }

    fn read_line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        self.reader.read_until(b'\n', &mut line)?;
        if line.pop() != Some(b'\n') {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(String::from_utf8_lossy(&line).into_owned())
    }
}

/// One request on a connection of its own.
///
/// # Errors
/// When it cannot connect or no complete head comes back.
pub fn exchange(address: SocketAddr, request: &Request) -> io::Result<Response> {
    Client::connect(address)?.exchange(request)
}

fn find<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
}

fn element(xml: &str, name: &str) -> Option<String> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    let (value, _) = rest.split_once(&format!("</{name}>"))?;
    Some(value.to_owned())
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

fn bad(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}
