//! The HTTP client of all calls: no redirects, bounded waits, the system's certificates.

use super::{CallFailure, Endpoint};
use anyhow::Context;
use std::{sync::Arc, time::Duration};
use ureq::{
    Agent, Error, Timeout,
    tls::{Certificate, RootCerts, TlsConfig},
};

/// Longest wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest silence of the store within an answer, and longest time that it takes nothing of a body.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(60);
/// Longest wait for the head of an answer: a large upload is completed, or a missing object is fetched, before it comes.
const HEAD_TIMEOUT: Duration = Duration::from_secs(300);
/// Longest wait for `100 Continue` before a body is sent all the same.
const CONTINUE_TIMEOUT: Duration = Duration::from_secs(1);
/// Most idle connections that are kept; one for each parallel transfer.
const MAX_IDLE_CONNECTIONS: usize = super::super::object::MAX_PARALLEL;

/// Makes the client for an endpoint. A proxy of the environment is used, but not for this machine.
pub(super) fn agent(endpoint: &Endpoint) -> anyhow::Result<Agent> {
    let mut config = Agent::config_builder()
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .accept_encoding("identity")
        .user_agent(concat!("coho/", env!("CARGO_PKG_VERSION")))
        .timeout_connect(Some(CONNECT_TIMEOUT))
        .timeout_per_read(Some(SILENCE_TIMEOUT))
        .timeout_per_write(Some(SILENCE_TIMEOUT))
        .timeout_recv_response(Some(HEAD_TIMEOUT))
        .timeout_await_100(Some(CONTINUE_TIMEOUT))
        .max_idle_connections(MAX_IDLE_CONNECTIONS)
        .max_idle_connections_per_host(MAX_IDLE_CONNECTIONS);
    if endpoint.is_loopback() {
        config = config.proxy(None);
    }
    if endpoint.shown().starts_with("https:") {
        config = config.tls_config(tls()?);
    }
    Ok(config.build().into())
}

fn tls() -> anyhow::Result<TlsConfig> {
    let found = rustls_native_certs::load_native_certs();
    let certificates: Vec<_> = found.certs.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
    if certificates.is_empty() {
        let reason = found.errors.first().map_or_else(|| "none is installed".to_owned(), ToString::to_string);
        return Err(anyhow::anyhow!(reason)).context("no certificate of an authority can be read, which HTTPS needs");
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    Ok(TlsConfig::builder()
        .root_certs(RootCerts::new_with_certs(&certificates))
        .unversioned_rustls_crypto_provider(provider)
        .build())
}

/// What a fault of the connection means.
pub(super) fn explained(error: Error, endpoint: &Endpoint) -> CallFailure {
    let at = endpoint.shown();
    match error {
        Error::Timeout(Timeout::Connect) => {
            CallFailure::Interrupted(format!("{at} cannot be reached within {} s", CONNECT_TIMEOUT.as_secs()))
        }
        Error::Timeout(Timeout::RecvResponse) => {
            CallFailure::Interrupted(format!("{at} did not answer within {} s", HEAD_TIMEOUT.as_secs()))
        }
        Error::Timeout(_) => CallFailure::Interrupted(format!("{at} was silent for {} s", SILENCE_TIMEOUT.as_secs())),
        Error::Io(error) => CallFailure::Interrupted(format!("the connection to {at} failed: {error}")),
        Error::ConnectionFailed => CallFailure::Interrupted(format!("{at} cannot be reached")),
        Error::BodyStalled => CallFailure::Interrupted(format!("the connection to {at} stalled")),
        Error::HostNotFound => CallFailure::Unusable(format!("the host of {at} is unknown")),
        Error::Protocol(error) => CallFailure::Unusable(format!("the answer of {at} is not HTTP: {error}")),
        other => CallFailure::Unusable(format!("{at}: {other}")),
    }
}
