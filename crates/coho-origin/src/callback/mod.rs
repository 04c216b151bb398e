//! Sending upload callbacks: one POST on a connection of its own, to an address that the guard admits.
//!
//! Nothing is retried, no redirect is followed, and the answer is bounded in size and time. What is sent, and what the answer means, is
//! decided elsewhere.

mod answer;
mod places;
#[cfg(test)]
mod tests;

pub use answer::MAX_ANSWER_BYTES;
pub use places::{MAX_CALLBACKS, MAX_CALLBACKS_PER_BUCKET};

use crate::{
    connect::{Admission, ConnectError, Connector},
    connection::Stream,
    guard::{AddressClass, AddressPolicy, classify},
    lookup::{LookupError, Lookups},
    origin_headers::set_host,
};
use bytes::Bytes;
use coho_model::BucketId;
use futures_util::future::{Either, select};
use http::{HeaderMap, HeaderValue, Method, Request, Uri, header};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_rustls::HttpsConnector;
use places::CallbackPlaces;
use std::{error::Error, net::IpAddr, pin::pin, sync::Arc, time::Duration};
use tokio::time::{Instant, timeout_at};
use tower_service::Service;

/// Largest head of an answer in bytes; the buffer of the connection has this size, too.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// Sends callbacks.
#[derive(Debug)]
pub struct CallbackClient {
    policy: Arc<AddressPolicy>,
    lookups: Lookups,
    tls: Arc<rustls::ClientConfig>,
    tls_with_sni: Arc<rustls::ClientConfig>,
    /// Longest time for one request, from the lookup of the name to the last byte of the answer.
    timeout: Duration,
    places: Arc<CallbackPlaces>,
}

/// One request of a callback.
#[derive(Debug)]
pub struct CallbackRequest<'a> {
    /// The bucket of the upload.
    pub bucket: BucketId,
    /// Where it is sent.
    pub uri: &'a Uri,
    /// Its headers; without `Host` it is that of the URL.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// Whether TLS names the host before the connection is encrypted.
    pub sends_sni: bool,
}

/// Why a callback has no answer that counts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallbackError {
    /// Too many callbacks are in progress.
    #[error("too many callbacks are in progress")]
    Busy,
    /// The guard refuses the address; the text names it and what would admit it.
    #[error("{0}")]
    Address(Box<str>),
    /// No connection could be made.
    #[error("no connection: {0}")]
    Unreachable(Box<str>),
    /// The answer took too long.
    #[error("no complete answer in time")]
    Timeout,
    /// The connection broke, or the answer is not HTTP.
    #[error("the answer is broken: {0}")]
    Broken(Box<str>),
    /// The answer has another status than 200.
    #[error("the answer has the status {0}")]
    Status(u16),
    /// The answer has no `Content-Length`.
    #[error("the answer has no Content-Length")]
    NoLength,
    /// The answer is longer than [`MAX_ANSWER_BYTES`].
    #[error("the answer has more than {MAX_ANSWER_BYTES} bytes")]
    TooLong,
}

impl CallbackError {
    /// The metric label.
    pub fn label(&self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Address(_) => "address",
            Self::Unreachable(_) => "unreachable",
            Self::Timeout => "timeout",
            Self::Broken(_) => "broken",
            Self::Status(_) => "status",
            Self::NoLength => "no_length",
            Self::TooLong => "too_long",
        }
    }
}

impl CallbackClient {
    pub(crate) fn new(
        policy: AddressPolicy,
        lookups: Lookups,
        tls: &Arc<rustls::ClientConfig>,
        timeout: Duration,
    ) -> Self {
        let with_sni = |sends| {
            let mut config = (**tls).clone();
            config.enable_sni = sends;
            Arc::new(config)
        };
        let (policy, places) = (Arc::new(policy), Arc::default());
        Self { policy, lookups, tls: with_sni(false), tls_with_sni: with_sni(true), timeout, places }
    }

    /// The class of a literal address that the guard refuses.
    pub fn refused_literal(&self, address: IpAddr) -> Option<AddressClass> {
        (!self.policy.admits(address)).then(|| classify(address))
    }

    /// Sends a request and gives the body of its answer, if that has the status 200.
    ///
    /// # Errors
    /// [`CallbackError`]: whether the receiver has seen the request is then unknown.
    pub async fn send(&self, request: CallbackRequest<'_>) -> Result<Bytes, CallbackError> {
        let _place = self.places.take(request.bucket).ok_or(CallbackError::Busy)?;
        let deadline = Instant::now() + self.timeout;
        let stream = self.connect(request.uri, request.sends_sni, deadline).await?;
        match timeout_at(deadline, exchange(stream, request)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(CallbackError::Timeout),
        }
    }

    async fn connect(&self, uri: &Uri, sends_sni: bool, deadline: Instant) -> Result<Stream, CallbackError> {
        let connector = Connector::new(Admission::Foreign(self.policy.clone()), self.lookups.clone(), self.timeout);
        let tls = if sends_sni { &self.tls_with_sni } else { &self.tls };
        let mut connector = HttpsConnector::from((connector, tls.clone()));
        let late = |_| unreachable(&ConnectError::late(&self.lookups, uri));
        let connected = timeout_at(deadline, connector.call(uri.clone())).await.map_err(late)?;
        connected.map_err(|error| unreachable(&*error))
    }
}

/// One request and its answer. The connection runs in this task and ends with it.
async fn exchange(stream: Stream, request: CallbackRequest<'_>) -> Result<Bytes, CallbackError> {
    let broken = |error: hyper::Error| CallbackError::Broken(chain(&error).into());
    let connecting = http1::Builder::new().max_buf_size(MAX_HEAD_BYTES).handshake(stream);
    let (mut requests, connection) = connecting.await.map_err(broken)?;
    let prepared = prepared(request);
    let answering = async { answer::read(requests.send_request(prepared).await.map_err(broken)?).await };
    match select(pin!(answering), pin!(connection)).await {
        Either::Left((outcome, _)) => outcome,
        // All that arrived before the end of the connection can still be read.
        Either::Right((_, answering)) => answering.await,
    }
}

fn prepared(request: CallbackRequest<'_>) -> Request<Full<Bytes>> {
    let mut headers = request.headers;
    set_host(&mut headers, request.uri);
    headers.insert(header::USER_AGENT, HeaderValue::from_static(concat!("coho/", env!("CARGO_PKG_VERSION"))));
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    let mut prepared = Request::new(Full::new(request.body));
    *prepared.method_mut() = Method::POST;
    // Only a proxy gets the absolute form.
    *prepared.uri_mut() = request.uri.path_and_query().cloned().map(Uri::from).unwrap_or_default();
    *prepared.headers_mut() = headers;
    prepared
}

fn unreachable(error: &(dyn Error + 'static)) -> CallbackError {
    let mut source = Some(error);
    while let Some(cause) = source {
        match cause.downcast_ref::<ConnectError>() {
            Some(ConnectError::Address(text)) => return CallbackError::Address(text.as_str().into()),
            Some(ConnectError::Lookup(LookupError::Busy)) => return CallbackError::Busy,
            _ => source = cause.source(),
        }
    }
    CallbackError::Unreachable(chain(error).into())
}

fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
