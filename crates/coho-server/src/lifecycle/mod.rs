//! The runner of lifecycle rules: it walks the buckets that have rules and makes the changes that are due.
//!
//! One run at a time: the process has the data folder to itself, and the runner one run. How far a run is stands in a file, so that
//! the next process continues it; a step that is made twice changes nothing the second time. What is due, and the change that spares
//! what a client has written meanwhile, are the store's.

mod preview;
mod schedule;
mod state;
#[cfg(test)]
mod tests;

pub use state::{FinishedRun, PresentRun};

pub(crate) use preview::PreviewedChange;

use crate::{pace::Pace, state_file::StateFile};
use coho_admin_api::lifecycle::LifecycleCounts;
use coho_model::{BucketName, BucketRecord, Timestamp};
use coho_store::{BucketQuery, DueAction, DueChange, LifecycleCursor, LifecycleOutcome, Store, StoreError};
use serde::{Deserialize, Serialize};
use state::Recorded;
use std::{
    error::Error,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};
use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
};

/// Most changes that are made at a time, so that they share a commit.
const CONCURRENT_CHANGES: usize = 32;
/// Buckets of a page on the way to the next one with rules.
const BUCKETS_OF_A_PAGE: usize = 100;
/// Longest wait until the clock is looked at again, since it may be set.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// How long a run waits after a failure.
const RETRY: Duration = Duration::from_secs(60);
/// How often the place of a run is written to its file.
const RECORD_EVERY: Duration = Duration::from_secs(1);

/// How the runner works.
#[derive(Debug, Clone)]
pub struct LifecycleOptions {
    /// Time between the begins of two runs; they fall on multiples of it since midnight in UTC.
    pub interval: Duration,
    /// Most changes per second.
    pub changes_per_second: u32,
    /// Where the state of runs is kept.
    pub state_file: PathBuf,
    /// Writes a file durably and for its owner alone.
    pub write_private: fn(&Path, &str) -> io::Result<()>,
}

/// The place of a walk over all buckets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WalkPosition {
    /// The bucket; its name may be that of another one by now.
    pub(crate) bucket: String,
    /// Where in it.
    pub(crate) cursor: LifecycleCursor,
}

/// Refuses a run because one is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RunUnderWay;

/// What has been done since the start, and what failed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) counts: LifecycleCounts,
    pub(crate) failures: u64,
    pub(crate) last_failure: Option<String>,
}

/// The runner.
#[derive(Debug)]
pub struct LifecycleRunner {
    store: Arc<Store>,
    options: LifecycleOptions,
    recorded: Mutex<Recorded>,
    file: StateFile<Recorded>,
    totals: Mutex<Totals>,
    asked: Notify,
}

impl LifecycleRunner {
    /// For this store; continues what the file says.
    pub fn new(store: Arc<Store>, options: LifecycleOptions) -> Arc<Self> {
        let file = StateFile::new("lifecycle runs", options.state_file.clone(), options.write_private);
        let recorded = Mutex::new(file.load());
        Arc::new(Self { store, options, recorded, file, totals: Mutex::default(), asked: Notify::new() })
    }

    /// Runs at its times, and when it is asked to, until `stop` is set.
    pub async fn run(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        loop {
            let wait = tokio::select! {
                wait = self.turn() => wait,
                _ = stop.wait_for(|stop| *stop) => return,
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.asked.notified() => {}
                _ = stop.wait_for(|stop| *stop) => return,
            }
        }
    }

    /// Begins a run if it is time, and works until there is none. Tells how long to wait then.
    pub async fn turn(&self) -> Duration {
        let now = self.store.now();
        if self.recorded().begin_scheduled(now, self.options.interval) {
            self.record().await;
        }
        let worked = self.work().await;
        let Err(error) = worked else {
            return schedule::until_next(self.store.now(), self.options.interval).min(LONGEST_WAIT);
        };
        let text = error.to_string();
        let mut totals = self.totals();
        totals.failures += 1;
        if totals.last_failure.as_ref() != Some(&text) {
            tracing::warn!(error = &error as &dyn Error, "a run of lifecycle rules failed; it continues in a minute");
        }
        totals.last_failure = Some(text);
        RETRY
    }

