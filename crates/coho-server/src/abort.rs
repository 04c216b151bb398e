//! Breaking a connection so that its client notices. An answer to HTTP/1.0 that has no length ends with its connection, and a
//! connection that is closed in the usual way says that the answer is whole. One that is reset says that it is not: so while
//! such an answer is under way the connection is set to be reset by whatever ends it, the end of this process included.

use socket2::SockRef;
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
    time::Duration,
};
use tokio::net::TcpStream;

/// No such answer, one that is under way, and one that has come to its end.
const NONE: u8 = 0;
const BEGUN: u8 = 1;
const WHOLE: u8 = 2;

/// How far an answer is that ends with its connection, for the body and for the connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Abort(Arc<AtomicU8>);

/// How the connection is set.
#[derive(Debug)]
pub(crate) struct Aborting {
    abort: Abort,
    is_set: bool,
}

impl Abort {
    /// Such an answer begins.
    pub(crate) fn begins(&self) {
        self.0.store(BEGUN, Ordering::Relaxed);
    }

    /// The body has come to its end, which need not be written yet.
    pub(crate) fn ends(&self) {
        self.0.store(WHOLE, Ordering::Relaxed);
    }

    pub(crate) fn of_connection(&self) -> Aborting {
        Aborting { abort: self.clone(), is_set: false }
    }
}

impl Aborting {
    /// To be called before anything of an answer is written.
    pub(crate) fn before_write(&mut self, stream: &TcpStream) -> io::Result<()> {
        if !self.is_set && self.state() != NONE {
            SockRef::from(stream).set_linger(Some(Duration::ZERO))?;
            self.is_set = true;
        }
        Ok(())
    }

    /// To be called before the connection is closed in the usual way; false if it must not be.
    pub(crate) fn before_close(&mut self, stream: &TcpStream) -> io::Result<bool> {
        if self.is_set && self.state() == WHOLE {
            SockRef::from(stream).set_linger(None)?;
            self.is_set = false;
        }
        Ok(!self.is_set)
    }

    fn state(&self) -> u8 {
        self.abort.0.load(Ordering::Relaxed)
    }
}
