//! A small client of the admin address: one request, one bounded answer.
//!
//! It asks in HTTP/1.0, so that the answer ends where the connection does and needs no chunks.

use crate::admin_file::AdminFile;
use anyhow::{Context, anyhow, bail};
use clap::Args;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::{
    fmt,
    io::{self, Read, Write},
    net::{TcpStream, ToSocketAddrs},
    path::PathBuf,
    time::Duration,
};

/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest wait for the next piece of an answer.
pub(super) const READ_TIMEOUT: Duration = Duration::from_secs(10);
/// Largest answer that is read; a website configuration has 1 MiB at most before it is written anew.
const MAX_ANSWER_BYTES: u64 = 8 << 20;
/// Most bytes of an error's text that are shown.
const MAX_SHOWN_BYTES: usize = 2000;
/// What a path segment or a value of a query may hold unencoded: the unreserved characters of RFC 3986.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Which store is meant.
#[derive(Debug, Args)]
pub(super) struct RunningStore {
    /// Data folder of the running store, which holds the address and the token of its administration.
    #[arg(long, env = "COHO_DATA_DIR", value_name = "DIR", default_value = "./coho-data")]
    data_dir: PathBuf,
}

impl RunningStore {
    pub(super) fn client(&self) -> anyhow::Result<AdminClient> {
        let AdminFile { address, token } = AdminFile::read(&self.data_dir)?;
        let host = address.strip_prefix("http://").unwrap_or(&address).trim_end_matches('/').to_owned();
        Ok(AdminClient { host, token, read_timeout: READ_TIMEOUT })
    }
}

/// Where to ask, and with which token.
pub(super) struct AdminClient {
    host: String,
    token: String,
    read_timeout: Duration,
}

/// An answer of any status.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

impl AdminClient {
    /// Waits this long for each piece of an answer.
    pub(super) fn with_read_timeout(mut self, read_timeout: Duration) -> Self {
        self.read_timeout = read_timeout;
        self
    }

    pub(super) fn get(&self, path: &str) -> anyhow::Result<Answer> {
        self.ask("GET", path, None)
    }

    pub(super) fn put(&self, path: &str, content_type: &str, body: &[u8]) -> anyhow::Result<Answer> {
        self.ask("PUT", path, Some((content_type, body)))
    }

    pub(super) fn delete(&self, path: &str) -> anyhow::Result<Answer> {
        self.ask("DELETE", path, None)
    }

    fn ask(&self, method: &str, path: &str, body: Option<(&str, &[u8])>) -> anyhow::Result<Answer> {
        let Self { host, token, read_timeout } = self;
        let mut stream = connect(host).with_context(|| format!("no store answers at {host}; is it running?"))?;
        stream.set_read_timeout(Some(*read_timeout))?;
        stream.set_write_timeout(Some(*read_timeout))?;
        let mut request = format!(
            "{method} {path} HTTP/1.0\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n"
        );
        let (content_type, body) = body.unwrap_or_default();
        if !content_type.is_empty() {
            request += &format!("Content-Type: {content_type}\r\nContent-Length: {}\r\n", body.len());
        }
        request += "\r\n";
        // A store that refuses early may close before it has read everything; its answer counts then.
        let sent = stream.write_all(request.as_bytes()).and_then(|()| stream.write_all(body));
        let mut answer = Vec::new();
        let read = stream.take(MAX_ANSWER_BYTES + 1).read_to_end(&mut answer);
        if answer.is_empty() {
            sent.context("the store did not take the request")?;
        }
        match read {
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                bail!("the store did not answer within {} s", read_timeout.as_secs())
            }
            Err(error) if answer.is_empty() => Err(error).context("the store did not answer"),
            // An answer that was cut off is found out by its length.
            _ => Answer::parse(&answer),
        }
    }
}

