//! Hashing behind a growing file: what was written is read back and hashed by threads that run when nobody else does.
//!
//! Nobody waits for the digests of an object that is fetched from elsewhere: its readers have their bytes long before.
//! Hashed in passing it would cost them time at the very moment when the processor is short. So these threads follow
//! the files with the lowest priority: an idle machine hashes at once, a busy one a little later, and the more files
//! have gathered, the fuller are the lanes (see [`crate::hashing`]), so that what is put off costs less than what is
//! not. A machine that never idles does not put it off for long: what has waited for a while is hashed by other threads,
//! which take their share of the processor.

use crate::{BlobError, Digest, Digests, hashing};
use coho_model::BlobId;
use md5_many::Md5Many;
use std::{
    collections::{HashMap, VecDeque},
    fmt,
    fs::File,
    io,
    os::unix::fs::FileExt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
        mpsc::{Receiver, Sender, TryRecvError, channel},
    },
    time::Duration,
};
use tokio::sync::{Notify, oneshot};

/// A file is hashed further when so much of it has come, or when it ends: until then it waits for company.
const DUE_BYTES: u64 = 4 << 20;
/// A file grows no further while so much of it is not hashed,
const MOST_BEHIND_BYTES: u64 = 256 << 20;
/// and then so much is hashed before it does.
const STEP_BYTES: u64 = 16 << 20;
/// So long a whole file waits for idle time, unless somebody wants its digests: as long as many bursts of requests take.
const PATIENCE: Duration = Duration::from_secs(3);
/// Most files that do, and most bytes of them; one more is hashed at once. So they are in memory still, as a rule, when they
/// are read back. (What grows is bounded file by file.)
const MOST_WAITING: Backlog = Backlog { files: 512, bytes: 1 << 30 };
/// Most files that wait for idle time to be let go of, or that may be hashed then: a machine that has none must not gather
/// word of ever more of them.
const MOST_KNOWN: usize = 4096;
/// Read from each file at a time: all lanes together stay in the cache of a core.
const PIECE_BYTES: usize = 16 * 1024;
/// The same when few files are hashed.
const ALONE_BYTES: usize = 128 * 1024;

/// The threads.
pub(super) struct Followers {
    count: usize,
    idle: Threads,
    /// For what cannot wait for idle time.
    busy: Threads,
    /// Whole files that are not hashed.
    waiting: Mutex<Backlog>,
    /// Files that an idle thread has not let go of.
    known: Arc<AtomicUsize>,
    patience: Duration,
}

/// They begin when they are first needed.
type Threads = OnceLock<Vec<Sender<Message>>>;

/// A file that is followed. Dropping it lets go of it.
pub(super) struct Followed {
    id: BlobId,
    followers: Arc<Followers>,
    shared: Arc<Shared>,
    /// As far as the thread was told of it.
    told: AtomicU64,
    /// The thread that hashes it in idle time; none if that knows enough files.
    thread: Option<(Sender<Message>, Known)>,
}

/// A file's place among those that an idle thread knows.
struct Known(Arc<AtomicUsize>);

impl Known {
    fn of(all: &Arc<AtomicUsize>) -> Option<Self> {
        // It is given back when this is dropped, also if there was none.
        let place = Self(all.clone());
        (all.fetch_add(1, Ordering::Relaxed) < MOST_KNOWN).then_some(place)
    }
}

impl Drop for Known {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What is known of one file.
struct Shared {
    file: Arc<File>,
    written: AtomicU64,
    hashed: AtomicU64,
    /// Word that it has grown is on its way to a thread.
    is_news: AtomicBool,
    state: Mutex<State>,
}

/// How far the digests are. Nobody keeps this locked while hashing: a thread that runs when nobody else does would let
/// the other wait for it. If both have hashed on from the same place, the later one has worked for nothing.
#[derive(Default)]
struct State {
    digest: Digest,
    offset: u64,
    failed: Option<Arc<io::Error>>,
}

/// A thread that gets no core reads none of them, so they keep no file open.
enum Message {
    Begin(BlobId, Weak<Shared>),
    /// What is written of it by now is to be hashed.
    Grew(BlobId),
    /// It is to be hashed up to there.
    Until(BlobId, u64, oneshot::Sender<()>),
    /// With what is given back when the thread has let go of it.
    Gone(BlobId, #[expect(dead_code, reason = "it is dropped with the message")] Known),
}

impl Followers {
    /// With at most so many threads.
    pub(super) fn new(count: usize) -> Self {
        let (idle, busy, waiting, known) = Default::default();
        Self { count, idle, busy, waiting, known, patience: PATIENCE }
    }

