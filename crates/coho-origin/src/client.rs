//! The HTTP client for origins: no redirects of its own, no decompression, no proxy variables.

use crate::{
    AddressClass, AddressPolicy, HOP_HEADER, MirrorFailure, MirrorOptions, classify,
    connect::{Admission, CONNECT_TIMEOUT, ConnectError, Connector, Used},
    origins::{OriginBody, OriginStatus, Origins},
};
use bytes::Bytes;
use coho_model::{BucketName, BucketRecord};
use http::{HeaderMap, HeaderValue, Method, Request, Response, header};
use http_body_util::Empty;
use hyper::body::Incoming;
use hyper_rustls::{ConfigBuilderExt, HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::Client as HyperClient,
    rt::{TokioExecutor, TokioTimer},
};
use std::{
    collections::HashMap,
    error::Error,
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};
use tokio::runtime;

/// Idle connections kept for each origin by each core.
const MAX_IDLE_PER_ORIGIN: usize = 64;
/// How long an idle connection is kept: shorter than what common servers do, so that they rarely close first.
const POOL_IDLE: Duration = Duration::from_secs(20);
/// Tries when a kept connection turns out to be dead before the first byte of an answer.
const DEAD_CONNECTION_TRIES: usize = 3;
/// Buffer of a connection: the largest head of an answer, and the largest piece of a body.
const BUFFER_BYTES: usize = 128 * 1024;

type Pool = HyperClient<HttpsConnector<Connector>, Empty<Bytes>>;

/// Two pools, because a pool knows only scheme and authority: what was admitted for one bucket must not be reached
/// by another through a kept connection.
#[derive(Debug)]
struct Pools {
    guarded: Pool,
    exact: Pool,
}

impl Pools {
    fn new(policy: &Arc<AddressPolicy>, tls: &rustls::ClientConfig, connect_timeout: Duration) -> Self {
        Self {
            guarded: pool(Connector::new(Admission::Policy(policy.clone()), connect_timeout), tls.clone()),
            exact: pool(Connector::new(Admission::Exact, connect_timeout), tls.clone()),
        }
    }
}

/// The client, with pools for every runtime: a connection is driven by the one that made it, and a request from another
/// thread would go there and back.
#[derive(Debug)]
pub(crate) struct Client {
    pools: RwLock<HashMap<runtime::Id, Arc<Pools>>>,
    tls: rustls::ClientConfig,
    policy: Arc<AddressPolicy>,
    options: MirrorOptions,
    hop: String,
    origins: Origins,
}

/// On whose behalf an origin is asked, and how.
pub(crate) struct Manner<'a> {
    /// Whose origin it is, with the timeouts that count.
    pub(crate) bucket: &'a BucketRecord,
    /// It is asked even if it has failed lately.
    pub(crate) insists: bool,
}

impl Client {
    pub(crate) fn new(policy: AddressPolicy, options: MirrorOptions, hop: String) -> Self {
        let (pools, origins) = Default::default();
        Self { pools, tls: tls(), policy: Arc::new(policy), options, hop, origins }
    }

