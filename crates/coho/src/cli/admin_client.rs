//! A client of the admin address: one request, one bounded answer.

use crate::{admin_file::AdminFile, cli::settings::admin_data_dir, website_text::WebsiteDraft};
use anyhow::{Context, anyhow};
use clap::Args;
use coho_admin_api::{AdminOperation, PROBLEM_MEDIA_TYPE, ProblemDetails, RouteMethod};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::{Serialize, de::DeserializeOwned};
use std::{
    fmt,
    io::{self, BufRead, BufReader},
    path::PathBuf,
    time::Duration,
};
use ureq::{
    Agent, Body,
    config::ConfigBuilder,
    http::{Request, Response, header},
    typestate::AgentScope,
};

/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest wait for the head of an answer, and again for its body.
pub(super) const READ_TIMEOUT: Duration = Duration::from_secs(10);
/// Largest answer that is read, in bytes; a website configuration has 1 MiB at most before it is written anew.
const MAX_ANSWER_BYTES: u64 = 8 << 20;
/// Longest text of an error that is shown, in bytes.
const MAX_SHOWN_BYTES: usize = 2000;
/// Bytes that a path segment or a query value may hold unencoded: the unreserved characters of RFC 3986.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// Selects the running store.
#[derive(Debug, Args)]
pub(super) struct RunningStore {
    /// Data folder of the running store, which holds the address and the token of its administration.
    /// [also COHO_DATA_DIR, default: ./coho-data]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Profile that names the data folder.  [also COHO_PROFILE]
    #[arg(long, value_name = "NAME", conflicts_with = "data_dir")]
    profile: Option<String>,
}

impl RunningStore {
    pub(super) fn client(&self) -> anyhow::Result<AdminClient> {
        let AdminFile { address, token, .. } = AdminFile::read(&self.data_dir()?)?;
        Ok(AdminClient::new(&address, &token))
    }

    fn data_dir(&self) -> anyhow::Result<PathBuf> {
        admin_data_dir(self.data_dir.clone(), self.profile.as_deref())
    }

    /// The address of the console, if the store has one.
    pub(super) fn console(&self) -> anyhow::Result<Option<String>> {
        Ok(AdminFile::read(&self.data_dir()?)?.console)
    }
}

/// The admin address of a running store, with its token.
pub(super) struct AdminClient {
    address: String,
    token: String,
    read_timeout: Duration,
}

/// An answer of any status.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Whether the body is a problem.
    is_problem: bool,
    /// The entity tag of what it shows.
    pub(super) etag: Option<String>,
    pub(super) body: Vec<u8>,
}

/// The state in which a change is to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    /// That of this entity tag.
    Tag(String),
    /// Nothing was there.
    Nothing,
}

/// What a request carries beside its path.
#[derive(Default)]
struct Sent<'a> {
    query: &'a str,
    body: Option<(&'a str, &'a [u8])>,
    seen: Option<&'a Seen>,
}

impl AdminClient {
    fn new(address: &str, token: &str) -> Self {
        let address = address.trim_end_matches('/').to_owned();
        Self { address, token: token.to_owned(), read_timeout: READ_TIMEOUT }
    }

    /// Waits this long for the head of an answer, and again for its body.
    pub(super) fn with_read_timeout(mut self, read_timeout: Duration) -> Self {
        self.read_timeout = read_timeout;
        self
    }

    /// Calls an operation without a body.
    pub(super) fn call(&self, operation: AdminOperation, names: &[&str], query: &str) -> anyhow::Result<Answer> {
        self.send(operation, names, Sent { query, ..Sent::default() })
    }

    /// Calls an operation that changes something, if it is still in the state that was seen.
    pub(super) fn change(&self, operation: AdminOperation, names: &[&str], seen: &Seen) -> anyhow::Result<Answer> {
        self.send(operation, names, Sent { seen: Some(seen), ..Sent::default() })
    }

    /// The same, with a document of XML.
    pub(super) fn change_xml(
        &self,
        operation: AdminOperation,
        bucket: &str,
        xml: &[u8],
        seen: &Seen,
    ) -> anyhow::Result<Answer> {
        let body = Some(("application/xml", xml));
        self.send(operation, &[bucket], Sent { body, seen: Some(seen), ..Sent::default() })
    }

    /// Calls an operation with a document of JSON.
    pub(super) fn send_json(
        &self,
        operation: AdminOperation,
        bucket: &str,
        document: &impl Serialize,
    ) -> anyhow::Result<Answer> {
        let body = Some(("application/json", &*serde_json::to_vec(document)?));
        self.send(operation, &[bucket], Sent { body, ..Sent::default() })
    }

