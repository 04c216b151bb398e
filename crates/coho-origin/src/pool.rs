//! Connections to origins, and those that are kept for the next request.
//!
//! A connection has no task of its own: who waits for an answer, or for its body, drives it. So what an origin sends wakes
//! only who wants it.

use crate::{
    connect::{Admission, Connector},
    lookup::Lookups,
};
use bytes::Bytes;
use http::{
    HeaderValue, Request, Response, Uri, header,
    uri::{Authority, Scheme},
};
use http_body_util::Empty;
use hyper::{
    body::{Body, Frame, Incoming, SizeHint},
    client::conn::http1,
};
use hyper_rustls::{HttpsConnector, MaybeHttpsStream};
use hyper_util::rt::TokioIo;
use std::{
    collections::HashMap,
    error::Error,
    fmt,
    future::Future,
    net::SocketAddr,
    pin::{Pin, pin},
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};
use tokio::{net::TcpStream, runtime, time::timeout};
use tower_service::Service;

/// Idle connections that are kept for each origin.
const MAX_IDLE_PER_ORIGIN: usize = 64;
/// The same for all origins of one pool.
const MAX_IDLE: usize = 256;
/// How long an idle connection is kept: shorter than what common servers do, so that they rarely close first.
const IDLE_TIME: Duration = Duration::from_secs(20);
/// Largest buffer of a connection: the largest head of an answer, and the largest piece of a body. It begins small, and
/// grows with pieces that fill it.
const BUFFER_BYTES: usize = 256 * 1024;

type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;
type NoBody = Empty<Bytes>;
type Driver = http1::Connection<Stream, NoBody>;
type Place = (Scheme, Authority);

/// The connections to those whom one admission admits.
#[derive(Debug)]
pub(crate) struct Pool {
    admission: Admission,
    tls: Arc<rustls::ClientConfig>,
    lookups: Lookups,
    idle: Arc<Idle>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    /// No connection could be made.
    #[error("connecting failed")]
    Connect(#[source] Box<dyn Error + Send + Sync>),
    /// Nobody answered in time.
    #[error("it took too long")]
    Timeout,
    /// What was said on it, or that it broke.
    #[error(transparent)]
    Http(#[from] hyper::Error),
}

/// A connection, at rest or with one request on its way.
struct Link {
    requests: http1::SendRequest<NoBody>,
    /// What reads and writes; none if the connection has ended. In a box, since it moves with every request and answer.
    driver: Option<Box<Driver>>,
    peer: Option<SocketAddr>,
    /// It has ended because something came that nobody had asked for.
    has_surplus: bool,
}

/// The body of an answer, and the connection that brings it. When both are done with it, the connection is kept.
pub(crate) struct Exchange {
    link: Option<Link>,
    body: Option<Incoming>,
    place: Place,
    home: Arc<Idle>,
}

/// Connections at rest.
#[derive(Default)]
struct Idle(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    by_origin: HashMap<Place, Vec<(Instant, Link)>>,
    count: usize,
    is_swept: bool,
}

impl Pool {
    pub(crate) fn new(admission: Admission, tls: Arc<rustls::ClientConfig>, lookups: Lookups) -> Self {
        Self { admission, tls, lookups, idle: Arc::default() }
    }

    /// Sends a request and waits for the head of the answer, so long for a connection and so long, on each, for the answer. If
    /// a kept connection fails, it was dead before, perhaps with bytes that belonged to nobody: then a new one is asked,
    /// whose word is the origin's.
    pub(crate) async fn send(
        &self,
        request: impl Fn() -> Request<NoBody>,
        connect_timeout: Duration,
        first_byte_timeout: Duration,
    ) -> Result<Response<Exchange>, SendError> {
        let mut prepared = request();
        let uri = prepared.uri().clone();
        let place = (uri.scheme().cloned(), uri.authority().cloned());
        let (Some(scheme), Some(authority)) = place else {
            return Err(SendError::Connect("a URL of an origin needs a host".into()));
        };
        let place = (scheme, authority);
        if let Some(mut link) = self.idle.take(&place) {
            in_origin_form(&mut prepared);
            match timeout(first_byte_timeout, link.send(prepared)).await {
                Ok(Ok(answer)) => return Ok(self.exchange(answer, link, place)),
                Ok(Err(_)) => {}
                Err(_) => return Err(SendError::Timeout),
            }
            prepared = request();
        }
        in_origin_form(&mut prepared);
        let connecting = timeout(connect_timeout, self.connect(uri, connect_timeout));
        let mut link = connecting.await.map_err(|_| SendError::Timeout)??;
        let answer = timeout(first_byte_timeout, link.send(prepared)).await.map_err(|_| SendError::Timeout)??;
        Ok(self.exchange(answer, link, place))
    }

    fn exchange(&self, answer: Response<Incoming>, link: Link, place: Place) -> Response<Exchange> {
        answer.map(|body| Exchange { link: Some(link), body: Some(body), place, home: self.idle.clone() })
    }

    async fn connect(&self, uri: Uri, timeout: Duration) -> Result<Link, SendError> {
        let connector = Connector::new(self.admission.clone(), self.lookups.clone(), timeout);
        let mut connector = HttpsConnector::from((connector, self.tls.clone()));
        let stream = connector.call(uri).await.map_err(SendError::Connect)?;
        let peer = match &stream {
            MaybeHttpsStream::Http(tcp) => tcp.inner().peer_addr(),
            MaybeHttpsStream::Https(tls) => tls.inner().get_ref().0.inner().inner().peer_addr(),
        };
        let (requests, driver) = http1::Builder::new().max_buf_size(BUFFER_BYTES).handshake(stream).await?;
        Ok(Link { requests, driver: Some(Box::new(driver)), peer: peer.ok(), has_surplus: false })
    }
}

/// A server, other than a proxy, is told the path, and the host in a header.
fn in_origin_form(request: &mut Request<NoBody>) {
    let uri = request.uri();
    if !request.headers().contains_key(header::HOST)
        && let Some(host) = uri.host()
    {
        let default_port = if uri.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 };
        let host = match uri.port_u16().filter(|port| *port != default_port) {
            Some(port) => HeaderValue::try_from(format!("{host}:{port}")),
            None => HeaderValue::try_from(host),
        };
        if let Ok(host) = host {
            request.headers_mut().insert(header::HOST, host);
        }
    }
    *request.uri_mut() = request.uri().path_and_query().cloned().map(Uri::from).unwrap_or_default();
}

/// Lets a connection go on; what it brings is found at the answer, or its body.
fn drive(driver: &mut Option<Box<Driver>>, has_surplus: &mut bool, cx: &mut Context<'_>) {
    if let Some(running) = driver
        && let Poll::Ready(ended) = Pin::new(running).poll(cx)
    {
        // Of all that can go wrong behind an answer, only this has no cause of its own. Of a connection that is not kept, what
        // is behind it was read and never looked at.
        let unread = driver.take().is_some_and(|ended| !ended.into_parts().read_buf.is_empty());
        *has_surplus = unread || ended.is_err_and(|error| error.source().is_none());
    }
}

impl Link {
    async fn send(&mut self, request: Request<NoBody>) -> Result<Response<Incoming>, hyper::Error> {
        // Its turns must not be counted: out of them, it would have its waker called, which is nobody's.
        let Self { requests, driver, has_surplus, .. } = self;
        let mut answer = pin!(tokio::task::unconstrained(requests.send_request(request)));
        std::future::poll_fn(|cx| {
            drive(driver, has_surplus, cx);
            answer.as_mut().poll(&mut unwoken())
        })
        .await
    }

