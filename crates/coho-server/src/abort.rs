//! Breaking a connection so that its client notices. An answer to HTTP/1.0 that has no length ends with its connection, and a
//! connection that is closed in order says that the answer is whole. So while such an answer is sent, the connection is
//! set to be aborted when it ends for any reason, the end of this process included.

use crate::transport::Transport;
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
};

/// No such answer, one that is being sent, and one whose body has ended.
const NONE: u8 = 0;
const BEGUN: u8 = 1;
const WHOLE: u8 = 2;

/// The progress of an answer that ends with its connection, shared by the body and the connection.
#[derive(Debug, Clone, Default)]
pub(crate) struct Abort(Arc<AtomicU8>);

/// The connection's side of it.
#[derive(Debug)]
pub(crate) struct AbortOnClose {
    abort: Abort,
    is_set: bool,
}

impl Abort {
    /// Such an answer begins.
    pub(crate) fn begin(&self) {
        self.0.store(BEGUN, Ordering::Relaxed);
    }

    /// The body has ended. Its last bytes may not be written yet.
    pub(crate) fn end(&self) {
        self.0.store(WHOLE, Ordering::Relaxed);
    }

    pub(crate) fn of_connection(&self) -> AbortOnClose {
        AbortOnClose { abort: self.clone(), is_set: false }
    }
}

impl AbortOnClose {
    /// Must be called before anything of an answer is written.
    pub(crate) fn before_write(&mut self, transport: &mut impl Transport) -> io::Result<()> {
        if !self.is_set && self.state() != NONE {
            transport.set_abort_on_close(true)?;
            self.is_set = true;
        }
        Ok(())
    }

    /// Must be called before the connection is closed in order; false if it must not be.
    pub(crate) fn before_close(&mut self, transport: &mut impl Transport) -> io::Result<bool> {
        if self.is_set && self.state() == WHOLE {
            transport.set_abort_on_close(false)?;
            self.is_set = false;
        }
        Ok(!self.is_set)
    }

    fn state(&self) -> u8 {
        self.abort.0.load(Ordering::Relaxed)
    }
}