    /// Begins a run over all buckets, or one, unless one is under way.
    pub(crate) async fn ask(&self, only: Option<&BucketName>) -> Result<(), RunUnderWay> {
        let now = self.store.now();
        if !self.recorded().begin(now, only.map(|bucket| bucket.as_str().to_owned())) {
            return Err(RunUnderWay);
        }
        self.record().await;
        self.asked.notify_one();
        Ok(())
    }

    /// The present run and the last one.
    pub(crate) fn runs(&self) -> (Option<PresentRun>, Option<FinishedRun>) {
        let recorded = self.recorded();
        (recorded.run.clone(), recorded.last.clone())
    }

    pub(crate) fn options(&self) -> &LifecycleOptions {
        &self.options
    }

    /// What was done since the start.
    pub(crate) fn totals(&self) -> MutexGuard<'_, Totals> {
        self.totals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When the next run begins.
    pub(crate) fn next_run(&self) -> Timestamp {
        let now = self.store.now();
        now.plus_ms(i64::try_from(schedule::until_next(now, self.options.interval).as_millis()).unwrap_or(i64::MAX))
    }

    async fn work(&self) -> Result<(), StoreError> {
        let (mut pace, mut recorded_at) = (Pace::new(self.options.changes_per_second), Instant::now());
        loop {
            let Some((only, position)) =
                self.recorded().run.as_ref().map(|run| (run.only.clone(), run.position.clone()))
            else {
                return Ok(());
            };
            let next = match position {
                Some(position) => self.step(only.as_deref(), &position, &mut pace).await?,
                None => self.first_bucket(only.as_deref()).await?,
            };
            match next {
                Some(next) => {
                    self.recorded().advance(next);
                    if recorded_at.elapsed() >= RECORD_EVERY {
                        self.record().await;
                        recorded_at = Instant::now();
                    }
                }
                None => self.finish().await,
            }
        }
    }

    async fn finish(&self) {
        let Some(finished) = self.recorded().finish(self.store.now()) else { return };
        self.record().await;
        self.totals().last_failure = None;
        let LifecycleCounts {
            scanned,
            expired,
            versions_removed,
            markers_removed,
            transitioned,
            aborted,
            overtaken,
            ..
        } = finished.counts;
        let (ms, removed) = (finished.finished_ms - finished.started_ms, versions_removed + markers_removed);
        tracing::info!(
            scanned,
            expired,
            versions_removed,
            markers_removed,
            transitioned,
            aborted,
            overtaken,
            ms,
            "lifecycle rules were run"
        );
        self.store.events().lifecycle_run(expired + removed, transitioned, aborted);
    }

    /// Makes the changes of a page, and gives the next place.
    async fn step(
        &self,
        only: Option<&str>,
        position: &WalkPosition,
        pace: &mut Pace,
    ) -> Result<Option<WalkPosition>, StoreError> {
        // Read anew: the rules, or the bucket, may be others than those of the last page.
        let bucket = self.named(&position.bucket).await?;
        let Some((bucket, rules)) =
            bucket.and_then(|bucket| Some((bucket.clone(), bucket.configurations.lifecycle.clone()?)))
        else {
            return self.after(only, &position.bucket).await;
        };
        let page = self.store.lifecycle_page(&bucket, &rules, &position.cursor, self.store.now()).await?;
        self.count(|counts| counts.scanned += page.scanned);
        for chunk in page.due.chunks(CONCURRENT_CHANGES) {
            pace.admit(chunk.len()).await;
            self.make(&bucket, chunk).await?;
        }
        match page.next {
            Some(cursor) => Ok(Some(WalkPosition { bucket: position.bucket.clone(), cursor })),
            None => self.after(only, &position.bucket).await,
        }
    }

