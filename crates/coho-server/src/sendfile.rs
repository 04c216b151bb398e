//! Bytes of a file are sent to the client without a copy through this process.
//!
//! For a part of a file whose pages are in memory a body hands out a placeholder, a slice of memory that all placeholders
//! share. When the connection writes it, which it recognises by its address, the kernel sends the file's pages instead. If it
//! cannot, the connection breaks.

use crate::{
    abort::{Abort, AbortOnClose},
    transport::Transport,
};
use bytes::Bytes;
use std::{
    collections::VecDeque,
    fs::File,
    io,
    pin::Pin,
    sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Most placeholders of a connection at a time; the connection queues fewer pieces.
const MAX_FILE_PIECES: usize = 64;
/// Bytes of the longest placeholder: what one system call sends at most.
pub(crate) const MAX_PLACEHOLDER_BYTES: usize = 512 * 1024;

/// Stands for bytes that were not read. It is never touched, so it costs addresses and no memory.
static PLACEHOLDER: LazyLock<&'static [u8]> =
    LazyLock::new(|| Box::leak(vec![0; MAX_PLACEHOLDER_BYTES].into_boxed_slice()));

/// Whether these bytes are none of a body, and take no memory.
pub(crate) fn is_placeholder(buf: &[u8]) -> bool {
    let (placeholder, buf) = (PLACEHOLDER.as_ptr_range(), buf.as_ptr_range());
    buf.start < buf.end && placeholder.start <= buf.start && buf.end <= placeholder.end
}

/// The pieces of one connection's answers that are parts of files, in their order.
#[derive(Debug, Clone, Default)]
pub(crate) struct FilePieces(Arc<Mutex<VecDeque<FilePiece>>>);

#[derive(Debug)]
struct FilePiece {
    placeholder: Bytes,
    file: Arc<File>,
    offset: u64,
}

impl FilePieces {
    /// Whether another placeholder may be made now.
    pub(crate) fn takes_placeholders(&self) -> bool {
        self.lock().len() < MAX_FILE_PIECES
    }

    /// A placeholder for `count` bytes of the file, at most [`MAX_PLACEHOLDER_BYTES`]. The body must hand it out next.
    pub(crate) fn placeholder(&self, (file, offset, count): (Arc<File>, u64, usize)) -> Bytes {
        let placeholder = Bytes::from_static(&PLACEHOLDER[..count]);
        self.lock().push_back(FilePiece { placeholder: placeholder.clone(), file, offset });
        placeholder
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<FilePiece>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The file, offset and length of the piece at the start of these buffers, if it is part of a file.
    fn front(&self, bufs: &[io::IoSlice<'_>]) -> Option<(Arc<File>, u64, usize)> {
        let pieces = self.lock();
        let (mut bufs, mut pieces) = (bufs.iter(), pieces.iter());
        let (first, piece) = (bufs.next()?, pieces.next()?);
        let start = piece.offset + piece.inside(first)?;
        let mut count = first.len();
        // Pieces that are adjacent in the file, too, are sent by the same call.
        while let (Some(next), Some(other)) = (bufs.next(), pieces.next())
            && other.inside(next) == Some(0)
            && Arc::ptr_eq(&other.file, &piece.file)
            && other.offset == start + count as u64
        {
            count += next.len();
        }
        Some((piece.file.clone(), start, count))
    }

    /// Forgets the pieces that are written with `count` bytes of these buffers.
    fn written(&self, bufs: &[io::IoSlice<'_>], mut count: usize) {
        let mut pieces = self.lock();
        for buf in bufs {
            if pieces.is_empty() || count < buf.len() {
                return;
            }
            count -= buf.len();
            if pieces.front().is_some_and(|piece| piece.inside(buf).is_some()) {
                pieces.pop_front();
            }
        }
    }
}

impl FilePiece {
    /// The offset in the piece at which the buffer begins, if the buffer is the rest of the piece.
    fn inside(&self, buf: &[u8]) -> Option<u64> {
        let (own, other) = (self.placeholder.as_ptr_range(), buf.as_ptr_range());
        (other.start >= own.start && other.end == own.end && !buf.is_empty())
            .then(|| (self.placeholder.len() - buf.len()) as u64)
    }
}

/// A connection that sends the files that placeholders stand for.
pub(crate) struct FileSender<T> {
    transport: T,
    pieces: FilePieces,
    abort: AbortOnClose,
}

impl<T: Transport> FileSender<T> {
    pub(crate) fn new(transport: T, pieces: FilePieces, abort: &Abort) -> Self {
        Self { transport, pieces, abort: abort.of_connection() }
    }

    /// Writes the start of the buffers, from a file if it is part of one.
    fn poll_front(&mut self, cx: &mut Context<'_>, bufs: &[io::IoSlice<'_>]) -> Poll<io::Result<usize>> {
        self.abort.before_write(&mut self.transport)?;
        if let Some((file, offset, count)) = self.pieces.front(bufs)
            && let Some(sent) = std::task::ready!(self.transport.poll_send_file(cx, &file, offset, count))
        {
            self.pieces.written(bufs, sent);
            return Poll::Ready(Ok(sent));
        }
        let bytes = &bufs[..bufs.iter().position(|buf| is_placeholder(buf)).unwrap_or(bufs.len())];
        if bytes.is_empty() && !bufs.is_empty() {
            return Poll::Ready(Err(io::Error::other("a part of a file could not be sent")));
        }
        let sent = std::task::ready!(if bytes.len() < bufs.len() {
            self.transport.poll_write_before_file(cx, bytes)
        } else {
            Pin::new(&mut self.transport).poll_write_vectored(cx, bytes)
        })?;
        self.pieces.written(bytes, sent);
        Poll::Ready(Ok(sent))
    }
}

impl<T: Transport> AsyncRead for FileSender<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_read(cx, buf)
    }
}

impl<T: Transport> AsyncWrite for FileSender<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.poll_front(cx, &[io::IoSlice::new(buf)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.poll_front(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { transport, abort, .. } = &mut *self;
        if !abort.before_close(transport)? {
            // An orderly close would hide that the answer is incomplete.
            return Poll::Ready(Err(io::Error::new(io::ErrorKind::ConnectionAborted, "the answer is incomplete")));
        }
        Pin::new(&mut self.transport).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::Tcp;
    use std::io::Write;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
    };

    fn tcp(stream: TcpStream) -> Tcp {
        let client = stream.peer_addr().unwrap();
        Tcp::new(stream, client)
    }

    /// Writes as an HTTP library does: the buffers that are left, again and again.
    async fn write_all(sender: &mut FileSender<Tcp>, mut rest: Vec<Bytes>) -> io::Result<()> {
        while !rest.is_empty() {
            let slices: Vec<_> = rest.iter().map(|buf| io::IoSlice::new(buf)).collect();
            let mut count = sender.write_vectored(&slices).await?;
            while !rest.is_empty() && count >= rest[0].len() {
                count -= rest.remove(0).len();
            }
            if count > 0 {
                bytes::Buf::advance(&mut rest[0], count);
            }
        }
        Ok(())
    }

    /// What is sent of placeholders for parts of a file after a head, or why it is not.
    async fn sent_placeholders(file: &[u8], head: usize, places: &[(u64, usize)]) -> io::Result<Vec<u8>> {
        let mut at = tempfile::tempfile().unwrap();
        at.write_all(file).unwrap();
        let (at, known) = (Arc::new(at), FilePieces::default());
        let mut bufs = vec![Bytes::from(vec![9; head])];
        bufs.extend(places.iter().map(|(offset, count)| known.placeholder((at.clone(), *offset, *count))));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut client, _) = listener.accept().await.unwrap();
        let mut sender = FileSender::new(tcp(stream), known.clone(), &Abort::default());
        // It takes the connection with it, also when it fails.
        let write = async move {
            write_all(&mut sender, bufs).await?;
            sender.shutdown().await
        };
        let mut received = Vec::new();
        let (written, read) = tokio::join!(write, client.read_to_end(&mut received));
        written.and(read)?;
        Ok(received)
    }

    #[tokio::test]
    async fn a_placeholder_is_sent_from_its_file_or_not_at_all() {
        let file: Vec<u8> = (0..3_000_000u32).map(|at| (at % 251) as u8).collect();
        let part = |offset: usize, count: usize| file[offset..offset + count].to_vec();
        for (name, head, places) in [
            ("one", 0, &[(5, 400_000)][..]),
            ("after a head", 300, &[(5, 400_000)]),
            ("a short one", 300, &[(5, 7)]),
            (
                "of equal length, in a row",
                1,
                &[(9, MAX_PLACEHOLDER_BYTES), (9 + MAX_PLACEHOLDER_BYTES as u64, MAX_PLACEHOLDER_BYTES)],
            ),
            ("of equal length, apart", 1, &[(900_000, MAX_PLACEHOLDER_BYTES), (9, MAX_PLACEHOLDER_BYTES)]),
            (
                "of several lengths",
                1,
                &[(0, MAX_PLACEHOLDER_BYTES), (7, 100), (8, MAX_PLACEHOLDER_BYTES), (0, 200_000)],
            ),
        ] {
            let parts: Vec<u8> = places.iter().flat_map(|(offset, count)| part(*offset as usize, *count)).collect();
            let expected = [vec![9; head], parts].concat();
            assert!(sent_placeholders(&file, head, places).await.unwrap() == expected, "{name}");
        }
        let error = sent_placeholders(&file, 300, &[(0, 100_000), (9_000_000, 100_000)]).await.unwrap_err();
        assert_eq!(error.to_string(), "a part of a file could not be sent");
    }

    #[tokio::test]
    async fn a_placeholder_that_is_not_registered_is_never_sent() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let mut sender = FileSender::new(tcp(stream), FilePieces::default(), &Abort::default());
        for part in [0..MAX_PLACEHOLDER_BYTES, 7..8, MAX_PLACEHOLDER_BYTES - 1..MAX_PLACEHOLDER_BYTES] {
            let placeholder = Bytes::from_static(&PLACEHOLDER[part]);
            let error = write_all(&mut sender, vec![Bytes::from_static(b"head"), placeholder]).await.unwrap_err();
            assert_eq!(error.to_string(), "a part of a file could not be sent");
        }
    }

    #[test]
    fn one_call_sends_what_lies_in_a_row_in_one_file() {
        const PIECE_BYTES: usize = 16 * 1024;
        let file = || Arc::new(tempfile::tempfile().unwrap());
        let (one, other) = (file(), file());
        let length = PIECE_BYTES as u64;
        for (name, places, from, expected) in [
            ("in a row", [(&one, 5), (&one, 5 + length), (&one, 5 + 2 * length)], 0, Some((5, 3 * PIECE_BYTES))),
            ("from within", [(&one, 5), (&one, 5 + length), (&one, 0)], 7, Some((12, 2 * PIECE_BYTES - 7))),
            ("a gap", [(&one, 0), (&one, length + 1), (&one, 2 * length + 1)], 0, Some((0, PIECE_BYTES))),
            ("another file", [(&one, 0), (&other, length), (&other, 2 * length)], 0, Some((0, PIECE_BYTES))),
        ] {
            let pieces = FilePieces::default();
            let bufs = places.map(|(file, offset)| pieces.placeholder((file.clone(), offset, PIECE_BYTES)));
            let front = |bufs: &[&[u8]]| {
                let slices: Vec<_> = bufs.iter().map(|buf| io::IoSlice::new(buf)).collect();
                pieces.front(&slices)
            };
            let sent = front(&[&bufs[0][from..], &bufs[1], &bufs[2]]);
            assert_eq!(sent.map(|(_, offset, count)| (offset, count)), expected, "{name}");
            assert!(front(&[b"head", &bufs[0]]).is_none(), "{name}: a head comes first");
            assert!(front(&[&bufs[0][from..PIECE_BYTES - 1]]).is_none(), "{name}: not its rest");
        }
    }
}