fn connect(host: &str) -> io::Result<TcpStream> {
    let mut last = io::Error::new(io::ErrorKind::NotFound, "the address has no host");
    for address in host.to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, CONNECT_TIMEOUT) {
            Ok(stream) => return Ok(stream),
            Err(error) => last = error,
        }
    }
    Err(last)
}

impl Answer {
    fn parse(bytes: &[u8]) -> anyhow::Result<Self> {
        if bytes.len() as u64 > MAX_ANSWER_BYTES {
            bail!("the answer is larger than {} MiB", MAX_ANSWER_BYTES >> 20);
        }
        let no_http = || anyhow!("the answer is no HTTP; is another program at this address?");
        let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").ok_or_else(no_http)?;
        let head = std::str::from_utf8(&bytes[..end]).map_err(|_| no_http())?;
        let body = &bytes[end + 4..];
        let mut lines = head.lines();
        let status_line = lines.next().filter(|line| line.starts_with("HTTP/")).ok_or_else(no_http)?;
        let status = status_line.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or_else(no_http)?;
        let length = lines
            .filter_map(|line| line.split_once(':'))
            .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
            .and_then(|(_, value)| value.trim().parse::<usize>().ok());
        match length {
            Some(length) if body.len() < length => bail!("the answer was cut off"),
            _ => Ok(Self { status, body: body.to_vec() }),
        }
    }

    /// The body, if the request succeeded.
    pub(super) fn success(self) -> anyhow::Result<Vec<u8>> {
        if (200..300).contains(&self.status) { Ok(self.body) } else { Err(self.refusal()) }
    }

    /// The body as text, for people.
    pub(super) fn text(&self) -> String {
        let mut text = String::from_utf8_lossy(&self.body).trim().to_owned();
        text.truncate(text.floor_char_boundary(MAX_SHOWN_BYTES));
        text
    }

    fn refusal(&self) -> anyhow::Error {
        let (status, text) = (self.status, self.text());
        match (status, text.is_empty()) {
            (401 | 403, _) => anyhow!(
                "the store refused the token (status {status}); was it started anew, or is this another store's data folder?"
            ),
            (_, true) => anyhow!("the store answered with status {status}"),
            (_, false) => anyhow!("the store refused (status {status}): {text}"),
        }
    }
}

/// Text as one segment of a path or one value of a query.
pub(super) fn encoded(text: &str) -> impl fmt::Display + '_ {
    utf8_percent_encode(text, UNRESERVED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_whole_or_not_at_all() {
        let check = |bytes: &str, expected: Result<(u16, &str), &str>| match (Answer::parse(bytes.as_bytes()), expected)
        {
            (Ok(answer), Ok((status, body))) => {
                assert_eq!((answer.status, answer.body.as_slice()), (status, body.as_bytes()), "{bytes}");
            }
            (Err(error), Err(text)) => assert!(error.to_string().contains(text), "{bytes}: {error}"),
            (answer, _) => panic!("{bytes}: {answer:?}"),
        };
        check("HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nhi", Ok((200, "hi")));
        check("HTTP/1.0 204 No Content\r\n\r\n", Ok((204, "")));
        check("HTTP/1.0 400 Bad Request\r\n\r\nno\r\n\r\nway", Ok((400, "no\r\n\r\nway")));
        check("HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nhi", Err("cut off"));
        check("SSH-2.0-x\r\n\r\n", Err("no HTTP"));
        check("HTTP/1.0 abc\r\n\r\n", Err("no HTTP"));
        check("", Err("no HTTP"));
    }

    #[test]
    fn a_refusal_shows_the_stores_own_words() {
        let refusal = |status, body: &str| Answer { status, body: body.into() }.success().unwrap_err().to_string();
        assert_eq!(refusal(400, "MirrorURL is Invalid\n"), "the store refused (status 400): MirrorURL is Invalid");
        assert_eq!(refusal(500, ""), "the store answered with status 500");
        assert!(refusal(401, "").contains("token"));
        assert_eq!(encoded("a b/c?d&é").to_string(), "a%20b%2Fc%3Fd%26%C3%A9");
    }
}
