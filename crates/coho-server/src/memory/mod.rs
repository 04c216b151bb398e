//! Sum limits: how many bytes all connections together, and those of one client address, may hold in memory for what a
//! client can make grow and then leave alone. Each such buffer has a limit of its own; ten thousand of them have none.
//!
//! Only what is larger than a connection's first buffers is counted, so that a small request costs nothing here. What is
//! held has a guard ([`HeldBytes`]) and is given back when the guard is dropped.

mod limits;
mod waiting_output;

pub use limits::MemoryLimits;
pub(crate) use waiting_output::WaitingOutput;

use coho_origin::RepeatedLines;
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};
use std::{
    collections::HashMap,
    fmt,
    net::{IpAddr, Ipv6Addr, SocketAddr},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use waiting_output::Queue;

/// Shortest time between two log lines about the same limit.
const LINE_INTERVAL: Duration = Duration::from_secs(1);
/// Bits of an IPv6 address that tell clients apart: one client has all addresses of its network.
const IPV6_NETWORK_BITS: u32 = 64;

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Purpose {
    /// Buffers that requests are read into.
    Heads,
    /// Bodies that are collected before an operation reads them.
    Documents,
    /// Bytes of answers that their clients do not take.
    WaitingOutput,
}

impl Purpose {
    const ALL: [Self; 3] = [Self::Heads, Self::Documents, Self::WaitingOutput];

    fn label(self) -> &'static str {
        match self {
            Self::Heads => "heads",
            Self::Documents => "documents",
            Self::WaitingOutput => "waiting_output",
        }
    }
}

/// How much of a limit a caller may use up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Whole,
    /// For what works without it, too, if more slowly.
    Half,
}

/// A sum limit has no room left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exceeded;

/// Bytes in use.
#[derive(Debug, Default)]
struct Account([AtomicUsize; Purpose::ALL.len()]);

impl Account {
    fn of(&self, purpose: Purpose) -> &AtomicUsize {
        &self.0[purpose as usize]
    }

    fn bytes(&self, purpose: Purpose) -> usize {
        self.of(purpose).load(Ordering::Relaxed)
    }

    /// Adds these bytes if the sum stays within the limit.
    fn add_within(&self, purpose: Purpose, bytes: usize, limit: usize) -> bool {
        let before = self.of(purpose).fetch_add(bytes, Ordering::Relaxed);
        let fits = before.saturating_add(bytes) <= limit;
        if !fits {
            self.subtract(purpose, bytes);
        }
        fits
    }

    fn add(&self, purpose: Purpose, bytes: usize) {
        self.of(purpose).fetch_add(bytes, Ordering::Relaxed);
    }

    fn subtract(&self, purpose: Purpose, bytes: usize) {
        self.of(purpose).fetch_sub(bytes, Ordering::Relaxed);
    }
}

/// Labels of a refusal: what had no room, and whose limit it was.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RefusalLabels {
    purpose: &'static str,
    limit: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PurposeLabel {
    purpose: &'static str,
}

/// Whose limit is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum LimitOwner {
    Process,
    Client,
}

/// The sums of the process and of each client address.
pub(crate) struct MemoryBudget {
    limits: MemoryLimits,
    process: Account,
    /// Addresses with a connection.
    clients: Mutex<HashMap<IpAddr, Weak<ClientAccount>>>,
    waiting: Mutex<Queue>,
    refusals: Family<RefusalLabels, Counter>,
    lines: RepeatedLines<(Purpose, LimitOwner)>,
}

