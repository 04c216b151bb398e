//! Connecting to an origin: the only place where the final address is known, and so where it is checked.

use crate::{
    guard::{AddressPolicy, classify},
    lookup::{LookupError, Lookups},
};
use hyper_util::rt::TokioIo;
use std::{
    future::Future,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};
use tokio::net::TcpStream;

/// Why no connection was made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    #[error(transparent)]
    Lookup(#[from] LookupError),
    #[error("name has no addresses")]
    NoAddress,
    #[error("{0}")]
    Address(String),
    #[error("connecting failed")]
    Io(#[source] io::Error),
    #[error("connecting took too long")]
    Timeout,
}

impl ConnectError {
    /// What a connection that ran out of time has waited for.
    pub(crate) fn late(lookups: &Lookups, uri: &http::Uri) -> Self {
        lookups.unfinished(host(uri)).map_or(Self::Timeout, Self::Lookup)
    }
}

/// The host of a URL, without the brackets of an address.
fn host(uri: &http::Uri) -> &str {
    let host = uri.host().unwrap_or_default();
    host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host)
}

/// The addresses that a connector may connect to.
#[derive(Debug, Clone)]
pub(crate) enum Admission {
    /// Those that the policy admits.
    Policy(Arc<AddressPolicy>),
    /// The same, without this machine's own addresses unless the operator has named them: services that
    /// clients must not reach may listen on its public address.
    Foreign(Arc<AddressPolicy>),
    /// Any: the operator admitted the origin itself.
    Exact,
}

/// Resolves, checks, connects.
#[derive(Debug, Clone)]
pub(crate) struct Connector {
    admission: Admission,
    lookups: Lookups,
    timeout: Duration,
}

impl Connector {
    pub(crate) fn new(admission: Admission, lookups: Lookups, timeout: Duration) -> Self {
        Self { admission, lookups, timeout }
    }

    async fn connect(self, uri: http::Uri) -> Result<TcpStream, ConnectError> {
        let host = host(&uri);
        let https = uri.scheme_str() == Some("https");
        let port = uri.port_u16().unwrap_or(if https { 443 } else { 80 });
        let attempt = async {
            let addresses = self.lookups.addresses(host, port).await?;
            let admitted = self.admitted(&addresses)?;
            let stream = connect_to_first(&admitted).await?;
            self.refuse_own(&stream)?;
            Ok(stream)
        };
        let connected = tokio::time::timeout(self.timeout, attempt).await;
        connected.unwrap_or_else(|_| Err(ConnectError::late(&self.lookups, &uri)))
    }

    fn admitted(&self, addresses: &[SocketAddr]) -> Result<Vec<SocketAddr>, ConnectError> {
        let policy = match &self.admission {
            Admission::Policy(policy) | Admission::Foreign(policy) => policy,
            Admission::Exact => return Ok(addresses.to_vec()),
        };
        let admitted: Vec<_> = addresses.iter().copied().filter(|address| policy.admits(address.ip())).collect();
        match (admitted.is_empty(), addresses.first()) {
            (true, Some(barred)) => {
                let (address, class, option) = (barred.ip(), classify(barred.ip()), policy.option());
                Err(ConnectError::Address(format!("{address} is {class}; {option} {address} would admit it")))
            }
            (true, None) => Err(ConnectError::NoAddress),
            (false, _) => Ok(admitted),
        }
    }

    /// Nothing has been sent yet. A machine has more addresses than it can list, but of a connection it knows both ends.
    fn refuse_own(&self, stream: &TcpStream) -> Result<(), ConnectError> {
        let Admission::Foreign(policy) = &self.admission else { return Ok(()) };
        let (local, peer) =
            (stream.local_addr().map_err(ConnectError::Io)?, stream.peer_addr().map_err(ConnectError::Io)?);
        if !is_own(local, peer) || policy.names(peer.ip()) {
            return Ok(());
        }
        let (address, option) = (peer.ip(), policy.option());
        Err(ConnectError::Address(format!("{address} is this machine; {option} {address} would admit it")))
    }
}

