//! What goes on at this moment, for open streams: once a second the progress of fetches, and what was counted.
//!
//! One task samples for all streams. It runs while there is one, and ends a second after the last.

mod progress;
pub(crate) mod rates;

use crate::context::Context;
use coho_admin_api::event::AdminEvent;
use coho_model::{BucketId, BucketName, BucketRecord};
use progress::ProgressWatch;
use rates::RatesWatch;
use std::{
    collections::HashMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::broadcast,
    time::{Instant, MissedTickBehavior},
};

/// Time between two samples.
const SAMPLE_INTERVAL: Duration = Duration::from_secs(1);
/// Most events that wait for the slowest stream; the oldest go first.
const MAX_WAITING_SAMPLES: usize = 1024;
/// Most buckets whose names are remembered while a stream is open.
const MAX_NAMES: usize = 4096;

/// The sampler and its streams.
pub(crate) struct LiveSampler {
    sender: broadcast::Sender<Arc<AdminEvent>>,
    /// Whether the task runs. Locked while a stream begins and while the task decides to end.
    task: Mutex<bool>,
    is_watched: AtomicBool,
    names: Mutex<HashMap<BucketId, BucketName>>,
}

impl LiveSampler {
    pub(crate) fn new() -> Self {
        Self {
            sender: broadcast::Sender::new(MAX_WAITING_SAMPLES),
            task: Mutex::new(false),
            is_watched: AtomicBool::new(false),
            names: Mutex::default(),
        }
    }

    /// Follows the samples from now on.
    pub(crate) fn subscribe(&self, context: &Arc<Context>) -> broadcast::Receiver<Arc<AdminEvent>> {
        let mut runs = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        let receiver = self.sender.subscribe();
        if !std::mem::replace(&mut *runs, true) {
            self.is_watched.store(true, Ordering::Relaxed);
            // From here on everything counts, also what happens before the task has its first turn.
            tokio::spawn(sample(context.clone(), RatesWatch::begin(context)));
        }
        receiver
    }

    /// Remembers the name of a bucket that a request was for, while a stream is open.
    pub(crate) fn note_bucket(&self, bucket: &BucketRecord) {
        if !self.is_watched.load(Ordering::Relaxed) {
            return;
        }
        let mut names = self.names();
        if names.len() >= MAX_NAMES && !names.contains_key(&bucket.id) {
            names.clear();
        }
        names.entry(bucket.id).or_insert_with(|| bucket.name.clone());
    }

    fn name(&self, bucket: BucketId) -> Option<BucketName> {
        self.names().get(&bucket).cloned()
    }

    fn names(&self) -> MutexGuard<'_, HashMap<BucketId, BucketName>> {
        self.names.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the task ends, because no stream is open.
    fn ends(&self) -> bool {
        let mut runs = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        if self.sender.receiver_count() > 0 {
            return false;
        }
        self.end(&mut runs);
        true
    }

    fn end(&self, runs: &mut bool) {
        *runs = false;
        self.is_watched.store(false, Ordering::Relaxed);
        self.names().clear();
    }

    fn send(&self, event: AdminEvent) {
        // The last stream may have ended.
        let _ = self.sender.send(Arc::new(event));
    }
}

impl fmt::Debug for LiveSampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LiveSampler").field("streams", &self.sender.receiver_count()).finish_non_exhaustive()
    }
}

/// A sampler that panics has ended, too: the next stream starts another one.
struct RunningSampler<'a>(&'a LiveSampler);

impl Drop for RunningSampler<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.end(&mut self.0.task.lock().unwrap_or_else(PoisonError::into_inner));
        }
    }
}

async fn sample(context: Arc<Context>, mut rates: RatesWatch) {
    let live = &context.live;
    let _running = RunningSampler(live);
    let mut ticks = tokio::time::interval_at(Instant::now() + SAMPLE_INTERVAL, SAMPLE_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut progress = ProgressWatch::default();
    loop {
        ticks.tick().await;
        if live.ends() {
            return;
        }
        progress.events(context.mirror.fills()).into_iter().for_each(|event| live.send(event));
        live.send(AdminEvent::Rates(Box::new(rates.next(&context))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use coho_model::{BucketAcl, DataRedundancy, MirrorPolicy, StorageClass, Timestamp};

    #[test]
    fn a_sampler_that_panics_leaves_its_place() {
        let live = LiveSampler::new();
        *live.task.lock().unwrap() = true;
        let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _running = RunningSampler(&live);
            panic!("as a sample may");
        }));
        assert!(panicked.is_err() && !*live.task.lock().unwrap());
    }

    #[test]
    fn names_are_kept_only_while_a_stream_is_open() {
        let live = LiveSampler::new();
        let bucket = |id| BucketRecord {
            id: BucketId(id),
            name: BucketName::parse("bucket").unwrap(),
            owner: "owner".into(),
            created: Timestamp::from_unix_ms(0),
            acl: BucketAcl::Private,
            storage_class: StorageClass::Standard,
            redundancy: DataRedundancy::Lrs,
            website: None,
            mirror: MirrorPolicy::default(),
            configurations: Default::default(),
        };
        live.note_bucket(&bucket(1));
        assert_eq!(live.name(BucketId(1)), None);
        live.is_watched.store(true, Ordering::Relaxed);
        (0..2 * MAX_NAMES as i64).for_each(|id| live.note_bucket(&bucket(id)));
        assert!(live.names().len() <= MAX_NAMES && live.name(BucketId(2 * MAX_NAMES as i64 - 1)).is_some());
        assert!(live.ends() && live.names().is_empty());
    }
}
