//! One connection to an origin. It has no task of its own: the caller that waits for an answer, or reads its body, polls
//! the connection, so that bytes of an origin wake only the task that reads them.

use crate::checked_stream::{CheckedStream, Heads};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Empty;
use hyper::{body::Incoming, client::conn::http1};
use hyper_rustls::MaybeHttpsStream;
use hyper_util::rt::TokioIo;
use std::{
    error::Error,
    future::Future,
    net::SocketAddr,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};
use tokio::net::TcpStream;

/// Largest buffer of a connection in bytes: the largest head of an answer, and the largest piece of a body. It starts small
/// and grows with pieces that fill it.
const BUFFER_BYTES: usize = 256 * 1024;

pub(crate) type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;
pub(crate) type NoBody = Empty<Bytes>;
type Driver = http1::Connection<CheckedStream<Stream>, NoBody>;

/// A connection, idle or with one request in progress.
pub(crate) struct PooledConnection {
    requests: http1::SendRequest<NoBody>,
    /// Reads and writes; `None` once the connection has ended. Boxed, because it moves with every request and answer.
    driver: Option<Box<Driver>>,
    peer: Option<SocketAddr>,
    heads: Heads,
    ending: Ending,
}

/// How a connection has ended.
#[derive(Debug, Default)]
struct Ending {
    /// Because of bytes after the end of an answer.
    has_trailing_data: bool,
    /// The origin has said over TLS that nothing follows (`close_notify`).
    is_announced: bool,
}

impl PooledConnection {
    pub(crate) async fn handshake(stream: Stream) -> Result<Self, hyper::Error> {
        let peer = match &stream {
            MaybeHttpsStream::Http(tcp) => tcp.inner().peer_addr(),
            MaybeHttpsStream::Https(tls) => tls.inner().get_ref().0.inner().inner().peer_addr(),
        };
        let heads = Heads::default();
        // Old origins send such lines, and other clients read them. What is dropped or repaired in this way is noted, or refused, by the
        // stream before.
        let connecting = http1::Builder::new()
            .max_buf_size(BUFFER_BYTES)
            .ignore_invalid_headers_in_responses(true)
            .allow_spaces_after_header_name_in_responses(true)
            .allow_obsolete_multiline_headers_in_responses(true)
            .handshake(CheckedStream::new(stream, heads.clone()));
        let (requests, driver) = connecting.await?;
        Ok(Self { requests, driver: Some(Box::new(driver)), peer: peer.ok(), heads, ending: Ending::default() })
    }

    /// The address of the other end.
    pub(crate) fn peer(&self) -> Option<SocketAddr> {
        self.peer
    }

    /// Sends a request and waits for the head of its answer, which has its [`HeadFaults`](crate::head_scan::HeadFaults) as an
    /// extension.
    pub(crate) async fn send(&mut self, request: Request<NoBody>) -> Result<Response<Incoming>, hyper::Error> {
        self.heads.begin();
        // Unconstrained: without budget the future would call its waker, which is a no-op here.
        let mut answer = pin!(tokio::task::unconstrained(self.requests.send_request(request)));
        let (driver, ending) = (&mut self.driver, &mut self.ending);
        let mut answer = std::future::poll_fn(|cx| {
            drive(driver, ending, cx);
            answer.as_mut().poll(&mut no_wake())
        })
        .await?;
        let faults = self.heads.faults();
        if faults.is_any() {
            answer.extensions_mut().insert(faults);
        }
        Ok(answer)
    }

    /// Reads and writes what can be, and wakes the caller when there is more.
    pub(crate) fn drive(&mut self, cx: &mut Context<'_>) {
        drive(&mut self.driver, &mut self.ending, cx);
    }

    /// Whether bytes have arrived after the end of the answer.
    pub(crate) fn has_trailing_data(&mut self) -> bool {
        self.drive(&mut no_wake());
        self.ending.has_trailing_data
    }

    /// Whether the origin itself has ended its stream (the `close_notify` of TLS), which an attacker between cannot forge.
    pub(crate) fn has_announced_end(&mut self) -> bool {
        self.drive(&mut no_wake());
        self.ending.is_announced
    }

    /// Whether another request can be sent, as far as is known without polling.
    pub(crate) fn is_ready(&self) -> bool {
        self.driver.is_some() && self.requests.is_ready()
    }

    /// Whether another request can be sent, after one poll.
    pub(crate) fn is_usable(&mut self) -> bool {
        self.drive(&mut no_wake());
        self.is_ready()
    }
}

fn drive(driver: &mut Option<Box<Driver>>, ending: &mut Ending, cx: &mut Context<'_>) {
    if let Some(running) = driver
        && let Poll::Ready(ended) = Pin::new(running).poll(cx)
    {
        // After an answer, only trailing data ends a connection with an error that has no source. On a connection that closes,
        // hyper leaves trailing data unparsed in the read buffer.
        let Some(parts) = driver.take().map(|ended| ended.into_parts()) else { return };
        ending.has_trailing_data = !parts.read_buf.is_empty() || ended.is_err_and(|error| error.source().is_none());
        ending.is_announced = has_close_notify(parts.io.into_inner());
    }
}

/// Asked of the TLS session itself: a stream that ends without an error need not have had it.
fn has_close_notify(stream: Stream) -> bool {
    match stream {
        MaybeHttpsStream::Http(_) => false,
        MaybeHttpsStream::Https(tls) => {
            let (_, mut session) = tls.into_inner().into_inner();
            session.process_new_packets().is_ok_and(|state| state.peer_has_closed())
        }
    }
}

/// For futures that only the driver completes: the task that is woken for the driver polls them again.
pub(crate) fn no_wake() -> Context<'static> {
    Context::from_waker(Waker::noop())
}