    /// Whether it can take another request, as far as is known without looking at it.
    fn is_ready(&self) -> bool {
        self.driver.is_some() && self.requests.is_ready()
    }

    /// The same, after a look.
    fn is_usable(&mut self) -> bool {
        drive(&mut self.driver, &mut self.has_surplus, &mut unwoken());
        self.is_ready()
    }
}

/// For what only the driver moves: whoever is woken for the driver looks at it again.
fn unwoken() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

impl Exchange {
    /// The address that was connected to.
    pub(crate) fn peer(&self) -> Option<SocketAddr> {
        self.link.as_ref().and_then(|link| link.peer)
    }

    /// Whether bytes have come behind the body, as far as it is known at its end. They belong to nobody.
    pub(crate) fn has_surplus(&mut self) -> bool {
        self.link.as_mut().is_some_and(|link| {
            drive(&mut link.driver, &mut link.has_surplus, &mut unwoken());
            link.has_surplus
        })
    }

    fn poll_body(&mut self) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.body.as_mut().map_or(Poll::Ready(None), |body| Pin::new(body).poll_frame(&mut unwoken()))
    }
}

impl Body for Exchange {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        if let Poll::Ready(frame) = self.poll_body() {
            return Poll::Ready(frame);
        }
        if let Some(link) = &mut self.link {
            drive(&mut link.driver, &mut link.has_surplus, cx);
        }
        self.poll_body()
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(SizeHint::default, Body::size_hint)
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        // The connection is told first that nobody wants the rest.
        self.body = None;
        if let Some(mut link) = self.link.take()
            && (link.is_ready() || link.is_usable())
        {
            self.home.keep(self.place.clone(), link);
        }
    }
}

