//! The sum of what waits to be written. A write that waits cannot be refused, and most waits are short: a client reads
//! more slowly than the store. So beyond a limit the answer that has waited longest without a byte taken is broken.

use super::{ClientMemory, HeldBytes, LimitOwner, MemoryBudget, Purpose};
use futures_util::task::AtomicWaker;
use std::{
    collections::BTreeMap,
    io,
    sync::{
        Arc, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::Context,
};

/// Writes that wait, the one that has waited longest first.
#[derive(Default)]
pub(super) struct Queue {
    next: u64,
    writes: BTreeMap<u64, Write>,
}

struct Write {
    held: HeldBytes,
    state: Arc<State>,
}

/// What a connection and the queue know of a write.
#[derive(Default)]
struct State {
    is_evicted: AtomicBool,
    waker: AtomicWaker,
}

impl Write {
    /// Breaks the connection. Its bytes are given back at once, so that no other is broken for them.
    fn evict(self, owner: LimitOwner) {
        let client = &self.held.client;
        client.budget().refuse(Purpose::WaitingOutput, owner, client.0.key);
        self.state.is_evicted.store(true, Ordering::Relaxed);
        self.state.waker.wake();
    }
}

impl Queue {
    fn push(&mut self, write: Write) -> u64 {
        let number = self.next;
        self.next += 1;
        self.writes.insert(number, write);
        number
    }

    /// Breaks the connections that have waited longest until the sums are within their limits.
    fn evict(&mut self, client: &ClientMemory) {
        let (budget, purpose) = (client.budget(), Purpose::WaitingOutput);
        while client.account().bytes(purpose) > budget.limits.client(purpose) {
            let mut of_client = self.writes.iter().filter(|(_, write)| Arc::ptr_eq(&write.held.client.0, &client.0));
            let Some(write) = of_client.next().map(|(number, _)| *number).and_then(|it| self.writes.remove(&it)) else {
                break;
            };
            write.evict(LimitOwner::Client);
        }
        while budget.process.bytes(purpose) > budget.limits.process(purpose) {
            let Some((_, write)) = self.writes.pop_first() else { break };
            write.evict(LimitOwner::Process);
        }
    }
}

impl MemoryBudget {
    fn lock_waiting(&self) -> MutexGuard<'_, Queue> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The waiting bytes of one connection.
pub(crate) struct WaitingOutput {
    client: ClientMemory,
    entry: Option<QueuePlace>,
}

/// The place in the queue, while a write waits.
struct QueuePlace {
    number: u64,
    bytes: usize,
    state: Arc<State>,
}

impl WaitingOutput {
    pub(crate) fn new(client: ClientMemory) -> Self {
        Self { client, entry: None }
    }

    /// A write of this many bytes of memory waits; an error if the connection is to be broken.
    pub(crate) fn wait(&mut self, bytes: usize, cx: &Context<'_>) -> io::Result<()> {
        self.check()?;
        if self.entry.as_ref().is_none_or(|entry| entry.bytes != bytes) {
            self.progress();
            if bytes == 0 {
                return Ok(());
            }
            let state = Arc::new(State::default());
            let mut held = self.client.hold(Purpose::WaitingOutput);
            held.set(bytes);
            let mut queue = self.client.budget().lock_waiting();
            let number = queue.push(Write { held, state: state.clone() });
            queue.evict(&self.client);
            drop(queue);
            self.entry = Some(QueuePlace { number, bytes, state });
        }
        if let Some(entry) = &self.entry {
            entry.state.waker.register(cx.waker());
        }
        self.check()
    }

    fn check(&self) -> io::Result<()> {
        if self.entry.as_ref().is_some_and(|entry| entry.state.is_evicted.load(Ordering::Relaxed)) {
            let message = "peer takes its answer too slowly for the memory that it holds";
            return Err(io::Error::new(io::ErrorKind::TimedOut, message));
        }
        Ok(())
    }

    /// Nothing waits any more.
    pub(crate) fn progress(&mut self) {
        if let Some(entry) = self.entry.take() {
            let write = self.client.budget().lock_waiting().writes.remove(&entry.number);
            drop(write);
        }
    }
}

impl Drop for WaitingOutput {
    fn drop(&mut self) {
        self.progress();
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{budget, client};
    use super::*;
    use std::task::Waker;

    #[test]
    fn beyond_a_limit_the_answer_that_has_waited_longest_is_broken() {
        let budget = budget();
        let mut outputs: Vec<_> = ["10.0.0.1", "10.0.0.2", "10.0.0.2", "10.0.0.3", "10.0.0.3"]
            .map(|address| WaitingOutput::new(client(&budget, address)))
            .into();
        let cx = Context::from_waker(Waker::noop());
        // The connection, what it waits with, and all that are broken then.
        for (at, bytes, broken) in [
            (0, 300, &[][..]),
            (1, 300, &[]),
            // Of its own client, the one before it.
            (2, 300, &[1]),
            (3, 300, &[1]),
            // Of all, the first.
            (4, 200, &[0, 1]),
            (4, 200, &[0, 1]),
            // More than a client may hold at all.
            (4, 501, &[0, 1, 3, 4]),
        ] {
            let _ = outputs[at].wait(bytes, &cx);
            let is_broken = |output: &WaitingOutput| {
                output.entry.as_ref().is_some_and(|entry| entry.state.is_evicted.load(Ordering::Relaxed))
            };
            let found: Vec<_> = (0..outputs.len()).filter(|at| is_broken(&outputs[*at])).collect();
            assert_eq!(found, broken, "{at} {bytes}");
        }
        assert!(outputs[0].wait(300, &cx).is_err());
        assert!(outputs[2].wait(300, &cx).is_ok());
        outputs[2].progress();
        drop(outputs);
        assert_eq!(budget.process.bytes(Purpose::WaitingOutput), 0);
        assert!(budget.lock_waiting().writes.is_empty());
    }
}
