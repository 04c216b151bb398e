//! What the server needs of a connection below HTTP. TCP is one transport; TLS is another file like `tcp.rs` beside it.

mod tcp;

pub(crate) use tcp::Tcp;

use coho_model::website::Protocol;
use std::{
    fs::File,
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
};
use tokio::io::{AsyncRead, AsyncWrite};

/// How a client reached the server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer {
    /// The scheme of the URLs that reach this server in the same way.
    pub(crate) scheme: Protocol,
    /// The client's address, or that of its proxy.
    pub(crate) address: Option<SocketAddr>,
}

/// A connection of a client.
pub(crate) trait Transport: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// How the client reached the server.
    fn peer(&self) -> Peer;

    /// Whether [`Transport::poll_send_file`] can work at all. Only then is a body handed over unread.
    fn sends_files(&self) -> bool {
        false
    }

    /// Sends bytes of a file without reading them into this process, and gives their count; `None` if that is not
    /// possible for this file.
    fn poll_send_file(
        &mut self,
        _cx: &mut Context<'_>,
        _file: &File,
        _offset: u64,
        _count: usize,
    ) -> Poll<Option<usize>> {
        Poll::Ready(None)
    }

    /// Writes bytes that are followed at once by [`Transport::poll_send_file`], so that they need no packet of their own.
    fn poll_write_before_file(&mut self, cx: &mut Context<'_>, bufs: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        Pin::new(self).poll_write_vectored(cx, bufs)
    }

    /// Whether the end of the connection, for any reason, must look like an abort to the client.
    fn set_abort_on_close(&mut self, aborts: bool) -> io::Result<()>;
}
