//! Idle connections to origins, kept for the next request.

use crate::connection::PooledConnection;
use http::uri::{Authority, Scheme};
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};
use tokio::runtime;

/// Most idle connections to one origin.
pub(crate) const MAX_IDLE_PER_ORIGIN: usize = 64;
/// Most idle connections of one pool.
const MAX_IDLE: usize = 256;
/// How long an idle connection is kept: shorter than common servers do, so that they rarely close first.
const IDLE_TIME: Duration = Duration::from_secs(20);

/// Scheme and authority of an origin.
pub(crate) type PoolKey = (Scheme, Authority);

/// The idle connections of one pool.
#[derive(Default)]
pub(crate) struct IdlePool(Mutex<IdleConnections>);

#[derive(Default)]
struct IdleConnections {
    by_origin: HashMap<PoolKey, Vec<(Instant, PooledConnection)>>,
    count: usize,
    is_swept: bool,
}

impl IdlePool {
    /// The connection that was used last. It may be dead, which its next use will show.
    pub(crate) fn take(&self, origin: &PoolKey) -> Option<PooledConnection> {
        let mut idle = self.lock();
        let (since, connection) = idle.by_origin.get_mut(origin)?.pop()?;
        idle.count -= 1;
        // The others are older.
        (since.elapsed() < IDLE_TIME).then_some(connection)
    }

    pub(crate) fn keep(self: &Arc<Self>, origin: PoolKey, connection: PooledConnection) {
        // Without a runtime the process is about to end.
        let Ok(runtime) = runtime::Handle::try_current() else { return };
        let mut idle = self.lock();
        let is_full = idle.count >= MAX_IDLE;
        let connections = idle.by_origin.entry(origin).or_default();
        if is_full || connections.len() >= MAX_IDLE_PER_ORIGIN {
            return;
        }
        connections.push((Instant::now(), connection));
        idle.count += 1;
        if !std::mem::replace(&mut idle.is_swept, true) {
            runtime.spawn(sweep(Arc::downgrade(self)));
        }
    }

    /// Closes connections that are old or were closed by the origin; false if none is left.
    pub(crate) fn close_old(&self) -> bool {
        let mut idle = self.lock();
        for connections in idle.by_origin.values_mut() {
            connections.retain_mut(|(since, connection)| since.elapsed() < IDLE_TIME && connection.is_usable());
        }
        idle.by_origin.retain(|_, connections| !connections.is_empty());
        idle.count = idle.by_origin.values().map(Vec::len).sum();
        idle.is_swept = idle.count > 0;
        idle.is_swept
    }

    pub(crate) fn count(&self) -> usize {
        self.lock().count
    }

    fn lock(&self) -> MutexGuard<'_, IdleConnections> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Runs while the pool has connections.
async fn sweep(idle: Weak<IdlePool>) {
    loop {
        tokio::time::sleep(IDLE_TIME / 4).await;
        if !idle.upgrade().is_some_and(|idle| idle.close_old()) {
            return;
        }
    }
}

impl fmt::Debug for IdlePool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdlePool").field("count", &self.count()).finish()
    }
}