    /// Follows a file from its beginning.
    pub(super) fn follow(self: &Arc<Self>, id: BlobId, file: Arc<File>) -> Followed {
        let (written, hashed, is_news, state) = Default::default();
        let shared = Arc::new(Shared { file, written, hashed, is_news, state });
        let thread = Known::of(&self.known).map(|known| (self.thread(&self.idle, id, stand_back), known));
        let followed = Followed { id, followers: self.clone(), shared, told: AtomicU64::new(0), thread };
        followed.tell(Message::Begin(id, Arc::downgrade(&followed.shared)));
        followed
    }

    fn thread(&self, threads: &Threads, id: BlobId, prepare: fn()) -> Sender<Message> {
        let threads = threads.get_or_init(|| (0..self.count).map(|_| begin(prepare)).collect());
        // Ids end at random.
        threads[(id.0 % threads.len() as u128) as usize].clone()
    }
}

fn begin(prepare: fn()) -> Sender<Message> {
    let (sender, messages) = channel();
    let thread = std::thread::Builder::new().name("coho-hash".into()).spawn(move || {
        prepare();
        let mut lanes = Lanes::new(messages);
        // Whoever waits for what was in hand is told; the thread goes on with what comes.
        while catch_unwind(AssertUnwindSafe(|| lanes.run())).is_err() {
            lanes.listed.clear();
            lanes.lanes.clear();
        }
    });
    if let Err(error) = thread {
        tracing::error!(%error, "no thread to hash with");
    }
    sender
}

/// From now on this thread runs when no other wants its core. The scheduler takes a core on which only such a thread
/// runs for an idle one, which a mere niceness would not bring about.
fn stand_back() {
    #[cfg(target_os = "linux")]
    let result = {
        use thread_priority::{NormalThreadSchedulePolicy, ThreadPriority, ThreadSchedulePolicy, unix};
        let policy = ThreadSchedulePolicy::Normal(NormalThreadSchedulePolicy::Idle);
        unix::set_thread_priority_and_policy(unix::thread_native_id(), ThreadPriority::Min, policy)
    };
    #[cfg(not(target_os = "linux"))]
    let result = thread_priority::set_current_thread_priority(thread_priority::ThreadPriority::Min);
    if let Err(error) = result {
        tracing::debug!(?error, "hashing takes its share of the processor as everything else does");
    }
}

impl Followed {
    /// The next bytes are in the file.
    pub(super) fn grew(&self, bytes: u64) {
        let written = self.shared.written.fetch_add(bytes, Ordering::Relaxed) + bytes;
        if written - self.told.load(Ordering::Relaxed) >= DUE_BYTES {
            self.told.store(written, Ordering::Relaxed);
            if !self.shared.is_news.swap(true, Ordering::AcqRel) {
                self.tell(Message::Grew(self.id));
            }
        }
    }

    /// Waits while too much is not hashed.
    pub(super) async fn room(&self) -> Result<(), BlobError> {
        let written = self.shared.written.load(Ordering::Relaxed);
        if written.saturating_sub(self.shared.hashed.load(Ordering::Relaxed)) > MOST_BEHIND_BYTES {
            self.catch_up(written - MOST_BEHIND_BYTES + STEP_BYTES).await?;
        }
        Ok(())
    }