impl fmt::Debug for MemoryBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryBudget").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl MemoryBudget {
    pub(crate) fn new(limits: MemoryLimits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            process: Account::default(),
            clients: Mutex::default(),
            waiting: Mutex::default(),
            refusals: Family::default(),
            lines: RepeatedLines::new(LINE_INTERVAL),
        })
    }

    /// The account of a connection's client.
    pub(crate) fn client(self: &Arc<Self>, address: Option<SocketAddr>) -> ClientMemory {
        let key = address.map_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED), |address| client_key(address.ip()));
        let mut clients = self.lock_clients();
        if let Some(account) = clients.get(&key).and_then(Weak::upgrade) {
            return ClientMemory(account);
        }
        let account = Arc::new(ClientAccount { budget: self.clone(), key, account: Account::default() });
        clients.insert(key, Arc::downgrade(&account));
        ClientMemory(account)
    }

    fn lock_clients(&self) -> MutexGuard<'_, HashMap<IpAddr, Weak<ClientAccount>>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts and logs a refusal.
    fn refuse(&self, purpose: Purpose, owner: LimitOwner, client: IpAddr) {
        let limit = match owner {
            LimitOwner::Process => "process",
            LimitOwner::Client => "client",
        };
        self.refusals.get_or_create(&RefusalLabels { purpose: purpose.label(), limit }).inc();
        if let Some(unlogged) = self.lines.admit((purpose, owner), Instant::now()) {
            let in_use_bytes = self.process.bytes(purpose);
            tracing::warn!(
                purpose = purpose.label(), limit, %client, in_use_bytes, unlogged,
                "connections have no more room in memory: one is refused or closed"
            );
        }
    }

    /// By purpose: what is held, and the limit of the process.
    pub(crate) fn in_use(&self) -> impl Iterator<Item = (&'static str, usize, usize)> {
        Purpose::ALL.into_iter().map(|it| (it.label(), self.process.bytes(it), self.limits.process(it)))
    }

    /// Adds the sums to a page of metrics.
    pub(crate) fn register(&self, registry: &mut Registry) {
        let in_use: Family<PurposeLabel, Gauge> = Family::default();
        for purpose in Purpose::ALL {
            in_use.get_or_create(&PurposeLabel { purpose: purpose.label() }).set(self.process.bytes(purpose) as i64);
        }
        registry.register("http_memory_bytes", "Bytes that connections hold in memory, by purpose", in_use);
        registry.register(
            "http_memory_refusals",
            "Requests refused and connections closed by a sum limit",
            self.refusals.clone(),
        );
    }
}

/// The address that tells clients apart.
pub(crate) fn client_key(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::from(address) >> (u128::BITS - IPV6_NETWORK_BITS) << (u128::BITS - IPV6_NETWORK_BITS);
            IpAddr::V6(network.into())
        }
        address => address,
    }
}

struct ClientAccount {
    budget: Arc<MemoryBudget>,
    key: IpAddr,
    account: Account,
}

impl Drop for ClientAccount {
    fn drop(&mut self) {
        let mut clients = self.budget.lock_clients();
        // Another connection may have made a new account meanwhile.
        if clients.get(&self.key).is_some_and(|account| account.strong_count() == 0) {
            clients.remove(&self.key);
        }
    }
}

/// What the connections of one client address hold, within what all hold.
#[derive(Clone)]
pub(crate) struct ClientMemory(Arc<ClientAccount>);

impl fmt::Debug for ClientMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ClientMemory").field(&self.0.key).finish()
    }
}

impl ClientMemory {
    /// A guard that holds nothing yet.
    pub(crate) fn hold(&self, purpose: Purpose) -> HeldBytes {
        HeldBytes { client: self.clone(), purpose, bytes: 0 }
    }

    fn budget(&self) -> &Arc<MemoryBudget> {
        &self.0.budget
    }

    fn account(&self) -> &Account {
        &self.0.account
    }
}

/// Bytes that are held until this is dropped.
pub(crate) struct HeldBytes {
    client: ClientMemory,
    purpose: Purpose,
    bytes: usize,
}

