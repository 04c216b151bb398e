//! Hashing many bodies at once, behind their writing.
//!
//! MD5 cannot be split: each block needs the one before it, so one body never has more than a fraction of a core's
//! arithmetic. Blocks of *different* bodies can share the lanes of a vector register, though. Whoever has bytes to be
//! hashed lists them and, if no other thread is at it already, hashes whatever is listed, its own and that of others:
//! the busier the store, the fuller the lanes, and an idle store hashes at once.

use super::{Digest, Digests};
use bytes::Bytes;
use md5_many::{Md5Many, Md5State};
use std::{
    collections::VecDeque,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
};
use tokio::sync::Notify;

/// Most bodies that one thread hashes at a time; the widest registers have so many lanes.
const MOST_LANES: usize = 16;
/// Below this many bodies each is hashed for itself: lanes that stay empty cost as much as full ones.
const FEWEST_LANES: usize = 3;
/// Most bytes of one body between two looks at who else has come.
const ROUND_BYTES: usize = 256 * 1024;
const BLOCK_BYTES: usize = 64;
/// So much of each body goes through one sum and then the other, so that the second finds it in the cache.
const STEP_BYTES: usize = 16 * 1024;
/// A body is hashed when so much of it waits, or so many pieces, or when it ends; until then it waits for company.
const DUE_BYTES: usize = 512 * 1024;
const DUE_PIECES: usize = 256;

/// Who hashes, and what is waiting for it.
pub(crate) struct HashPool {
    listed: Mutex<VecDeque<Arc<Hashing>>>,
    working: AtomicUsize,
    most_working: usize,
    md5: Md5Many,
}

/// The digest of one body, and its bytes that wait to go into it.
#[derive(Debug)]
pub(crate) struct Hashing {
    state: Mutex<State>,
    /// Tells the body's writer that bytes were hashed.
    news: Arc<Notify>,
}

#[derive(Debug)]
struct State {
    digest: Digest,
    waiting: VecDeque<Bytes>,
    /// Of `waiting`, and of what a thread has in hand.
    bytes: usize,
    /// It is listed, or a thread has it in hand.
    is_listed: bool,
    /// The thread that had it panicked.
    is_lost: bool,
}

impl Hashing {
    pub(crate) fn new(news: Arc<Notify>) -> Arc<Self> {
        let (digest, waiting) = (Digest::default(), VecDeque::new());
        let state = State { digest, waiting, bytes: 0, is_listed: false, is_lost: false };
        Arc::new(Self { state: Mutex::new(state), news })
    }

    /// Bytes that are not hashed yet; `None` if the digests are lost.
    pub(crate) fn waiting(&self) -> Option<usize> {
        let state = self.lock();
        (!state.is_lost).then_some(state.bytes)
    }

    /// Whether enough waits that it should be hashed now.
    pub(crate) fn is_due(&self) -> bool {
        let state = self.lock();
        state.bytes >= DUE_BYTES || state.waiting.len() >= DUE_PIECES
    }

