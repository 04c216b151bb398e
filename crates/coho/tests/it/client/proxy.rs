//! A relay between the command line and a store that damages, holds and counts what passes.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

/// Longest wait for what a test expects.
const LIMIT: Duration = Duration::from_secs(30);

/// What happens to the bytes of one direction, all connections together.
#[derive(Debug, Default)]
struct Flow {
    passed: u64,
    /// The byte at this offset is changed, once.
    damaged_at: Option<u64>,
    /// No byte passes from this offset on.
    held_at: Option<u64>,
    is_held: bool,
}

#[derive(Debug, Default)]
struct Shared {
    up: Mutex<Flow>,
    down: Mutex<Flow>,
    changed: Condvar,
}

/// The relay; it ends with the test's process.
pub(crate) struct Relay {
    address: SocketAddr,
    shared: Arc<Shared>,
}

/// From the client, or to it.
#[derive(Clone, Copy)]
pub(crate) enum Direction {
    Up,
    Down,
}

impl Relay {
    pub(crate) fn start(store: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared::default());
        let relay = Self { address, shared: Arc::clone(&shared) };
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let Ok(server) = TcpStream::connect(store) else { continue };
                let (client_out, server_out) = (client.try_clone().unwrap(), server.try_clone().unwrap());
                let (up, down) = (Arc::clone(&shared), Arc::clone(&shared));
                thread::spawn(move || pass(client, server_out, &up, Direction::Up));
                thread::spawn(move || pass(server, client_out, &down, Direction::Down));
            }
        });
        relay
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Changes one byte.
    pub(crate) fn damage(&self, direction: Direction, offset: u64) {
        let mut flow = self.shared.flow(direction).lock().unwrap();
        flow.damaged_at = Some(flow.passed + offset);
    }

    /// Lets only this many more bytes pass.
    pub(crate) fn hold(&self, direction: Direction, offset: u64) {
        let mut flow = self.shared.flow(direction).lock().unwrap();
        flow.held_at = Some(flow.passed + offset);
        flow.is_held = false;
    }

    /// Waits until bytes are held.
    pub(crate) fn wait_until_held(&self, direction: Direction) {
        let deadline = Instant::now() + LIMIT;
        let mut flow = self.shared.flow(direction).lock().unwrap();
        while !flow.is_held {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "{flow:?}");
            flow = self.shared.changed.wait_timeout(flow, left).unwrap().0;
        }
    }

    /// Lets everything pass.
    pub(crate) fn release(&self, direction: Direction) {
        self.shared.flow(direction).lock().unwrap().held_at = None;
        self.shared.changed.notify_all();
    }

    pub(crate) fn passed(&self, direction: Direction) -> u64 {
        self.shared.flow(direction).lock().unwrap().passed
    }
}

impl Shared {
    fn flow(&self, direction: Direction) -> &Mutex<Flow> {
        match direction {
            Direction::Up => &self.up,
            Direction::Down => &self.down,
        }
    }

    /// Counts bytes, damages them, and waits while they are held.
    fn admit(&self, direction: Direction, bytes: &mut [u8]) {
        let mut flow = self.flow(direction).lock().unwrap();
        while flow.held_at.is_some_and(|at| flow.passed + bytes.len() as u64 > at) {
            flow.is_held = true;
            self.changed.notify_all();
            flow = self.changed.wait(flow).unwrap();
        }
        if let Some(at) = flow.damaged_at.and_then(|at| at.checked_sub(flow.passed))
            && let Some(byte) = usize::try_from(at).ok().and_then(|at| bytes.get_mut(at))
        {
            *byte ^= 1;
            flow.damaged_at = None;
        }
        flow.passed += bytes.len() as u64;
    }
}

fn pass(mut from: TcpStream, mut to: TcpStream, shared: &Shared, direction: Direction) {
    let mut piece = vec![0; 16 << 10];
    while let Ok(count @ 1..) = from.read(&mut piece) {
        shared.admit(direction, &mut piece[..count]);
        if to.write_all(&piece[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
