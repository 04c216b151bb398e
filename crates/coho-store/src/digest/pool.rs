//! Hashing several bodies at once.
//!
//! MD5 cannot be split: each block needs the previous one, so one body uses a fraction of a core's arithmetic. Blocks of
//! *different* bodies can share the lanes of a vector register, though. A body with unhashed bytes is listed, and a thread
//! that has work, unless enough threads hash already, hashes whatever is listed, its own bytes and those of other bodies:
//! a busy store fills the lanes, and an idle one hashes at once.

use super::{
    Digest, Digests,
    md5::{MD5_BLOCK_BYTES, Md5},
};
use bytes::Bytes;
use md5_many::Md5State;
use std::{
    collections::VecDeque,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};
use tokio::sync::Notify;

/// Most bodies that one thread hashes at a time: the lanes of the widest registers.
const MAX_LANES: usize = 16;
/// With fewer bodies, each is hashed by itself: empty lanes cost as much as full ones.
const MIN_LANES: usize = 3;
/// Most bytes of one body that are hashed before the list is looked at again.
const ROUND_BYTES: usize = 256 * 1024;
/// Bytes of each body that go through one digest and then through the other, which finds them in the cache.
const STEP_BYTES: usize = 16 * 1024;
/// Waiting bytes of a body from which it is hashed before its end.
const DUE_BYTES: usize = 512 * 1024;
/// Waiting bytes of all bodies beyond which they are hashed before their end, and further ones wait: clients that stop in the
/// midst of a body must not fill the memory, nor those that send faster than bodies are hashed.
const MAX_POOL_WAITING_BYTES: usize = 32 << 20;
/// Waiting pieces of a body from which it is hashed before its end.
const DUE_PIECES: usize = 256;

/// The bodies that are to be hashed, and the threads that do it.
pub(crate) struct HashPool<M = Md5State> {
    listed: Mutex<VecDeque<Arc<Hashing<M>>>>,
    working: AtomicUsize,
    max_working: usize,
    /// Bytes of all bodies that wait, and that threads are hashing.
    waiting_bytes: AtomicUsize,
    /// A job that will look at the list has not begun yet.
    is_job_due: AtomicBool,
}

/// The digests of one body, and its bytes that wait to be hashed.
#[derive(Debug)]
pub(super) struct Hashing<M = Md5State> {
    state: Mutex<HashingState<M>>,
    /// Tells the body's writer that bytes were hashed.
    news: Arc<Notify>,
}

#[derive(Debug)]
struct HashingState<M> {
    digest: Digest<M>,
    waiting: VecDeque<Bytes>,
    /// Bytes of `waiting`, and of what a thread is hashing.
    bytes: usize,
    /// The body is listed, or a thread is hashing it.
    is_listed: bool,
    /// The thread that was hashing it panicked.
    is_lost: bool,
}

impl<M: Md5> Hashing<M> {
    pub(super) fn new(news: Arc<Notify>) -> Arc<Self> {
        let (digest, waiting) = (Digest::new(), VecDeque::new());
        let state = HashingState { digest, waiting, bytes: 0, is_listed: false, is_lost: false };
        Arc::new(Self { state: Mutex::new(state), news })
    }

    /// Bytes that are not hashed yet; `None` if the digests are lost.
    pub(super) fn waiting(&self) -> Option<usize> {
        let state = self.lock();
        (!state.is_lost).then_some(state.bytes)
    }

