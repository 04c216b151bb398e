//! Plain TCP.

use super::{Peer, Transport};
use coho_model::website::Protocol;
use socket2::SockRef;
use std::{
    fs::File,
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// A TCP connection.
#[derive(Debug)]
pub(crate) struct Tcp {
    stream: TcpStream,
    client: SocketAddr,
}

impl Tcp {
    pub(crate) fn new(stream: TcpStream, client: SocketAddr) -> Self {
        Self { stream, client }
    }
}

impl Transport for Tcp {
    fn peer(&self) -> Peer {
        Peer { scheme: Protocol::Http, address: Some(self.client) }
    }

    fn sends_files(&self) -> bool {
        cfg!(target_os = "linux")
    }

    #[cfg(target_os = "linux")]
    fn poll_send_file(&mut self, cx: &mut Context<'_>, file: &File, offset: u64, count: usize) -> Poll<Option<usize>> {
        loop {
            // An error of the socket shows itself in the other way of writing.
            if std::task::ready!(self.stream.poll_write_ready(cx)).is_err() {
                return Poll::Ready(None);
            }
            let sent = self.stream.try_io(tokio::io::Interest::WRITABLE, || {
                let mut offset = offset;
                Ok(rustix::fs::sendfile(&self.stream, file, Some(&mut offset), count)?)
            });
            match sent {
                Ok(sent) => return Poll::Ready((sent > 0).then_some(sent)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return Poll::Ready(None),
            }
        }
    }

    #[cfg(target_os = "linux")]
    fn poll_write_before_file(&mut self, cx: &mut Context<'_>, bufs: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        use rustix::net::{SendAncillaryBuffer, SendFlags, sendmsg};
        loop {
            std::task::ready!(self.stream.poll_write_ready(cx))?;
            let sent = self.stream.try_io(tokio::io::Interest::WRITABLE, || {
                let flags = SendFlags::MORE | SendFlags::NOSIGNAL;
                Ok(sendmsg(&self.stream, bufs, &mut SendAncillaryBuffer::default(), flags)?)
            });
            match sent {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                other => return Poll::Ready(other),
            }
        }
    }

    fn set_abort_on_close(&mut self, aborts: bool) -> io::Result<()> {
        // With a linger time of zero the connection is reset however it ends, by the end of this process as well.
        SockRef::from(&self.stream).set_linger(aborts.then_some(Duration::ZERO))
    }
}

impl AsyncRead for Tcp {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Tcp {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