    /// The digests, once everything is hashed; `None` if they are lost.
    pub(crate) fn finished(&self) -> Option<Option<Digests>> {
        let state = self.lock();
        match state.bytes {
            _ if state.is_lost => Some(None),
            0 => Some(Some(state.digest.clone().finish())),
            _ => None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HashPool {
    /// With at most so many threads at work.
    pub(crate) fn new(most_working: usize) -> Self {
        let (listed, working) = Default::default();
        Self { listed, working, most_working, md5: Md5Many::new() }
    }

    /// Has bytes hashed by the next [`Self::work`], be it this thread's or another's.
    pub(crate) fn push(&self, body: &Arc<Hashing>, bytes: Bytes) {
        let mut state = body.lock();
        state.bytes += bytes.len();
        state.waiting.push_back(bytes);
        if !state.is_listed {
            state.is_listed = true;
            drop(state);
            self.listed().push_back(body.clone());
        }
    }

    /// Hashes until nothing is listed, unless enough threads do that already.
    pub(crate) fn work(&self) {
        // Somebody may list a body at the moment when this thread has found none and not yet gone: it looks once more.
        while !self.listed().is_empty() {
            let Some(_place) = self.take_place() else { return };
            while self.round() {}
        }
    }

    fn take_place(&self) -> Option<Place<'_>> {
        let more = |working| (working < self.most_working).then_some(working + 1);
        self.working.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more).ok().map(|_| Place(&self.working))
    }

    /// Hashes the next bytes of up to [`MOST_LANES`] bodies.
    fn round(&self) -> bool {
        let bodies: Vec<Arc<Hashing>> = {
            let mut listed = self.listed();
            let count = listed.len().min(MOST_LANES);
            listed.drain(..count).collect()
        };
        let mut batch = Batch { pool: self, lanes: bodies.into_iter().map(Lane::take).collect() };
        if batch.lanes.is_empty() {
            return false;
        }
        batch.hash();
        batch.give_back();
        true
    }

    fn listed(&self) -> MutexGuard<'_, VecDeque<Arc<Hashing>>> {
        self.listed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One of the places for threads at work.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A body in a thread's hand.
struct Lane {
    body: Arc<Hashing>,
    digest: Digest,
    pieces: Vec<Bytes>,
    bytes: usize,
    /// Where the hash stands: the piece, and the offset in it.
    at: (usize, usize),
}

impl Lane {
    fn take(body: Arc<Hashing>) -> Self {
        let mut state = body.lock();
        let (mut pieces, mut bytes) = (Vec::new(), 0);
        while let Some(piece) = state.waiting.pop_front() {
            bytes += piece.len();
            pieces.push(piece);
            if bytes >= ROUND_BYTES {
                break;
            }
        }
        let digest = state.digest.clone();
        drop(state);
        Self { body, digest, pieces, bytes, at: (0, 0) }
    }

    /// What of the present piece is to be hashed.
    fn rest(&mut self) -> &[u8] {
        while self.pieces.get(self.at.0).is_some_and(|piece| piece.len() == self.at.1) {
            self.at = (self.at.0 + 1, 0);
        }
        self.pieces.get(self.at.0).map_or(&[], |piece| &piece[self.at.1..])
    }

    /// Hashes for itself what is in front of the next whole block, and returns how many blocks follow in this piece.
    fn align(&mut self) -> usize {
        loop {
            let before = until_block(&self.digest);
            let rest = self.rest().len();
            if rest == 0 {
                return 0;
            }
            if before == 0 && rest >= BLOCK_BYTES {
                return rest / BLOCK_BYTES;
            }
            let count = if before == 0 { rest } else { before.min(rest) };
            self.alone(count);
        }
    }

    /// Hashes the next bytes for itself.
    fn alone(&mut self, count: usize) {
        let (piece, offset) = self.at;
        alone(&mut self.digest, &self.pieces[piece][offset..offset + count]);
        self.at.1 += count;
    }
}

/// Some bodies in a thread's hand. They are not left there, even if the thread panics.
struct Batch<'a> {
    pool: &'a HashPool,
    lanes: Vec<Lane>,
}

impl Batch<'_> {
    fn hash(&mut self) {
        let width = self.pool.md5.lanes();
        loop {
            let mut busy: Vec<(&mut Lane, usize)> = Vec::new();
            for lane in &mut self.lanes {
                let blocks = lane.align();
                if blocks > 0 {
                    busy.push((lane, blocks));
                }
            }
            let Some(common) = busy.iter().map(|(_, blocks)| *blocks).min() else { return };
            if busy.len() < FEWEST_LANES || width < FEWEST_LANES {
                busy.into_iter().for_each(|(lane, blocks)| lane.alone(blocks * BLOCK_BYTES));
                continue;
            }
            abreast(self.pool.md5, &mut busy, common * BLOCK_BYTES);
        }
    }

    fn give_back(mut self) {
        for Lane { body, digest, bytes, .. } in self.lanes.drain(..) {
            let mut state = body.lock();
            state.digest = digest;
            state.bytes -= bytes;
            state.is_listed = !state.waiting.is_empty();
            let again = state.is_listed;
            drop(state);
            body.news.notify_one();
            if again {
                self.pool.listed().push_back(body);
            }
        }
    }
}

impl Drop for Batch<'_> {
    fn drop(&mut self) {
        for lane in &self.lanes {
            lane.body.lock().is_lost = true;
            lane.body.news.notify_one();
        }
    }
}

/// Bytes until the next block begins.
fn until_block(digest: &Digest) -> usize {
    (BLOCK_BYTES - digest.md5.bytes_hashed() as usize % BLOCK_BYTES) % BLOCK_BYTES
}