    /// Calls an operation with a draft of a website configuration, which the store reads and judges.
    pub(super) fn send_draft(
        &self,
        operation: AdminOperation,
        bucket: &str,
        query: &str,
        draft: &WebsiteDraft,
    ) -> anyhow::Result<Answer> {
        let body = Some((draft.format.media_type(), draft.text.as_bytes()));
        self.send(operation, &[bucket], Sent { query, body, seen: None })
    }

    /// Follows a stream without an end. Its head comes within the time of an answer; then it is silent for as long as nothing happens.
    pub(super) fn follow(&self, operation: AdminOperation) -> anyhow::Result<impl BufRead + use<>> {
        let request = Request::builder()
            .uri(format!("{}{}", self.address, operation.path(&[])))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        let agent: Agent = self.agent_config().timeout_recv_body(None).build().into();
        let response = agent.run(request.body(())?).map_err(|error| self.explained(error))?;
        if response.status() != 200 {
            return Err(self.read(response)?.refusal());
        }
        Ok(BufReader::new(response.into_body().into_reader()))
    }

    fn send(&self, operation: AdminOperation, names: &[&str], sent: Sent<'_>) -> anyhow::Result<Answer> {
        let Sent { query, body, seen } = sent;
        let empty = (operation.route().method == RouteMethod::Post).then_some(("application/octet-stream", &b""[..]));
        let separator = if query.is_empty() { "" } else { "?" };
        let request = Request::builder()
            .method(operation.route().method.as_str())
            .uri(format!("{}{}{separator}{query}", self.address, operation.path(names)))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.token));
        let request = match seen {
            Some(Seen::Tag(tag)) => request.header(header::IF_MATCH, tag),
            Some(Seen::Nothing) => request.header(header::IF_NONE_MATCH, "*"),
            None => request,
        };
        let agent = self.agent();
        let response = match body.or(empty) {
            Some((content_type, body)) => agent.run(request.header(header::CONTENT_TYPE, content_type).body(body)?),
            None => agent.run(request.body(())?),
        };
        let response = response.map_err(|error| self.explained(error))?;
        self.read(response)
    }

    /// No proxy of the environment and no redirect: the token goes to the store alone.
    fn agent(&self) -> Agent {
        self.agent_config().build().into()
    }

    fn agent_config(&self) -> ConfigBuilder<AgentScope> {
        Agent::config_builder()
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .timeout_recv_response(Some(self.read_timeout))
            .timeout_recv_body(Some(self.read_timeout))
    }

    fn read(&self, mut response: Response<Body>) -> anyhow::Result<Answer> {
        let status = response.status().as_u16();
        let media_type = response.headers().get(header::CONTENT_TYPE);
        let is_problem = media_type.is_some_and(|value| value.as_bytes().starts_with(PROBLEM_MEDIA_TYPE.as_bytes()));
        let etag = response.headers().get(header::ETAG).and_then(|etag| etag.to_str().ok()).map(str::to_owned);
        let body = response.body_mut().with_config().limit(MAX_ANSWER_BYTES).read_to_vec();
        Ok(Answer { status, is_problem, etag, body: body.map_err(|error| self.explained(error))? })
    }

    fn explained(&self, error: ureq::Error) -> anyhow::Error {
        use ureq::{Error, Timeout};
        let Self { address, read_timeout, .. } = self;
        match error {
            Error::Timeout(Timeout::RecvResponse | Timeout::RecvBody) => {
                anyhow!("the store at {address} did not answer within {} s", read_timeout.as_secs())
            }
            Error::BodyExceedsLimit(_) => anyhow!("the answer is larger than {} MiB", MAX_ANSWER_BYTES >> 20),
            Error::Protocol(_) => anyhow!("the answer is not HTTP; is another program at {address}?"),
            Error::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => anyhow!("the answer was cut off"),
            other => anyhow!(other).context(format!("no store answers at {address}; is it running?")),
        }
    }
}

impl Answer {
    /// The body, if the request succeeded.
    pub(super) fn success(self) -> anyhow::Result<Vec<u8>> {
        if (200..300).contains(&self.status) { Ok(self.body) } else { Err(self.refusal()) }
    }

    /// The document of a request that succeeded.
    pub(super) fn json<T: DeserializeOwned>(self) -> anyhow::Result<T> {
        let body = self.success()?;
        serde_json::from_slice(&body).context("the answer has another form; is the running store of another version?")
    }

    /// The refusal of the store, if it is one.
    pub(super) fn problem(&self) -> Option<ProblemDetails> {
        if self.is_problem { serde_json::from_slice(&self.body).ok() } else { None }
    }

    fn refusal(&self) -> anyhow::Error {
        let status = self.status;
        match (status, self.problem()) {
            (401, _) => anyhow!(
                "the store refused the token (status {status}); was it started anew, or is this another store's data folder?"
            ),
            (412, Some(problem)) => {
                anyhow!("{}\nit has changed since it was read: look at the new state and try again", told(&problem))
            }
            (_, Some(problem)) => anyhow!("{}", told(&problem)),
            (_, None) if self.body.is_empty() => anyhow!("the store answered with status {status}"),
            (_, None) => {
                anyhow!("the store refused (status {status}): {}", shown(String::from_utf8_lossy(&self.body).trim()))
            }
        }
    }
}