    /// The digests, once everything is hashed; `Some(None)` if they are lost.
    pub(super) fn finished(&self) -> Option<Option<Digests>> {
        let state = self.lock();
        match state.bytes {
            _ if state.is_lost => Some(None),
            0 => Some(Some(state.digest.finish())),
            _ => None,
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashingState<M>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<M: Md5> HashPool<M> {
    /// With at most that number of threads at work.
    pub(crate) fn new(max_working: usize) -> Self {
        let (waiting_bytes, is_job_due) = (AtomicUsize::new(0), AtomicBool::new(false));
        Self { listed: Mutex::default(), working: AtomicUsize::new(0), max_working, waiting_bytes, is_job_due }
    }

    /// Adds bytes of a body, which the next [`Self::work`] hashes, on this thread or on another one.
    pub(super) fn push(&self, body: &Arc<Hashing<M>>, bytes: Bytes) {
        self.waiting_bytes.fetch_add(bytes.len(), Ordering::Relaxed);
        let mut state = body.lock();
        state.bytes += bytes.len();
        state.waiting.push_back(bytes);
        if !state.is_listed {
            state.is_listed = true;
            drop(state);
            self.listed().push_back(body.clone());
        }
    }

    /// Whether enough bytes wait, of the body or of all, that they should be hashed now.
    pub(super) fn is_due(&self, body: &Hashing<M>) -> bool {
        let state = body.lock();
        state.bytes >= DUE_BYTES || state.waiting.len() >= DUE_PIECES || self.is_full()
    }

    /// Whether the waiting bytes of all bodies should be hashed before more come.
    pub(super) fn is_full(&self) -> bool {
        self.waiting_bytes.load(Ordering::Relaxed) > MAX_POOL_WAITING_BYTES
    }

    /// Forgets the bytes of a body whose digests are not needed any more.
    pub(super) fn abandon(&self, body: &Hashing<M>) {
        let mut state = body.lock();
        let bytes = state.waiting.drain(..).map(|piece| piece.len()).sum();
        state.bytes -= bytes;
        self.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Has a disk thread hash what is listed. One job is enough for all bodies that are listed before it begins.
    pub(super) fn start_job(self: &Arc<Self>) {
        if !self.is_job_due.swap(true, Ordering::AcqRel) {
            let due = DueJob(self.clone());
            tokio::task::spawn_blocking(move || due.begin().work());
        }
    }

    /// Hashes until nothing is listed, unless enough threads do that already.
    pub(super) fn work(&self) {
        // A body may be listed after this thread found none and before it gave its permit back, so it looks once more.
        while !self.listed().is_empty() {
            let Some(_permit) = self.permit() else { return };
            while self.round() {}
        }
    }

    fn permit(&self) -> Option<HashPermit<'_>> {
        let more = |working| (working < self.max_working).then_some(working + 1);
        let taken = self.working.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more);
        taken.ok().map(|_| HashPermit(&self.working))
    }

    /// Hashes the next bytes of up to [`MAX_LANES`] bodies.
    fn round(&self) -> bool {
        let bodies: Vec<Arc<Hashing<M>>> = {
            let mut listed = self.listed();
            let count = listed.len().min(MAX_LANES);
            listed.drain(..count).collect()
        };
        let mut batch = LaneBatch { pool: self, lanes: bodies.into_iter().map(Lane::take).collect() };
        if batch.lanes.is_empty() {
            return false;
        }
        batch.hash();
        batch.give_back();
        true
    }

    fn listed(&self) -> MutexGuard<'_, VecDeque<Arc<Hashing<M>>>> {
        self.listed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A job that has not begun, or never will, because its runtime has ended.
struct DueJob<M>(Arc<HashPool<M>>);

impl<M> DueJob<M> {
    fn begin(self) -> Arc<HashPool<M>> {
        self.0.clone()
    }
}

impl<M> Drop for DueJob<M> {
    fn drop(&mut self) {
        self.0.is_job_due.swap(false, Ordering::AcqRel);
    }
}

/// The permission of one thread to hash.
struct HashPermit<'a>(&'a AtomicUsize);

impl Drop for HashPermit<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// A body that a thread is hashing.
struct Lane<M> {
    body: Arc<Hashing<M>>,
    digest: Digest<M>,
    pieces: Vec<Bytes>,
    bytes: usize,
    /// The next byte: the piece, and the offset in it.
    next: (usize, usize),
}

impl<M: Md5> Lane<M> {
    fn take(body: Arc<Hashing<M>>) -> Self {
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
        Self { body, digest, pieces, bytes, next: (0, 0) }
    }

    /// The unhashed bytes of the current piece.
    fn rest(&mut self) -> &[u8] {
        while self.pieces.get(self.next.0).is_some_and(|piece| piece.len() == self.next.1) {
            self.next = (self.next.0 + 1, 0);
        }
        self.pieces.get(self.next.0).map_or(&[], |piece| &piece[self.next.1..])
    }

    /// Hashes the bytes before the next whole block by themselves, and returns how many blocks follow in this piece.
    fn align(&mut self) -> usize {
        loop {
            let before = until_block(self.digest.length);
            let rest = self.rest().len();
            if rest == 0 {
                return 0;
            }
            if before == 0 && rest >= MD5_BLOCK_BYTES {
                return rest / MD5_BLOCK_BYTES;
            }
            let count = if before == 0 { rest } else { before.min(rest) };
            self.hash_alone(count);
        }
    }

    /// The next bytes, which count as hashed.
    fn consume(&mut self, count: usize) -> (&mut Digest<M>, &[u8]) {
        let (piece, offset) = self.next;
        self.next.1 += count;
        (&mut self.digest, &self.pieces[piece][offset..offset + count])
    }

    fn hash_alone(&mut self, count: usize) {
        let (digest, bytes) = self.consume(count);
        bytes.chunks(STEP_BYTES).for_each(|step| digest.update(step));
    }
}

/// The bodies that a thread is hashing. They are given back even if the thread panics.
struct LaneBatch<'a, M: Md5> {
    pool: &'a HashPool<M>,
    lanes: Vec<Lane<M>>,
}

impl<M: Md5> LaneBatch<'_, M> {
    fn hash(&mut self) {
        loop {
            let mut busy: Vec<(&mut Lane<M>, usize)> = Vec::new();
            for lane in &mut self.lanes {
                let blocks = lane.align();
                if blocks > 0 {
                    busy.push((lane, blocks));
                }
            }
            let Some(common) = busy.iter().map(|(_, blocks)| *blocks).min() else { return };
            if busy.len() < MIN_LANES || M::lanes() < MIN_LANES {
                busy.into_iter().for_each(|(lane, blocks)| lane.hash_alone(blocks * MD5_BLOCK_BYTES));
            } else {
                let count = common * MD5_BLOCK_BYTES;
                let mut inputs: Vec<_> = busy.into_iter().map(|(lane, _)| lane.consume(count)).collect();
                hash_interleaved(&mut inputs, count);
            }
        }
    }