/// Hashes the next bytes of each body.
fn abreast(md5: Md5Many, busy: &mut [(&mut Lane, usize)], count: usize) {
    let mut inputs: Vec<(&mut Digest, &[u8])> = Vec::with_capacity(busy.len());
    for (lane, _) in busy.iter_mut() {
        let (piece, offset) = lane.at;
        lane.at.1 += count;
        inputs.push((&mut lane.digest, &lane.pieces[piece][offset..offset + count]));
    }
    blocks_side_by_side(md5, &mut inputs, count);
}

/// Takes bytes into the digests of one body.
fn alone(digest: &mut Digest, bytes: &[u8]) {
    for step in bytes.chunks(STEP_BYTES) {
        digest.update(step);
    }
}

/// Hashes the first bytes of each, whole blocks, one body in each lane; lanes that are left over hash nothing that is kept.
fn blocks_side_by_side(md5: Md5Many, bodies: &mut [(&mut Digest, &[u8])], count: usize) {
    let width = bodies.len().next_multiple_of(md5.lanes());
    let mut states: Vec<Md5State> = bodies.iter().map(|(digest, _)| digest.md5).collect();
    states.resize(width, Md5State::new());
    let mut inputs: Vec<&[u8]> = Vec::with_capacity(width);
    for start in (0..count).step_by(STEP_BYTES) {
        let end = count.min(start + STEP_BYTES);
        inputs.clear();
        for (digest, bytes) in bodies.iter_mut() {
            let step = &bytes[start..end];
            digest.update_crc64(step);
            inputs.push(step);
        }
        inputs.resize(width, inputs[0]);
        md5.update_many(&mut states, &inputs);
    }
    for ((digest, _), state) in bodies.iter_mut().zip(states) {
        digest.md5 = state;
    }
}

impl fmt::Debug for HashPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HashPool").field("lanes", &self.md5.lanes()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes of one body, different from those of every other.
    fn bytes(seed: usize, length: usize) -> Bytes {
        let mut next = seed as u64 * 0x9e37_79b9 + 1;
        let bytes = (0..length).map(|_| {
            next = next.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (next >> 56) as u8
        });
        bytes.collect()
    }

    fn expected(body: &[u8]) -> [u8; 16] {
        use md5::Digest as _;
        md5::Md5::digest(body).into()
    }

    #[test]
    fn bodies_side_by_side_have_the_digests_that_they_have_alone() {
        for count in [1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 40] {
            let pool = HashPool::new(1);
            let all: Vec<_> = (0..count).map(|_| Hashing::new(Arc::default())).collect();
            // Pieces of all sizes around the block, in rounds, so that states stand at different places.
            let sizes = [0, 1, 63, 64, 65, 100, 4096, 70_001, 300_000];
            let mut whole = vec![Vec::new(); count];
            for round in 0..sizes.len() {
                for (at, body) in all.iter().enumerate() {
                    let piece = bytes(at * 31 + round, sizes[(at + round) % sizes.len()]);
                    whole[at].extend_from_slice(&piece);
                    pool.push(body, piece);
                }
                if round % 2 == 0 {
                    pool.work();
                }
            }
            pool.work();
            for (body, whole) in all.iter().zip(&whole) {
                let digests = body.finished().flatten().unwrap();
                assert_eq!((digests.md5, digests.length), (expected(whole), whole.len() as u64), "{count} bodies");
                assert_eq!(digests.crc64, coho_model::Crc64::of(whole));
            }
        }
    }

    #[test]
    fn threads_that_list_and_hash_at_the_same_time_leave_nothing_behind() {
        let pool = HashPool::new(2);
        std::thread::scope(|scope| {
            for thread in 0..4 {
                let pool = &pool;
                scope.spawn(move || {
                    let body = Hashing::new(Arc::default());
                    let mut whole = Vec::new();
                    for round in 0..200 {
                        let piece = bytes(thread * 1000 + round, 1 + (round * 37) % 5000);
                        whole.extend_from_slice(&piece);
                        pool.push(&body, piece);
                        pool.work();
                    }
                    while body.waiting() != Some(0) {
                        pool.work();
                        std::thread::yield_now();
                    }
                    assert_eq!(body.finished().flatten().unwrap().md5, expected(&whole));
                });
            }
        });
        assert!(pool.listed().is_empty());
    }
}
