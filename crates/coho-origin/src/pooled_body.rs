//! The body of an origin's answer together with its connection, which returns to the idle pool when the body is dropped.

use crate::{
    connection::{PooledConnection, no_wake},
    idle_pool::{IdlePool, PoolKey},
};
use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use std::{
    fmt,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

/// A body that polls the connection it arrives on.
pub(crate) struct PooledBody {
    connection: Option<PooledConnection>,
    body: Option<Incoming>,
    origin: PoolKey,
    idle: Arc<IdlePool>,
}

impl PooledBody {
    pub(crate) fn new(body: Incoming, connection: PooledConnection, origin: PoolKey, idle: Arc<IdlePool>) -> Self {
        Self { connection: Some(connection), body: Some(body), origin, idle }
    }

    /// The address of the connection.
    pub(crate) fn peer(&self) -> Option<SocketAddr> {
        self.connection.as_ref().and_then(PooledConnection::peer)
    }

    /// Whether bytes have arrived after the body, as far as is known at its end. They belong to no request.
    pub(crate) fn has_trailing_data(&mut self) -> bool {
        self.connection.as_mut().is_some_and(PooledConnection::has_trailing_data)
    }

    /// See [`PooledConnection::has_announced_end`].
    pub(crate) fn has_announced_end(&mut self) -> bool {
        self.connection.as_mut().is_some_and(PooledConnection::has_announced_end)
    }

    fn poll_body(&mut self) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.body.as_mut().map_or(Poll::Ready(None), |body| Pin::new(body).poll_frame(&mut no_wake()))
    }
}

impl Body for PooledBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        if let Poll::Ready(frame) = self.poll_body() {
            return Poll::Ready(frame);
        }
        if let Some(connection) = &mut self.connection {
            connection.drive(cx);
        }
        self.poll_body()
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(SizeHint::default, Body::size_hint)
    }
}

impl Drop for PooledBody {
    fn drop(&mut self) {
        // Dropping the body first tells the connection that the rest is not wanted.
        self.body = None;
        if let Some(mut connection) = self.connection.take()
            && (connection.is_ready() || connection.is_usable())
        {
            self.idle.keep(self.origin.clone(), connection);
        }
    }
}

impl fmt::Debug for PooledBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PooledBody").field("body", &self.body).finish_non_exhaustive()
    }
}