    /// The pools of the present runtime. There are as many as cores, and they live as long as the process.
    fn pools(&self) -> Arc<Pools> {
        let id = runtime::Handle::current().id();
        if let Some(pools) = self.pools.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return pools.clone();
        }
        let mut pools = self.pools.write().unwrap_or_else(PoisonError::into_inner);
        pools
            .entry(id)
            .or_insert_with(|| Arc::new(Pools::new(&self.policy, &self.tls, self.options.connect_timeout)))
            .clone()
    }

    /// What every request carries; `hops` are the servers that the client's own request came through.
    pub(crate) fn headers(&self, hops: Option<&HeaderValue>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::USER_AGENT, HeaderValue::from_static(concat!("coho/", env!("CARGO_PKG_VERSION"))));
        headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
        // The stored bytes must be the object, not a coding of it.
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let mut chain = hops.map_or_else(Vec::new, |hops| [hops.as_bytes(), b" "].concat());
        chain.extend_from_slice(self.hop.as_bytes());
        if let Ok(hop) = HeaderValue::from_bytes(&chain) {
            headers.insert(HOP_HEADER, hop);
        }
        headers
    }

    /// Why the address in a URL is refused already as text; `None` if it is not, or is a name.
    pub(crate) fn refused_literal(&self, bucket: &BucketName, url: &str) -> Option<AddressClass> {
        let uri: http::Uri = url.parse().ok()?;
        if self.policy.admits_exactly(bucket, &uri) {
            return None;
        }
        let host = uri.host()?;
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let loopback = || std::net::IpAddr::from([127, 0, 0, 1]);
        let address = if host.eq_ignore_ascii_case("localhost") { loopback() } else { host.parse().ok()? };
        (!self.policy.admits(address)).then(|| classify(address))
    }

    /// What is known of the origins that were asked.
    pub(crate) fn origins(&self) -> Vec<OriginStatus> {
        self.origins.status()
    }

    /// Sends a request without a body and waits for the head of the answer.
    pub(crate) async fn send(
        &self,
        method: Method,
        headers: HeaderMap,
        manner: &Manner<'_>,
        uri: &http::Uri,
    ) -> Result<Response<OriginBody>, MirrorFailure> {
        let exact = self.policy.admits_exactly(&manner.bucket.name, uri);
        let pools = self.pools();
        let pool = if exact { &pools.exact } else { &pools.guarded };
        let timeouts = self.options.timeouts(&manner.bucket.mirror);
        let origin = self.origins.of(uri);
        let place = origin.place(timeouts.first_byte).await?;
        let attempt = origin.attempt(manner.insists)?;
        let limit = timeouts.connect + timeouts.first_byte;
        let sent = CONNECT_TIMEOUT.scope(timeouts.connect, self.try_send(pool, &method, &headers, uri));
        let answer = tokio::time::timeout(limit, sent).await.unwrap_or(Err(MirrorFailure::Timeout));
        attempt.ended(answer.as_ref().map(Response::status));
        answer.map(|response| response.map(|body| OriginBody::new(body, place)))
    }

    async fn try_send(
        &self,
        pool: &Pool,
        method: &Method,
        headers: &HeaderMap,
        uri: &http::Uri,
    ) -> Result<Response<Incoming>, MirrorFailure> {
        let mut tries = 1;
        loop {
            let mut request = Request::new(Empty::new());
            *request.method_mut() = method.clone();
            *request.uri_mut() = uri.clone();
            *request.headers_mut() = headers.clone();
            match pool.request(request).await {
                Ok(response) => {
                    if let Some(used) = response.extensions().get::<Used>() {
                        used.set_answered();
                    }
                    return Ok(response);
                }
                Err(error) if tries < DEAD_CONNECTION_TRIES && was_dead(&error) => tries += 1,
                Err(error) => return Err(failure(&error)),
            }
        }
    }
}

/// TLS with the certificates that the machine trusts. They are read once, at the start.
fn tls() -> rustls::ClientConfig {
    match rustls::ClientConfig::builder().with_native_roots() {
        Ok(builder) => builder.with_no_client_auth(),
        Err(error) => {
            tracing::warn!(%error, "no trusted certificates found: https origins will be refused");
            rustls::ClientConfig::builder().with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth()
        }
    }
}

fn pool(connector: Connector, tls: rustls::ClientConfig) -> Pool {
    let https =
        HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().wrap_connector(connector);
    HyperClient::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(POOL_IDLE)
        .pool_max_idle_per_host(MAX_IDLE_PER_ORIGIN)
        .http1_read_buf_exact_size(BUFFER_BYTES)
        .build(https)
}

/// Whether the connection had answered before and so came dead from the pool, perhaps with bytes that belonged to
/// nobody: a GET may be sent again then. What a new connection does is the origin's answer.
fn was_dead(error: &hyper_util::client::legacy::Error) -> bool {
    let mut extras = http::Extensions::new();
    if let Some(info) = error.connect_info() {
        info.get_extras(&mut extras);
    }
    extras.get::<Used>().is_some_and(Used::has_answered)
}

fn failure(error: &hyper_util::client::legacy::Error) -> MirrorFailure {
    for source in sources(error) {
        match source.downcast_ref::<ConnectError>() {
            Some(ConnectError::Dns(_)) => return MirrorFailure::Dns,
            Some(ConnectError::Address(text)) => return MirrorFailure::Address(text.as_str().into()),
            Some(ConnectError::Timeout) => return MirrorFailure::Timeout,
            Some(ConnectError::Io(error)) => return MirrorFailure::Unreachable(error.to_string().into()),
            None => {}
        }
    }
    let chain: Vec<String> = sources(error).map(ToString::to_string).collect();
    MirrorFailure::Unreachable(chain.join(": ").into())
}

fn sources<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}