    fn give_back(mut self) {
        for Lane { body, digest, bytes, .. } in self.lanes.drain(..) {
            self.pool.waiting_bytes.fetch_sub(bytes, Ordering::Relaxed);
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

impl<M: Md5> Drop for LaneBatch<'_, M> {
    fn drop(&mut self) {
        for lane in &self.lanes {
            self.pool.waiting_bytes.fetch_sub(lane.bytes, Ordering::Relaxed);
            lane.body.lock().is_lost = true;
            lane.body.news.notify_one();
        }
    }
}

/// Bytes until the next MD5 block begins.
fn until_block(length: u64) -> usize {
    (MD5_BLOCK_BYTES - length as usize % MD5_BLOCK_BYTES) % MD5_BLOCK_BYTES
}

/// Hashes `count` bytes of each body, whole blocks, one body in each lane. The results of surplus lanes are dropped.
fn hash_interleaved<M: Md5>(bodies: &mut [(&mut Digest<M>, &[u8])], count: usize) {
    let width = bodies.len().next_multiple_of(M::lanes());
    let mut states: Vec<M> = bodies.iter().map(|(digest, _)| digest.md5.clone()).collect();
    states.resize(width, M::new());
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
        M::update_many(&mut states, &inputs);
    }
    for ((digest, _), state) in bodies.iter_mut().zip(states) {
        digest.md5 = state;
    }
}

impl<M> fmt::Debug for HashPool<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HashPool").field("max_working", &self.max_working).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::digests_of;

    /// Bytes of one body, different from those of every other.
    fn bytes(seed: usize, length: usize) -> Bytes {
        let mut next = seed as u64 * 0x9e37_79b9 + 1;
        let bytes = (0..length).map(|_| {
            next = next.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (next >> 56) as u8
        });
        bytes.collect()
    }

    fn check_interleaved<M: Md5>(count: usize) {
        let pool = HashPool::<M>::new(1);
        let all: Vec<_> = (0..count).map(|_| Hashing::new(Arc::default())).collect();
        // Pieces of all sizes around the block, in rounds, so that the states are at different places.
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
            assert_eq!(body.finished().flatten().unwrap(), digests_of(whole), "{count} bodies");
        }
    }

    #[test]
    fn interleaved_bodies_have_the_digests_that_they_have_alone() {
        for count in [1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 40] {
            check_interleaved::<Md5State>(count);
        }
        check_interleaved::<md5::Md5>(5);
    }

    #[test]
    fn bodies_that_stop_in_the_midst_are_hashed_when_their_sum_is_large() {
        let pool = HashPool::<Md5State>::new(1);
        let piece = bytes(1, DUE_BYTES / 2);
        let stopped: Vec<_> =
            (0..=MAX_POOL_WAITING_BYTES / piece.len()).map(|_| Hashing::new(Arc::default())).collect();
        let due: Vec<_> = stopped
            .iter()
            .map(|body| {
                pool.push(body, piece.clone());
                pool.is_due(body)
            })
            .collect();
        assert_eq!(due.iter().position(|is_due| *is_due), Some(stopped.len() - 1));
        pool.work();
        assert_eq!(pool.waiting_bytes.load(Ordering::Relaxed), 0);
        assert_eq!(stopped[0].finished().flatten().unwrap(), digests_of(&piece));
    }

    #[test]
    fn the_bytes_of_an_abandoned_body_are_forgotten() {
        let pool = HashPool::<Md5State>::new(1);
        let body = Hashing::new(Arc::default());
        pool.push(&body, bytes(1, 1000));
        pool.abandon(&body);
        assert_eq!((pool.waiting_bytes.load(Ordering::Relaxed), body.waiting()), (0, Some(0)));
        pool.work();
    }

    #[test]
    fn threads_that_list_and_hash_at_the_same_time_hash_everything() {
        let pool = HashPool::<Md5State>::new(2);
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
                    assert_eq!(body.finished().flatten().unwrap(), digests_of(&whole));
                });
            }
        });
        assert!(pool.listed().is_empty());
    }
}