    async fn make(&self, bucket: &Arc<BucketRecord>, changes: &[DueChange]) -> Result<(), StoreError> {
        let mut running = JoinSet::new();
        for change in changes {
            let (store, bucket, change) = (self.store.clone(), bucket.clone(), change.clone());
            running.spawn(async move {
                let made = store.make_lifecycle_change(&bucket, &change).await;
                made.map(|outcome| (change, outcome))
            });
        }
        let mut failed = None;
        while let Some(made) = running.join_next().await {
            match made.map_err(|_| StoreError::Panicked).and_then(|made| made) {
                Ok((change, outcome)) => self.made(bucket, &change, outcome),
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(()), Err)
    }

    fn made(&self, bucket: &BucketRecord, change: &DueChange, outcome: LifecycleOutcome) {
        let (name, key, rule) = (bucket.name.as_str(), change.key.as_str(), change.rule.as_str());
        let bytes = change.action.bytes();
        tracing::debug!(bucket.name = name, key, rule, bytes, ?outcome, "a lifecycle rule has acted");
        self.count(|counts| match (outcome, &change.action) {
            (LifecycleOutcome::Overtaken, _) => counts.overtaken += 1,
            (LifecycleOutcome::Made, DueAction::Expire(_)) => {
                counts.expired += 1;
                counts.expired_bytes += bytes;
            }
            (LifecycleOutcome::Made, DueAction::ExpireVersion(..)) => {
                counts.versions_removed += 1;
                counts.versions_removed_bytes += bytes;
            }
            (LifecycleOutcome::Made, DueAction::RemoveMarker(_)) => counts.markers_removed += 1,
            (LifecycleOutcome::Made, DueAction::Transition(..) | DueAction::TransitionVersion(..)) => {
                counts.transitioned += 1;
                counts.transitioned_bytes += bytes;
            }
            (LifecycleOutcome::Made, DueAction::Abort(_)) => counts.aborted += 1,
        });
    }

    fn count(&self, add: impl Fn(&mut LifecycleCounts)) {
        add(&mut self.totals().counts);
        if let Some(run) = &mut self.recorded().run {
            add(&mut run.counts);
        }
    }

    async fn named(&self, name: &str) -> Result<Option<Arc<BucketRecord>>, StoreError> {
        match BucketName::parse(name) {
            Ok(name) => self.store.bucket(&name).await,
            Err(_) => Ok(None),
        }
    }

    /// The begin of the first bucket.
    async fn first_bucket(&self, only: Option<&str>) -> Result<Option<WalkPosition>, StoreError> {
        match only {
            Some(only) => Ok(Some(begin_of(only))),
            None => self.next_with_rules("").await,
        }
    }

    /// The begin of the bucket after that one.
    async fn after(&self, only: Option<&str>, bucket: &str) -> Result<Option<WalkPosition>, StoreError> {
        if only.is_some() { Ok(None) } else { self.next_with_rules(bucket).await }
    }

    async fn next_with_rules(&self, after: &str) -> Result<Option<WalkPosition>, StoreError> {
        let mut after = after.to_owned();
        loop {
            let query = BucketQuery {
                owner: None,
                prefix: String::new(),
                after: after.clone(),
                tag: None,
                max: BUCKETS_OF_A_PAGE,
            };
            let page = self.store.list_buckets(query).await?;
            if let Some(bucket) = page.buckets.iter().find(|bucket| bucket.configurations.lifecycle.is_some()) {
                return Ok(Some(begin_of(bucket.name.as_str())));
            }
            match page.buckets.last().filter(|_| page.truncated) {
                Some(last) => after = last.name.as_str().to_owned(),
                None => return Ok(None),
            }
        }
    }

    fn recorded(&self) -> MutexGuard<'_, Recorded> {
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn record(&self) {
        let recorded = self.recorded().clone();
        self.file.save(recorded).await;
    }
}

fn begin_of(bucket: &str) -> WalkPosition {
    WalkPosition { bucket: bucket.to_owned(), cursor: LifecycleCursor::default() }
}
