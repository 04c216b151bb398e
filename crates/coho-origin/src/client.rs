//! The HTTP client for origins: no redirects of its own, no decompression, no proxy variables.

use crate::{
    BusyLimit, MirrorFailure,
    breaker::FailedStage,
    callback::CallbackClient,
    connect::{Admission, ConnectError},
    guard::{AddressClass, AddressPolicy, classify},
    hops::{self, HOP_HEADER},
    lookup::{LookupError, Lookups},
    options::MirrorOptions,
    origins::{OriginBody, OriginStatus, Origins},
    pool::{ConnectionPool, SendError},
};
use coho_model::{BucketName, BucketRecord, website::MirrorSettings};
use coho_store::events::Events;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Empty;
use hyper_rustls::ConfigBuilderExt;
use std::{
    collections::HashMap,
    error::Error,
    hash::{BuildHasher, RandomState},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};
use tokio::runtime;

/// Two pools, because a pool tells connections apart by scheme and authority alone: another bucket must not reach, over an idle
/// connection, an address that was admitted for one bucket.
#[derive(Debug)]
struct Pools {
    guarded: ConnectionPool,
    exact: ConnectionPool,
}

impl Pools {
    fn new(policy: &Arc<AddressPolicy>, tls: &Arc<rustls::ClientConfig>, lookups: &Lookups) -> Self {
        Self {
            guarded: ConnectionPool::new(Admission::Policy(policy.clone()), tls.clone(), lookups.clone()),
            exact: ConnectionPool::new(Admission::Exact, tls.clone(), lookups.clone()),
        }
    }
}

/// The client, with pools for every runtime: a connection belongs to the runtime that made it, and a request from another
/// would cross threads twice.
#[derive(Debug)]
pub(crate) struct Client {
    pools: RwLock<HashMap<runtime::Id, Arc<Pools>>>,
    tls: Arc<rustls::ClientConfig>,
    lookups: Lookups,
    policy: Arc<AddressPolicy>,
    options: MirrorOptions,
    hop: String,
    origins: Origins,
    /// Hashes the keys of breakers.
    hasher: RandomState,
}

/// How one request to an origin is sent.
pub(crate) struct SendOptions<'a> {
    /// Gives the timeouts and the admitted origins.
    pub(crate) bucket: &'a BucketRecord,
    /// The request is sent even if the origin's circuit breaker is open.
    pub(crate) ignores_breaker: bool,
    /// The rule of the fetch; `None` for a probe.
    pub(crate) mirror: Option<&'a MirrorSettings>,
}

impl Client {
    /// Names are resolved on blocking threads of `resolving`.
    pub(crate) fn new(
        policy: AddressPolicy,
        options: MirrorOptions,
        hop: String,
        resolving: runtime::Handle,
        events: Arc<Events>,
    ) -> Self {
        let (pools, hasher) = Default::default();
        let origins = Origins::new(events);
        let lookups = Lookups::of_system(resolving);
        Self { pools, tls: Arc::new(tls()), lookups, policy: Arc::new(policy), options, hop, origins, hasher }
    }

    /// A client for callbacks, which shares the lookups of names and the trusted certificates.
    pub(crate) fn callbacks(&self, policy: AddressPolicy, timeout: Duration) -> CallbackClient {
        CallbackClient::new(policy, self.lookups.clone(), &self.tls, timeout)
    }

