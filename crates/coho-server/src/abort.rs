//! Breaking a connection so that its client notices. An answer to HTTP/1.0 that has no length ends with its connection, and a
//! connection that is closed in the usual way says that the answer is whole. One that is reset says that it is not: so while
//! such an answer is under way the connection is set to be reset by whatever ends it, the end of this process included.

use socket2::SockRef;
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::net::TcpStream;

/// Whether the answer that is under way ends with its connection, for the body and for the connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Abort(Arc<AtomicBool>);

/// How the connection is set.
#[derive(Debug)]
pub(crate) struct Aborting {
    abort: Abort,
    is_set: bool,
}

impl Abort {
    /// Such an answer begins.
    pub(crate) fn begins(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// It has come to its end.
    pub(crate) fn is_whole(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    pub(crate) fn of_connection(&self) -> Aborting {
        Aborting { abort: self.clone(), is_set: false }
    }
}

impl Aborting {
    /// To be called before anything of an answer is written.
    pub(crate) fn before_write(&mut self, stream: &TcpStream) -> io::Result<()> {
        if self.is_wanted() && !self.is_set {
            SockRef::from(stream).set_linger(Some(Duration::ZERO))?;
            self.is_set = true;
        }
        Ok(())
    }

    /// To be called before the connection is closed in the usual way; false if it must not be.
    pub(crate) fn before_close(&mut self, stream: &TcpStream) -> io::Result<bool> {
        if self.is_set && !self.is_wanted() {
            SockRef::from(stream).set_linger(None)?;
            self.is_set = false;
        }
        Ok(!self.is_set)
    }

    fn is_wanted(&self) -> bool {
        self.abort.0.load(Ordering::Relaxed)
    }
}