impl Idle {
    /// The connection that was used last. If it is dead, that shows when it is used.
    fn take(&self, place: &Place) -> Option<Link> {
        let mut kept = self.lock();
        let (since, link) = kept.by_origin.get_mut(place)?.pop()?;
        kept.count -= 1;
        // The others are older.
        (since.elapsed() < IDLE_TIME).then_some(link)
    }

    fn keep(self: &Arc<Self>, place: Place, link: Link) {
        // Without one the process is about to end.
        let Ok(runtime) = runtime::Handle::try_current() else { return };
        let mut kept = self.lock();
        let is_full = kept.count >= MAX_IDLE;
        let links = kept.by_origin.entry(place).or_default();
        if is_full || links.len() >= MAX_IDLE_PER_ORIGIN {
            return;
        }
        links.push((Instant::now(), link));
        kept.count += 1;
        if !std::mem::replace(&mut kept.is_swept, true) {
            runtime.spawn(sweep(Arc::downgrade(self)));
        }
    }

    /// Closes what is old or was closed by the origin; false if nothing is left.
    fn close_old(&self) -> bool {
        let mut kept = self.lock();
        for links in kept.by_origin.values_mut() {
            links.retain_mut(|(since, link)| since.elapsed() < IDLE_TIME && link.is_usable());
        }
        kept.by_origin.retain(|_, links| !links.is_empty());
        kept.count = kept.by_origin.values().map(Vec::len).sum();
        kept.is_swept = kept.count > 0;
        kept.is_swept
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs as long as there is something to close later.
async fn sweep(idle: Weak<Idle>) {
    loop {
        tokio::time::sleep(IDLE_TIME / 4).await;
        if !idle.upgrade().is_some_and(|idle| idle.close_old()) {
            return;
        }
    }
}

impl fmt::Debug for Idle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Idle").field("count", &self.lock().count).finish()
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("body", &self.body).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    /// An origin that says the same to every request, and closes behind it if it is told so. Gives its URL and how many
    /// connections it has had.
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

    fn pool() -> Pool {
        let tls = rustls::ClientConfig::builder().with_root_certificates(rustls::RootCertStore::empty());
        Pool::new(Admission::Exact, Arc::new(tls.with_no_client_auth()), Lookups::of_system(runtime::Handle::current()))
    }

    async fn get(pool: &Pool, url: &str) -> Result<Response<Exchange>, SendError> {
        let request = || Request::get(url).body(Empty::new()).unwrap();
        pool.send(request, Duration::from_secs(5), Duration::from_secs(5)).await
    }

    #[tokio::test]
    #[expect(clippy::disallowed_methods, reason = "the bodies are a few bytes of our own")]
    async fn a_connection_is_kept_if_the_next_request_can_trust_it() {
        const WHOLE: &str = "HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nbody";
        for (name, answer, closes, reads, expected) in [
            ("read whole", WHOLE, false, true, 1),
            ("not read, but here", WHOLE, false, false, 1),
            ("no body", "HTTP/1.1 204 No Content\r\n\r\n", false, false, 1),
            ("chunks", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n", false, true, 1),
            ("not here", "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nbody", false, false, 3),
            ("bytes behind the end", "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nbody", false, true, 3),
            ("said to close", "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 4\r\n\r\nbody", false, true, 3),
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
    async fn bytes_behind_the_end_are_known_with_the_end() {
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
            let mut came = 0;
            while let Some(frame) = body.frame().await {
                came += frame.unwrap().into_data().unwrap().len();
            }
            assert_eq!((came, body.has_surplus()), (length, expected));
        }
    }

    #[tokio::test]
    async fn what_a_new_connection_does_is_the_origins_word() {
        let (url, connections) = origin("nonsense\r\n\r\n", false).await;
        let error = get(&pool(), &url).await.unwrap_err();
        assert!(matches!(error, SendError::Http(_)), "{error:?}");
        assert_eq!(connections.load(Ordering::Relaxed), 1);
        let nobody = "http://127.0.0.1:1/";
        assert!(matches!(get(&pool(), nobody).await, Err(SendError::Connect(_))));
    }

    #[tokio::test]
    async fn no_more_connections_are_kept_than_it_is_said() {
        let (url, connections) = origin("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nbody", false).await;
        let pool = pool();
        let mut answers = Vec::new();
        for _ in 0..=MAX_IDLE_PER_ORIGIN {
            answers.push(get(&pool, &url).await.unwrap());
        }
        drop(answers);
        assert_eq!(connections.load(Ordering::Relaxed), MAX_IDLE_PER_ORIGIN + 1);
        assert_eq!(pool.idle.lock().count, MAX_IDLE_PER_ORIGIN);
        assert!(pool.idle.close_old());
        assert_eq!(pool.idle.lock().count, MAX_IDLE_PER_ORIGIN, "they are young and well");
    }
}