    /// The pools of the current runtime. There is a runtime for each connection worker, and it lives as long as the process.
    fn pools(&self) -> Arc<Pools> {
        let id = runtime::Handle::current().id();
        if let Some(pools) = self.pools.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return pools.clone();
        }
        let mut pools = self.pools.write().unwrap_or_else(PoisonError::into_inner);
        pools.entry(id).or_insert_with(|| Arc::new(Pools::new(&self.policy, &self.tls, &self.lookups))).clone()
    }

    /// The headers of every request; `hops` is the hop header of the client's own request.
    pub(crate) fn headers(&self, hops: Option<&HeaderValue>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::USER_AGENT, HeaderValue::from_static(concat!("coho/", env!("CARGO_PKG_VERSION"))));
        headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
        // The stored bytes must be the object, not an encoding of it.
        headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        if let Some(hops) = hops::with_own(hops, &self.hop) {
            headers.insert(HOP_HEADER, hops);
        }
        headers
    }

    /// The class of a literal address in a URL that the guard refuses; `None` if it admits it, or if the host is a name.
    pub(crate) fn refused_literal(&self, bucket: &BucketName, url: &str) -> Option<AddressClass> {
        let uri: http::Uri = coho_rules::encoded_address(url).to_string().parse().ok()?;
        if self.policy.admits_exactly(bucket, &uri) {
            return None;
        }
        let host = uri.host()?;
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let loopback = || std::net::IpAddr::from([127, 0, 0, 1]);
        let address = if host.eq_ignore_ascii_case("localhost") { loopback() } else { host.parse().ok()? };
        (!self.policy.admits(address)).then(|| classify(address))
    }

    /// The state of the recently used origins.
    pub(crate) fn origins(&self) -> Vec<OriginStatus> {
        self.origins.status()
    }

    /// See [`Origins::reset`].
    pub(crate) fn reset_origin(&self, origin: &str) -> Option<OriginStatus> {
        self.origins.reset(origin)
    }

    /// Sends a request without a body and waits for the head of its answer.
    pub(crate) async fn send(
        &self,
        method: Method,
        headers: HeaderMap,
        options: &SendOptions<'_>,
        uri: &http::Uri,
    ) -> Result<Response<OriginBody>, MirrorFailure> {
        let exact = self.policy.admits_exactly(&options.bucket.name, uri);
        let pools = self.pools();
        let pool = if exact { &pools.exact } else { &pools.guarded };
        let timeouts = self.options.timeouts(&options.bucket.mirror);
        let origin = self.origins.of(uri);
        let permit = origin.acquire(timeouts.first_byte).await?;
        let key = self.hasher.hash_one(uri.path_and_query());
        let attempt = origin.attempt(key, options.ignores_breaker)?;
        let request = || {
            let mut request = Request::new(Empty::new());
            *request.method_mut() = method.clone();
            *request.uri_mut() = uri.clone();
            *request.headers_mut() = headers.clone();
            request
        };
        let answer = pool.send(request, timeouts.connect, timeouts.first_byte).await;
        let answer = answer.map_err(|error| (failure(&error), failed_stage(&error)));
        // A status that is passed through to clients does not count as a failure.
        let expected = |status: StatusCode| options.mirror.is_some_and(|mirror| mirror.is_transparent(status.as_u16()));
        let (default, own) = (self.options, timeouts);
        let is_impatient = own.connect < default.connect_timeout || own.first_byte < default.first_byte_timeout;
        attempt.ended(answer.as_ref().map(Response::status), expected, is_impatient);
        let answer = answer.map_err(|(failure, _)| failure)?;
        Ok(answer.map(|body| OriginBody::new(body, permit)))
    }
}

/// TLS with the system's trusted certificates, which are read once, at the start.
fn tls() -> rustls::ClientConfig {
    match rustls::ClientConfig::builder().with_native_roots() {
        Ok(builder) => builder.with_no_client_auth(),
        Err(error) => {
            tracing::warn!(%error, "no trusted certificates found: https origins will be refused");
            rustls::ClientConfig::builder().with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth()
        }
    }
}

fn failed_stage(error: &SendError) -> FailedStage {
    match error {
        SendError::Connect(_) => FailedStage::Connecting,
        SendError::AnswerTimeout | SendError::Http(_) => FailedStage::Connected,
    }
}

fn failure(error: &SendError) -> MirrorFailure {
    if matches!(error, SendError::AnswerTimeout) {
        return MirrorFailure::Timeout;
    }
    if matches!(error, SendError::Http(error) if error.is_parse_too_large()) {
        return MirrorFailure::MetaTooLarge;
    }
    for source in sources(error) {
        match source.downcast_ref::<ConnectError>() {
            Some(ConnectError::Lookup(LookupError::Failed(_)) | ConnectError::NoAddress) => return MirrorFailure::Dns,
            Some(ConnectError::Address(text)) => return MirrorFailure::Address(text.as_str().into()),
            Some(ConnectError::Timeout) => return MirrorFailure::Timeout,
            Some(ConnectError::Lookup(LookupError::Timeout)) => return MirrorFailure::DnsTimeout,
            Some(ConnectError::Lookup(LookupError::Busy)) => return MirrorFailure::Busy(BusyLimit::Lookups),
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
