//! Connections of the admin address, with limits of their own: they must take nothing from the API.

use super::refusal::AdminError;
use crate::{allowed_hosts::AllowedHosts, metrics::Metrics, stall::StallGuard};
use axum::{
    Router,
    extract::{Request, State},
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

/// Refuses a request under another name than those of the operator.
pub(super) async fn require_host(State(hosts): State<AllowedHosts>, request: Request, next: Next) -> Response {
    match hosts.check(request.uri(), request.headers()) {
        Ok(()) => next.run(request).await,
        Err(text) => AdminError::own(AdminCode::HostNotAllowed, text).into_response(),
    }
}
