//! Breaking a connection so that its client notices. An answer to HTTP/1.0 that has no length ends with its connection, and a
//! connection that is closed in the usual way says that the answer is whole. One that is reset says that it is not.

use socket2::SockRef;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::net::TcpStream;

/// Whether a connection is to be reset instead of closed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Abort(Arc<AtomicBool>);

impl Abort {
    /// The answer that it sends has broken off.
    pub(crate) fn demand(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// To be called right before the connection is dropped.
    pub(crate) fn apply(&self, stream: &TcpStream) {
        if !self.0.load(Ordering::Relaxed) {
            return;
        }
        if let Err(error) = SockRef::from(stream).set_linger(Some(Duration::ZERO)) {
            tracing::warn!(%error, "a client may take a part of an object for the whole");
        }
    }
}
