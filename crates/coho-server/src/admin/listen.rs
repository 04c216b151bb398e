//! Connections of the admin address, with limits of their own: they must take nothing from the API.

use super::refusal::AdminError;
use crate::{metrics::Metrics, stall::StallGuard};
use axum::{
    Router,
    extract::{Request, State},
    http::header,
    middleware::Next,
    response::{IntoResponse, Response},
};
use coho_admin_api::AdminCode;
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
    service::TowerToHyperService,
};
use std::{
    io,
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::{OwnedSemaphorePermit, Semaphore, watch},
};

/// Most connections at a time that are served.
pub(super) const MAX_CONNECTIONS: usize = 64;
/// Most further connections at a time, which are answered with 503; the next ones wait to be accepted.
const MAX_REFUSALS: usize = 16;
/// Longest time for the head of a request, and so for a kept connection to be idle.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// Longest time in which a client reads nothing of its answer.
const SEND_IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// Buffer of a connection, and so the largest head of a request, in bytes.
const BUFFER_BYTES: usize = 32 * 1024;
/// Shortest time between two log lines about refused connections.
const REFUSAL_LOG_PAUSE: Duration = Duration::from_secs(1);
/// Pause after a connection that cannot be accepted, such as without a free descriptor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What serves a connection, and what refuses one too many.
#[derive(Debug)]
pub(super) struct Routers {
    pub(super) router: Router,
    pub(super) busy: Router,
}

/// The room for connections.
#[derive(Debug)]
struct Slots {
    served: Arc<Semaphore>,
    refused: Arc<Semaphore>,
}

/// The place of a connection.
#[derive(Debug)]
enum AdminSlot {
    Served(OwnedSemaphorePermit),
    Refused(OwnedSemaphorePermit),
}

/// Serves until told to stop, then lets running requests end.
pub(super) async fn run(socket: TcpListener, routers: Routers, metrics: &Metrics, mut stop: watch::Receiver<bool>) {
    let slots = Slots::new();
    let graceful = GracefulShutdown::new();
    let mut warned: Option<Instant> = None;
    loop {
        let accepted = tokio::select! {
            accepted = accept(&socket, &slots) => accepted,
            // The sender going away means the same.
            _ = stop.wait_for(|stop| *stop) => break,
        };
        let (stream, place) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "no admin connection can be accepted at the moment");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let (router, slot) = match place {
            AdminSlot::Served(slot) => (routers.router.clone(), slot),
            AdminSlot::Refused(slot) => {
                metrics.count_refused_admin_connection();
                if warned.is_none_or(|warned| warned.elapsed() >= REFUSAL_LOG_PAUSE) {
                    warned = Some(Instant::now());
                    tracing::warn!(limit = MAX_CONNECTIONS, "an admin connection was refused: all are in use");
                }
                (routers.busy.clone(), slot)
            }
        };
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            // Some probes end their sending half after the request.
            .half_close(true)
            .header_read_timeout(HEADER_TIMEOUT)
            .max_buf_size(BUFFER_BYTES)
            // Its date would stand still after the clock was set back; answers to requests get another.
            .auto_date_header(false)
            .serve_connection(
                TokioIo::new(StallGuard::new(stream, SEND_IDLE_TIMEOUT)),
                TowerToHyperService::new(router),
            );
        let connection = graceful.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "admin connection ended");
            }
            drop(slot);
        });
    }
    graceful.shutdown().await;
}

impl Slots {
    fn new() -> Self {
        Self { served: Arc::new(Semaphore::new(MAX_CONNECTIONS)), refused: Arc::new(Semaphore::new(MAX_REFUSALS)) }
    }

    /// A place, as soon as there is one.
    async fn place(&self) -> io::Result<AdminSlot> {
        let place = tokio::select! {
            biased;
            slot = self.served.clone().acquire_owned() => slot.map(AdminSlot::Served),
            slot = self.refused.clone().acquire_owned() => slot.map(AdminSlot::Refused),
        };
        place.map_err(io::Error::other)
    }

    /// A better place, if one has become free while the connection was awaited.
    fn better(&self, place: AdminSlot) -> AdminSlot {
        match place {
            AdminSlot::Served(slot) => AdminSlot::Served(slot),
            AdminSlot::Refused(slot) => {
                self.served.clone().try_acquire_owned().map_or(AdminSlot::Refused(slot), AdminSlot::Served)
            }
        }
    }
}

async fn accept(socket: &TcpListener, slots: &Slots) -> io::Result<(TcpStream, AdminSlot)> {
    let place = slots.place().await?;
    let (stream, _) = socket.accept().await?;
    Ok((stream, slots.better(place)))
}

/// Refuses a request under another name than those of the operator: a page of a browser whose name was rebound to this
/// address carries its own. IP addresses and localhost cannot be rebound.
pub(super) async fn require_host(State(hosts): State<Arc<[String]>>, request: Request, next: Next) -> Response {
    let host = request.headers().get(header::HOST).map(|host| host.to_str().unwrap_or_default());
    match host {
        Some(host) if !is_allowed(host, &hosts) => {
            let text = format!("{host:?} is not a name of this address; --admin-host allows one");
            AdminError::own(AdminCode::HostNotAllowed, text).into_response()
        }
        _ => next.run(request).await,
    }
}

fn is_allowed(host: &str, hosts: &[String]) -> bool {
    let (bracketed, rest) = host.strip_prefix('[').and_then(|rest| rest.split_once(']')).unzip();
    let has_port = |text: &str| text.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    let name = match (bracketed, rest) {
        (Some(address), Some(rest)) => return (rest.is_empty() || has_port(rest)) && address.parse::<IpAddr>().is_ok(),
        _ => host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(host, |(name, _)| name),
    };
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name.parse::<IpAddr>().is_ok()
        || name == "localhost"
        || name.ends_with(".localhost")
        || hosts.iter().any(|host| host.eq_ignore_ascii_case(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_the_operators_names_are_allowed() {
        let hosts = ["Coho.internal".to_owned()];
        for (host, expected) in [
            ("127.0.0.1:9010", true),
            ("10.1.2.3", true),
            ("[::1]:9010", true),
            ("[::1]", true),
            ("localhost:9010", true),
            ("LOCALHOST.", true),
            ("x.localhost:1", true),
            ("coho.internal:9010", true),
            ("evil.example.com", false),
            ("evil.example.com:9010", false),
            ("127.0.0.1.evil.example.com", false),
            ("localhost.evil.example.com", false),
            ("[evil]:1", false),
            ("[::1]x", false),
            ("", false),
        ] {
            assert_eq!(is_allowed(host, &hosts), expected, "{host}");
        }
    }
}
