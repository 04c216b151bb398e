//! The HTTP client for origins: no redirects of its own, no decompression, no proxy variables.

use crate::{
    AddressClass, AddressPolicy, HOP_HEADER, MirrorFailure, MirrorOptions, classify,
    connect::{Admission, ConnectError},
    lookup::Lookups,
    origins::{OriginBody, OriginStatus, Origins},
    pool::{Pool, SendError},
};
use coho_model::{BucketName, BucketRecord, website::MirrorSettings};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use http_body_util::Empty;
use hyper_rustls::ConfigBuilderExt;
use std::{
    collections::HashMap,
    error::Error,
    sync::{Arc, PoisonError, RwLock},
};
use tokio::runtime;

/// Two pools, because a pool knows only scheme and authority: what was admitted for one bucket must not be reached
/// by another through a kept connection.
#[derive(Debug)]
struct Pools {
    guarded: Pool,
    exact: Pool,
}

impl Pools {
    fn new(policy: &Arc<AddressPolicy>, tls: &Arc<rustls::ClientConfig>, lookups: &Lookups) -> Self {
        Self {
            guarded: Pool::new(Admission::Policy(policy.clone()), tls.clone(), lookups.clone()),
            exact: Pool::new(Admission::Exact, tls.clone(), lookups.clone()),
        }
    }
}

/// The client, with pools for every runtime: a connection is driven by the one that made it, and a request from another
/// thread would go there and back.
#[derive(Debug)]
pub(crate) struct Client {
    pools: RwLock<HashMap<runtime::Id, Arc<Pools>>>,
    tls: Arc<rustls::ClientConfig>,
    lookups: Lookups,
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
    /// The rule on whose behalf it is; none for a probe.
    pub(crate) mirror: Option<&'a MirrorSettings>,
}

impl Client {
    /// Names are looked up on threads of `resolving`.
    pub(crate) fn new(policy: AddressPolicy, options: MirrorOptions, hop: String, resolving: runtime::Handle) -> Self {
        let (pools, origins) = Default::default();
        let lookups = Lookups::of_system(resolving);
        Self { pools, tls: Arc::new(tls()), lookups, policy: Arc::new(policy), options, hop, origins }
    }

    /// The pools of the present runtime. There are as many as cores, and they live as long as the process.
    fn pools(&self) -> Arc<Pools> {
        let id = runtime::Handle::current().id();
        if let Some(pools) = self.pools.read().unwrap_or_else(PoisonError::into_inner).get(&id) {
            return pools.clone();
        }
        let mut pools = self.pools.write().unwrap_or_else(PoisonError::into_inner);
        pools.entry(id).or_insert_with(|| Arc::new(Pools::new(&self.policy, &self.tls, &self.lookups))).clone()
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
        let request = || {
            let mut request = Request::new(Empty::new());
            *request.method_mut() = method.clone();
            *request.uri_mut() = uri.clone();
            *request.headers_mut() = headers.clone();
            request
        };
        let answer = pool.send(request, timeouts.connect, timeouts.first_byte).await;
        let answer = answer.map_err(|error| failure(&error));
        // What clients are to get as it is cannot count as a failure.
        let expected = |status: StatusCode| manner.mirror.is_some_and(|mirror| mirror.is_transparent(status.as_u16()));
        let (usual, own) = (self.options, timeouts);
        let hasty = own.connect < usual.connect_timeout || own.first_byte < usual.first_byte_timeout;
        attempt.ended(answer.as_ref().map(Response::status), expected, hasty);
        answer.map(|response| response.map(|body| OriginBody::new(body, place)))
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

fn failure(error: &SendError) -> MirrorFailure {
    if matches!(error, SendError::Timeout) {
        return MirrorFailure::Timeout;
    }
    if matches!(error, SendError::Http(error) if error.is_parse_too_large()) {
        return MirrorFailure::MetaTooLarge;
    }
    for source in sources(error) {
        match source.downcast_ref::<ConnectError>() {
            Some(ConnectError::Dns(_)) => return MirrorFailure::Dns,
            Some(ConnectError::Address(text)) => return MirrorFailure::Address(text.as_str().into()),
            Some(ConnectError::Timeout) => return MirrorFailure::Timeout,
            Some(ConnectError::Busy) => return MirrorFailure::Busy,
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
