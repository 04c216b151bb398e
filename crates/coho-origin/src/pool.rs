//! Requests to origins over pooled connections.

use crate::{
    connect::{Admission, ConnectError, Connector},
    connection::{NoBody, PooledConnection},
    idle_pool::{IdlePool, PoolKey},
    lookup::Lookups,
    origin_headers::set_host,
    pooled_body::PooledBody,
};
use http::{Request, Response, Uri};
use hyper::body::Incoming;
use hyper_rustls::HttpsConnector;
use std::{error::Error, sync::Arc, time::Duration};
use tokio::time::timeout;
use tower_service::Service;

/// The connections that one admission policy admits.
#[derive(Debug)]
pub(crate) struct ConnectionPool {
    admission: Admission,
    tls: Arc<rustls::ClientConfig>,
    lookups: Lookups,
    idle: Arc<IdlePool>,
}

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    /// No connection could be made.
    #[error("connecting failed")]
    Connect(#[source] Box<dyn Error + Send + Sync>),
    /// No answer in time.
    #[error("the answer took too long")]
    AnswerTimeout,
    /// The connection broke, or the answer is not HTTP.
    #[error(transparent)]
    Http(#[from] hyper::Error),
}

impl ConnectionPool {
    pub(crate) fn new(admission: Admission, tls: Arc<rustls::ClientConfig>, lookups: Lookups) -> Self {
        Self { admission, tls, lookups, idle: Arc::default() }
    }

    /// Sends a request and waits for the head of its answer; both timeouts apply to each connection. An idle connection that
    /// fails may have been dead before, so the request is then repeated on a new one, whose outcome is final.
    pub(crate) async fn send(
        &self,
        request: impl Fn() -> Request<NoBody>,
        connect_timeout: Duration,
        first_byte_timeout: Duration,
    ) -> Result<Response<PooledBody>, SendError> {
        let mut prepared = request();
        let uri = prepared.uri().clone();
        let (Some(scheme), Some(authority)) = (uri.scheme().cloned(), uri.authority().cloned()) else {
            return Err(SendError::Connect("a URL of an origin needs a host".into()));
        };
        let origin = (scheme, authority);
        if let Some(mut connection) = self.idle.take(&origin) {
            in_origin_form(&mut prepared);
            match timeout(first_byte_timeout, connection.send(prepared)).await {
                Ok(Ok(answer)) => return Ok(self.with_connection(answer, connection, origin)),
                Ok(Err(_)) => {}
                Err(_) => return Err(SendError::AnswerTimeout),
            }
            prepared = request();
        }
        in_origin_form(&mut prepared);
        let connecting = timeout(connect_timeout, self.connect(uri.clone(), connect_timeout));
        let late = |_| SendError::Connect(ConnectError::late(&self.lookups, &uri).into());
        let mut connection = connecting.await.map_err(late)??;
        let answer =
            timeout(first_byte_timeout, connection.send(prepared)).await.map_err(|_| SendError::AnswerTimeout)??;
        Ok(self.with_connection(answer, connection, origin))
    }

    fn with_connection(
        &self,
        answer: Response<Incoming>,
        connection: PooledConnection,
        origin: PoolKey,
    ) -> Response<PooledBody> {
        answer.map(|body| PooledBody::new(body, connection, origin, self.idle.clone()))
    }

    async fn connect(&self, uri: Uri, timeout: Duration) -> Result<PooledConnection, SendError> {
        let connector = Connector::new(self.admission.clone(), self.lookups.clone(), timeout);
        let mut connector = HttpsConnector::from((connector, self.tls.clone()));
        let stream = connector.call(uri).await.map_err(SendError::Connect)?;
        Ok(PooledConnection::handshake(stream).await?)
    }
}

/// Moves the host from the URL to its header: only a proxy gets the absolute form.
fn in_origin_form(request: &mut Request<NoBody>) {
    let uri = std::mem::take(request.uri_mut());
    set_host(request.headers_mut(), &uri);
    *request.uri_mut() = uri.path_and_query().cloned().map(Uri::from).unwrap_or_default();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{head_scan::HeadFaults, idle_pool::MAX_IDLE_PER_ORIGIN};
    use http_body_util::{BodyExt, Empty};
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
        runtime,
    };

    /// An origin with the same answer to every request, after which it `closes` the connection or not. Returns its URL and
    /// the number of its connections.
    async fn origin(answer: &'static str, closes: bool) -> (String, Arc<AtomicUsize>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/a?b", listener.local_addr().unwrap());
        let connections = Arc::<AtomicUsize>::default();
        let counted = connections.clone();
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(async move {
                    let mut request = Vec::new();
                    while client.read_buf(&mut request).await.is_ok_and(|count| count > 0) {
                        if !request.ends_with(b"\r\n\r\n") {
                            continue;
                        }
                        assert!(request.starts_with(b"GET /a?b HTTP/1.1\r\n"), "{}", request.escape_ascii());
                        request.clear();
                        if client.write_all(answer.as_bytes()).await.is_err() || closes {
                            return;
                        }
                    }
                });
            }
        });
        (url, connections)
    }

    fn pool() -> ConnectionPool {
        let tls = rustls::ClientConfig::builder().with_root_certificates(rustls::RootCertStore::empty());
        ConnectionPool::new(
            Admission::Exact,
            Arc::new(tls.with_no_client_auth()),
            Lookups::of_system(runtime::Handle::current()),
        )
    }

    async fn get(pool: &ConnectionPool, url: &str) -> Result<Response<PooledBody>, SendError> {
        let request = || Request::get(url).body(Empty::new()).unwrap();
        pool.send(request, Duration::from_secs(5), Duration::from_secs(5)).await
    }

    #[tokio::test]
    #[expect(clippy::disallowed_methods, reason = "the bodies are a few bytes of our own")]
    async fn a_connection_is_kept_if_the_next_request_can_rely_on_it() {
        const WHOLE: &str = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nbody";
        for (name, answer, closes, reads, expected) in [
            ("read whole", WHOLE, false, true, 1),
            ("not read, but arrived", WHOLE, false, false, 1),
            ("no body", "HTTP/1.1 204 No Content\r\n\r\n", false, false, 1),
            ("chunks", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n", false, true, 1),
            ("not arrived", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nbody", false, false, 3),
            ("trailing data", "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nbody", false, true, 3),
            (
                "announced to close",
                "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 4\r\n\r\nbody",
                false,
                true,
                3,
            ),
            ("closed", WHOLE, true, true, 3),
        ] {
            let (url, connections) = origin(answer, closes).await;
            let pool = pool();
            for _ in 0..3 {
                let answer = get(&pool, &url).await.unwrap_or_else(|error| panic!("{name}: {error}"));
                assert!(answer.body().peer().is_some(), "{name}");
                if reads {
                    let body = answer.into_body().collect().await.unwrap_or_else(|error| panic!("{name}: {error}"));
                    assert!(b"body".starts_with(&body.to_bytes()), "{name}");
                }
            }
            assert_eq!(connections.load(Ordering::Relaxed), expected, "{name}");
        }
    }

    #[tokio::test]
    async fn trailing_data_is_detected_at_the_end_of_the_body() {
        for (answer, length, expected) in [
            ("HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nbody", 3, true),
            ("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 3\r\n\r\nbody", 3, true),
            ("HTTP/1.0 200 OK\r\ncontent-length: 3\r\n\r\nbody", 3, true),
            ("HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ncontent-length: 3\r\n\r\nbody", 3, true),
            (
                "HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\nx",
                4,
                true,
            ),
            ("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nbody", 4, false),
            ("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 4\r\n\r\nbody", 4, false),
            (
                "HTTP/1.1 200 OK\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
                4,
                false,
            ),
        ] {
            let (url, _) = origin(answer, false).await;
            let mut body = get(&pool(), &url).await.unwrap().into_body();
            let mut received = 0;
            while let Some(frame) = body.frame().await {
                received += frame.unwrap().into_data().unwrap().len();
            }
            assert_eq!((received, body.has_trailing_data()), (length, expected));
        }
    }

    /// Whether a head with these lines is read, and then the values of two headers and what was wrong.
    async fn read_head(lines: &str) -> Option<(String, String, HeadFaults)> {
        let answer = format!("HTTP/1.1 200 OK\r\n{lines}\r\nbody").leak();
        let (url, _) = origin(answer, false).await;
        let answer = get(&pool(), &url).await.ok()?;
        let text = |name| answer.headers().get(name).map_or("-", |value| value.to_str().unwrap()).to_owned();
        Some((text("x-a"), text("x-b"), answer.extensions().get().copied().unwrap_or_default()))
    }

    #[tokio::test]
    async fn malformed_lines_are_repaired_or_dropped_and_noted() {
        let none = HeadFaults::default();
        let dropped = HeadFaults { dropped: true, ..none };
        for (line, a, b, faults) in [
            ("", "-", "b", none),
            ("X-A: a\r\n", "a", "b", none),
            ("X-A: a\u{1}\r\n", "-", "b", dropped),
            ("X-A: a\u{7f}a\r\n", "-", "b", dropped),
            ("PHP Warning:  Unable to load\r\n", "-", "b", dropped),
            ("Warning without a colon\r\n", "-", "b", dropped),
            ("HTTP/1.1 200 OK\r\n", "-", "b", dropped),
            ("X A: a\r\nX-A: b\r\n", "b", "b", dropped),
            ("X-A : a\r\n", "a", "b", HeadFaults { blank: true, ..none }),
            ("X-A: a\r\n b\r\n", "a b", "b", HeadFaults { folded: true, ..none }),
            ("X-A:\r\n\ta\r\n", "a", "b", HeadFaults { folded: true, ..none }),
            (" X-A: a\r\n", "-", "b", HeadFaults { folded: true, ..none }),
            ("X-A: a\r\n \u{1}\r\n", "-", "b", HeadFaults { folded: true, dropped: true, ..none }),
        ] {
            let read = read_head(&format!("{line}X-B: b\r\nContent-Length: 4\r\n")).await;
            assert_eq!(read, Some((a.into(), b.into(), faults)), "{line:?}");
        }
        for line in [
            "Content-Length : 4\r\n",
            "Content-Length: 4\r\nTransfer-Encoding : chunked\r\n",
            "Content-Length: 4\r\n 0\r\n",
            "Content-Length: 4\u{1}\r\n",
            "Content-Length: 4\r\nContent-Length: 5\r\n",
            "Content-Length: 4\r\nX-A: a\u{0}\r\n",
            "Content-Length: 4\r\nX-A: a\rb\r\n",
        ] {
            assert_eq!(read_head(line).await, None, "{line:?}");
        }
    }

    #[tokio::test]
    async fn the_outcome_on_a_new_connection_is_final() {
        let (url, connections) = origin("nonsense\r\n\r\n", false).await;
        let error = get(&pool(), &url).await.unwrap_err();
        assert!(matches!(error, SendError::Http(_)), "{error:?}");
        assert_eq!(connections.load(Ordering::Relaxed), 1);
        let closed = "http://127.0.0.1:1/";
        assert!(matches!(get(&pool(), closed).await, Err(SendError::Connect(_))));
    }

    #[tokio::test]
    async fn the_number_of_idle_connections_is_limited() {
        let (url, connections) = origin("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nbody", false).await;
        let pool = pool();
        let mut answers = Vec::new();
        for _ in 0..=MAX_IDLE_PER_ORIGIN {
            answers.push(get(&pool, &url).await.unwrap());
        }
        drop(answers);
        assert_eq!(connections.load(Ordering::Relaxed), MAX_IDLE_PER_ORIGIN + 1);
        assert_eq!(pool.idle.count(), MAX_IDLE_PER_ORIGIN);
        assert!(pool.idle.close_old());
        assert_eq!(pool.idle.count(), MAX_IDLE_PER_ORIGIN, "they are young and usable");
    }
}