    /// The digests of everything, once it is hashed. That waits for idle time until `urged` is notified.
    pub(super) async fn digests(&self, urged: &Notify) -> Result<Digests, BlobError> {
        let written = self.shared.written.load(Ordering::Relaxed);
        let waiting =
            Waiting::begin(&self.followers.waiting, written.saturating_sub(self.shared.hashed.load(Ordering::Relaxed)));
        if waiting.has_time && self.thread.is_some() {
            let (sender, done) = oneshot::channel();
            self.tell(Message::Until(self.id, written, sender));
            let hashed_or_urged = async {
                tokio::select! { _ = done => (), () = urged.notified() => () }
            };
            // Whatever comes of it, the line behind finds what is left.
            let _ = tokio::time::timeout(self.followers.patience, hashed_or_urged).await;
        }
        drop(waiting);
        self.catch_up(written).await?;
        Ok(self.shared.state().digest.clone().finish())
    }

    /// Has everything in front of this offset hashed, whoever else wants the processor.
    async fn catch_up(&self, until: u64) -> Result<(), BlobError> {
        if let Some(reached) = self.shared.reached(until) {
            return reached;
        }
        let thread = self.followers.thread(&self.followers.busy, self.id, || ());
        let (sender, done) = oneshot::channel();
        // A thread that is gone drops the sender, and that is told below.
        let _ = thread.send(Message::Begin(self.id, Arc::downgrade(&self.shared)));
        let _ = thread.send(Message::Until(self.id, until, sender));
        let _ = done.await;
        self.shared.reached(until).unwrap_or_else(|| Err(lost()))
    }

    fn tell(&self, message: Message) {
        if let Some((thread, _)) = &self.thread {
            // Where the thread is gone, the other ones are asked.
            let _ = thread.send(message);
        }
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        if let Some((thread, known)) = self.thread.take() {
            let _ = thread.send(Message::Gone(self.id, known));
        }
    }
}

fn lost() -> BlobError {
    BlobError::Io { operation: "hashing a blob", source: io::Error::other("a thread panicked") }
}

/// Whole files that wait to be hashed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Backlog {
    files: usize,
    /// Of them, not hashed when they began to wait.
    bytes: u64,
}

/// One of them, as long as it waits.
struct Waiting<'a> {
    backlog: &'a Mutex<Backlog>,
    bytes: u64,
    has_time: bool,
}

impl<'a> Waiting<'a> {
    fn begin(backlog: &'a Mutex<Backlog>, bytes: u64) -> Self {
        let mut all = lock(backlog);
        let has_time = all.files < MOST_WAITING.files && all.bytes + bytes <= MOST_WAITING.bytes;
        all.files += 1;
        all.bytes += bytes;
        Self { backlog, bytes, has_time }
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut all = lock(self.backlog);
        all.files -= 1;
        all.bytes -= self.bytes;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Whether everything in front of the offset is hashed, or cannot be.
    fn reached(&self, until: u64) -> Option<Result<(), BlobError>> {
        let state = self.state();
        match &state.failed {
            // An error of the system has no clone, so each who asks gets its kind and text.
            Some(error) => {
                let error = io::Error::new(error.kind(), error.clone());
                Some(Err(BlobError::io("reading back a blob")(error)))
            }
            None => (state.offset >= until).then_some(Ok(())),
        }
    }
}

/// The next bytes of a file in a thread's hand.
struct Step {
    shared: Arc<Shared>,
    digest: Digest,
    from: u64,
    offset: u64,
    failed: Option<io::Error>,
}

impl Step {
    fn new(shared: &Arc<Shared>) -> Self {
        let state = shared.state();
        let (digest, offset) = (state.digest.clone(), state.offset);
        Self { shared: shared.clone(), digest, from: offset, offset, failed: None }
    }

    /// The next bytes; none if the file cannot be read.
    fn read<'a>(&mut self, until: u64, buffer: &'a mut [u8]) -> &'a [u8] {
        let count = until.saturating_sub(self.offset).min(buffer.len() as u64);
        let bytes = &mut buffer[..count as usize];
        match self.shared.file.read_exact_at(bytes, self.offset) {
            Ok(()) => {
                self.offset += count;
                bytes
            }
            Err(error) => {
                self.failed = Some(error);
                &[]
            }
        }
    }

    /// The digest has taken them.
    fn done(self) {
        let mut state = self.shared.state();
        if state.offset == self.from && state.failed.is_none() {
            state.digest = self.digest;
            state.offset = self.offset;
            state.failed = self.failed.map(Arc::new);
        }
        self.shared.hashed.store(state.offset, Ordering::Relaxed);
    }
}