/// Whether a connection ends at the machine where it begins.
fn is_own(local: SocketAddr, peer: SocketAddr) -> bool {
    local.ip().to_canonical() == peer.ip().to_canonical()
}

async fn connect_to_first(addresses: &[SocketAddr]) -> Result<TcpStream, ConnectError> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => {
                // Without it, a small request waits for the acknowledgement of an earlier one.
                stream.set_nodelay(true).map_err(ConnectError::Io)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(ConnectError::Io(last))
}

impl tower_service::Service<http::Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = ConnectError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: http::Uri) -> Self::Future {
        let connecting = self.clone().connect(uri);
        Box::pin(async move { connecting.await.map(TokioIo::new) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lookup::MAX_LOOKUPS;
    use futures_util::future::join_all;
    use std::{
        net::IpAddr,
        sync::{Condvar, Mutex},
    };

    async fn refusal(url: &str, policy: AddressPolicy) -> ConnectError {
        let connector = Connector::new(
            Admission::Policy(Arc::new(policy)),
            Lookups::of_system(tokio::runtime::Handle::current()),
            Duration::from_secs(5),
        );
        connector.connect(url.parse().unwrap()).await.expect_err("must not connect")
    }

    #[tokio::test]
    async fn a_barred_address_is_refused_in_every_spelling_and_named() {
        for url in ["http://127.0.0.1:1/", "http://localhost:1/", "http://[::1]:1/", "http://[::ffff:127.0.0.1]:1/"] {
            let error = refusal(url, AddressPolicy::new(Vec::new(), Vec::new())).await;
            assert!(
                matches!(&error, ConnectError::Address(text) if text.contains("--origin-allow")),
                "{url}: {error:?}"
            );
        }
    }

    /// A resolver that does not answer holds up the lookups that have begun, and those that wait for one of them to end.
    #[tokio::test]
    async fn a_slow_lookup_is_told_from_one_that_never_began() {
        static GATE: (Mutex<bool>, Condvar) = (Mutex::new(false), Condvar::new());
        let lookups = Lookups::new(tokio::runtime::Handle::current(), |_| {
            drop(GATE.1.wait_while(GATE.0.lock().unwrap(), |is_open| !*is_open).unwrap());
            Ok(vec![IpAddr::from([127, 0, 0, 1])])
        });
        let connect = |host: String| {
            let connector = Connector::new(Admission::Exact, lookups.clone(), Duration::from_millis(20));
            async move { connector.connect(format!("http://{host}/").parse().unwrap()).await.expect_err("no name resolves") }
        };
        for error in join_all((0..MAX_LOOKUPS).map(|number| connect(format!("slow-{number}.test")))).await {
            assert!(matches!(error, ConnectError::Lookup(LookupError::Timeout)), "{error:?}");
        }
        let error = connect("waiting.test".into()).await;
        assert!(matches!(error, ConnectError::Lookup(LookupError::Busy)), "{error:?}");
        *GATE.0.lock().unwrap() = true;
        GATE.1.notify_all();
    }

    #[test]
    fn a_connection_to_an_own_address_has_it_at_both_ends() {
        for (local, peer, expected) in [
            ("192.0.2.1:5000", "192.0.2.1:80", true),
            ("[::ffff:192.0.2.1]:5000", "192.0.2.1:80", true),
            ("192.0.2.1:80", "192.0.2.2:80", false),
        ] {
            assert_eq!(is_own(local.parse().unwrap(), peer.parse().unwrap()), expected, "{local} {peer}");
        }
    }

    #[tokio::test]
    async fn an_admitted_address_is_tried() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let policy = AddressPolicy::new(vec!["127.0.0.1/32".parse().unwrap()], Vec::new());
        let policy = Arc::new(policy);
        for admission in [Admission::Policy(policy.clone()), Admission::Foreign(policy), Admission::Exact] {
            let connector = Connector::new(
                admission,
                Lookups::of_system(tokio::runtime::Handle::current()),
                Duration::from_secs(5),
            );
            connector.connect(url.parse().unwrap()).await.unwrap();
        }
    }
}