impl HeldBytes {
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Holds this many bytes in all, if there is room. It never shrinks.
    pub(crate) fn grow_to(&mut self, bytes: usize, part: Part) -> Result<(), Exceeded> {
        let Some(more) = bytes.checked_sub(self.bytes).filter(|more| *more > 0) else { return Ok(()) };
        let (budget, purpose) = (self.client.budget(), self.purpose);
        let divisor = if part == Part::Half { 2 } else { 1 };
        let failed = if !budget.process.add_within(purpose, more, budget.limits.process(purpose) / divisor) {
            Some(LimitOwner::Process)
        } else if !self.client.account().add_within(purpose, more, budget.limits.client(purpose) / divisor) {
            budget.process.subtract(purpose, more);
            Some(LimitOwner::Client)
        } else {
            None
        };
        if let Some(owner) = failed {
            if part == Part::Whole {
                budget.refuse(purpose, owner, self.client.0.key);
            }
            return Err(Exceeded);
        }
        self.bytes = bytes;
        Ok(())
    }

    /// Holds this many bytes in all, also beyond the limits.
    fn set(&mut self, bytes: usize) {
        for account in [&self.client.budget().process, self.client.account()] {
            account.add(self.purpose, bytes);
            account.subtract(self.purpose, self.bytes);
        }
        self.bytes = bytes;
    }
}

impl Drop for HeldBytes {
    fn drop(&mut self) {
        if self.bytes > 0 {
            self.set(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1,000 bytes for each purpose, of which one client may hold half.
    pub(super) fn budget() -> Arc<MemoryBudget> {
        MemoryBudget::new(MemoryLimits {
            heads_bytes: 1000,
            documents_bytes: 1000,
            waiting_output_bytes: 1000,
            client_share_percent: 50,
        })
    }

    pub(super) fn client(budget: &Arc<MemoryBudget>, address: &str) -> ClientMemory {
        budget.client(Some(SocketAddr::new(address.parse().unwrap(), 7)))
    }

    #[test]
    fn the_process_and_each_client_have_a_limit_and_what_is_dropped_comes_back() {
        let budget = budget();
        let mut held = Vec::new();
        for (address, bytes, part, expected) in [
            ("10.0.0.1", 500, Part::Whole, true),
            ("10.0.0.1", 1, Part::Whole, false),
            ("10.0.0.2", 1, Part::Half, false),
            ("10.0.0.2", 400, Part::Whole, true),
            ("::ffff:10.0.0.1", 50, Part::Whole, false),
            ("10.0.0.3", 100, Part::Whole, true),
            ("10.0.0.3", 1, Part::Whole, false),
        ] {
            let mut guard = client(&budget, address).hold(Purpose::Heads);
            assert_eq!(guard.grow_to(bytes, part).is_ok(), expected, "{address} {bytes}");
            assert_eq!(guard.bytes(), if expected { bytes } else { 0 });
            held.push(guard);
        }
        assert!(client(&budget, "10.0.0.9").hold(Purpose::Documents).grow_to(500, Part::Whole).is_ok());
        assert_eq!(budget.process.bytes(Purpose::Heads), 1000);
        held.clear();
        assert_eq!(budget.process.bytes(Purpose::Heads), 0);
        assert!(client(&budget, "10.0.0.1").hold(Purpose::Heads).grow_to(500, Part::Whole).is_ok());
    }

    #[test]
    fn addresses_are_forgotten_with_their_last_connection() {
        let budget = budget();
        let (one, other) = (client(&budget, "10.0.0.1"), client(&budget, "10.0.0.1"));
        let held = other.hold(Purpose::Heads);
        drop((one, other));
        assert_eq!(budget.lock_clients().len(), 1);
        drop(held);
        assert_eq!(budget.lock_clients().len(), 0);
    }

    #[test]
    fn a_client_is_an_address_or_a_network_of_ipv6() {
        for (one, other, is_same) in [
            ("10.0.0.1", "10.0.0.1", true),
            ("10.0.0.1", "10.0.0.2", false),
            ("10.0.0.1", "::ffff:10.0.0.1", true),
            ("2001:db8::1", "2001:db8::ffff:1", true),
            ("2001:db8:0:1::1", "2001:db8:0:2::1", false),
        ] {
            let key = |address: &str| client_key(address.parse().unwrap());
            assert_eq!(key(one) == key(other), is_same, "{one} {other}");
        }
    }
}