/// One file that a thread follows.
struct Lane {
    shared: Weak<Shared>,
    /// As far as it is to be hashed now.
    until: u64,
    is_listed: bool,
    end: Option<oneshot::Sender<()>>,
}

/// What one thread has to do.
struct Lanes {
    messages: Receiver<Message>,
    lanes: HashMap<BlobId, Lane>,
    /// Those with something to hash, in their order.
    listed: VecDeque<BlobId>,
    md5: Md5Many,
    buffer: Vec<u8>,
}

impl Lanes {
    fn new(messages: Receiver<Message>) -> Self {
        let (lanes, listed, buffer) = Default::default();
        Self { messages, lanes, listed, md5: Md5Many::new(), buffer }
    }

    /// Works until nobody is left who could follow a file.
    fn run(&mut self) {
        loop {
            if self.listed.is_empty() {
                // No memory is kept for nothing.
                self.buffer = Vec::new();
                match self.messages.recv() {
                    Ok(message) => self.take(message),
                    Err(_) => return,
                }
            }
            loop {
                match self.messages.try_recv() {
                    Ok(message) => self.take(message),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => return,
                }
            }
            self.round();
        }
    }

    fn take(&mut self, message: Message) {
        let (id, until) = match message {
            Message::Begin(id, shared) => {
                self.lanes.insert(id, Lane { shared, until: 0, is_listed: false, end: None });
                return;
            }
            Message::Gone(id, _) => {
                self.lanes.remove(&id);
                return;
            }
            Message::Grew(id) => (id, None),
            Message::Until(id, until, end) => (id, Some((until, end))),
        };
        // One that is not there was lost, or given up; whoever waits for it hears that when the sender goes.
        let Some(lane) = self.lanes.get_mut(&id) else { return };
        match until {
            Some((until, end)) => (lane.until, lane.end) = (until, Some(end)),
            None => {
                let Some(shared) = lane.shared.upgrade() else { return };
                // Before the look at what is written, so that what comes behind that look is news again.
                shared.is_news.swap(false, Ordering::AcqRel);
                lane.until = lane.until.max(shared.written.load(Ordering::Acquire));
            }
        }
        if !lane.is_listed {
            lane.is_listed = true;
            self.listed.push_back(id);
        }
    }

    /// Hashes the next bytes of some files side by side.
    fn round(&mut self) {
        let count = self.listed.len().min(hashing::MOST_LANES);
        let piece = if count < hashing::FEWEST_LANES { ALONE_BYTES } else { PIECE_BYTES };
        self.buffer.resize(count * piece, 0);
        let mut batch: Vec<(BlobId, u64, Step)> = Vec::with_capacity(count);
        for id in self.listed.drain(..count) {
            // One that was given up meanwhile is not there.
            let Some(lane) = self.lanes.get(&id) else { continue };
            match lane.shared.upgrade() {
                Some(shared) => batch.push((id, lane.until, Step::new(&shared))),
                None => drop(self.lanes.remove(&id)),
            }
        }
        let mut pieces: Vec<(&mut Digest, &[u8])> = Vec::with_capacity(count);
        for ((_, until, step), buffer) in batch.iter_mut().zip(self.buffer.chunks_mut(piece)) {
            let bytes = step.read(*until, buffer);
            pieces.push((&mut step.digest, bytes));
        }
        hashing::side_by_side(self.md5, &mut pieces);
        for (id, until, step) in batch {
            let shared = step.shared.clone();
            step.done();
            let Some(lane) = self.lanes.get_mut(&id) else { continue };
            lane.is_listed = shared.reached(until).is_none();
            if lane.is_listed {
                self.listed.push_back(id);
            } else if let Some(end) = lane.end.take() {
                // That is all that this thread does for it. Nobody may want it any more.
                self.lanes.remove(&id);
                let _ = end.send(());
            }
        }
    }
}

impl fmt::Debug for Followers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Followers").field("count", &self.count).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