/// A refusal for a terminal: first what is wrong, then with what, then how to find it in the log.
fn told(problem: &ProblemDetails) -> String {
    let ProblemDetails { status, code, detail, request_id, elements, .. } = problem;
    let elements: Vec<_> = elements.iter().map(|(name, value)| format!("{name}: {}", shown(value))).collect();
    let with = if elements.is_empty() { String::new() } else { format!(" [{}]", elements.join(", ")) };
    format!("the store refused: {}{with} ({code}, status {status}, request {request_id})", shown(detail))
}

/// Text of another program as one line of a terminal: clients choose the characters of names.
pub(super) fn shown(text: &str) -> String {
    let text = &text[..text.floor_char_boundary(MAX_SHOWN_BYTES)];
    let mut line = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() { line.extend(c.escape_unicode()) } else { line.push(c) }
    }
    line
}

/// Text as one value of a query.
pub(super) fn encoded(text: &str) -> impl fmt::Display + '_ {
    utf8_percent_encode(text, UNRESERVED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{io::Write, net::TcpListener, thread};

    /// Serves one connection: reads the head of a request, then sends these bytes and closes.
    fn answer_once(bytes: &'static str) -> anyhow::Result<Answer> {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = AdminClient::new(&format!("http://{}", listener.local_addr().unwrap()), "secret");
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let head: Vec<_> = lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
            stream.write_all(bytes.as_bytes()).unwrap();
            head
        });
        let answer = client.call(AdminOperation::GetStatus, &[], "");
        let head = server.join().unwrap();
        assert_eq!(head[0], "GET /v1/status HTTP/1.1");
        assert!(head.iter().any(|line| line.eq_ignore_ascii_case("authorization: bearer secret")), "{head:?}");
        answer
    }

    #[test]
    fn answers_are_read_whole_or_not_at_all() {
        let check = |bytes, expected: Result<(u16, &str), &str>| match (answer_once(bytes), expected) {
            (Ok(answer), Ok((status, body))) => {
                assert_eq!((answer.status, answer.body.as_slice()), (status, body.as_bytes()), "{bytes}");
            }
            (Err(error), Err(text)) => assert!(format!("{error:#}").contains(text), "{bytes}: {error:#}"),
            (answer, _) => panic!("{bytes}: {answer:?}"),
        };
        check("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi", Ok((200, "hi")));
        check("HTTP/1.1 204 No Content\r\n\r\n", Ok((204, "")));
        check("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\nno\r\n\r\nway", Ok((400, "no\r\n\r\nway")));
        check("HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\nContent-Length: 0\r\n\r\n", Ok((302, "")));
        check("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhi", Err("cut off"));
        check("SSH-2.0-x\r\n\r\n", Err("not HTTP"));
        check("HTTP/1.1 abc\r\n\r\n", Err("not HTTP"));
    }

    #[test]
    fn a_store_that_does_not_run_is_named_by_its_address() {
        let unused = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let error = AdminClient::new(&format!("http://{unused}"), "secret")
            .call(AdminOperation::GetHealth, &[], "")
            .unwrap_err();
        assert!(error.to_string().contains(&unused.to_string()), "{error}");
    }

    #[test]
    fn a_refusal_shows_the_text_of_the_store() {
        let refusal = |status, is_problem, body: &str| {
            Answer { status, is_problem, etag: None, body: body.into() }.success().unwrap_err().to_string()
        };
        let problem = |elements: &str| {
            format!(
                "{{\"type\":\"about:blank\",\"title\":\"Bad Request\",\"status\":400,\"code\":\"InvalidArgument\",\
                 \"detail\":\"MirrorURL is Invalid\",\"request_id\":\"5F\"{elements}}}"
            )
        };
        let plain = "the store refused: MirrorURL is Invalid (InvalidArgument, status 400, request 5F)";
        assert_eq!(refusal(400, true, &problem("")), plain);
        assert_eq!(
            refusal(400, true, &problem(",\"elements\":{\"ArgumentName\":\"a\\u001b[2J\"}")),
            plain.replace(" (", " [ArgumentName: a\\u{1b}[2J] (")
        );
        assert_eq!(refusal(502, false, "Bad Gateway\n"), "the store refused (status 502): Bad Gateway");
        assert_eq!(refusal(400, true, "{}"), "the store refused (status 400): {}");
        assert_eq!(refusal(500, false, ""), "the store answered with status 500");
        assert!(refusal(401, true, "").contains("token"));
        assert_eq!(encoded("a b/c?d&é").to_string(), "a%20b%2Fc%3Fd%26%C3%A9");
    }
}
