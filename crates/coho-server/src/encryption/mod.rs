//! The jobs of encryption: one has the active master key seal everything after a rotation, another counts what an old key seals and
//! retires it.
//!
//! One job at a time. A file says how far it is, so that the next process continues it; a step that is made twice changes nothing the
//! second time. A rotation that a crash has cut off before its job began is found at the start, since an older key may still seal something.
//! A key is retired only after a walk over everything has found that it seals nothing; the walk is complete because no record by an old
//! key is written any more, and because of its order, which is the store's.

mod state;
#[cfg(test)]
mod tests;

pub(crate) use state::{FinishedJob, PresentJob, RecordedJobs};

use crate::{
    access_keys::{AccessKeysError, KeyRegistry, MAX_SESSION_SECONDS},
    pace::Pace,
    state_file::StateFile,
};
use coho_admin_api::encryption::{EncryptionJobCounts, EncryptionJobKind};
use coho_crypt::{KeyError, KeyOverview};
use coho_model::{BucketName, BucketRecord, MasterKeyId, Timestamp};
use coho_store::{BucketQuery, ResealOutcome, SealedCursor, SealedItem, Store, StoreError};
use state::SealedPosition;
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

/// Most data keys that are sealed at a time, so that they share a commit.
const CONCURRENT_CHANGES: usize = 32;
/// How long a job waits after a failure.
const RETRY: Duration = Duration::from_secs(60);
/// How long the runner waits for the next job, unless one is asked for.
const IDLE: Duration = Duration::from_secs(3600);
/// How often the place of a job is written to its file.
const RECORD_EVERY: Duration = Duration::from_secs(1);

/// How the runner works.
#[derive(Debug, Clone)]
pub struct EncryptionOptions {
    /// Most data keys that are sealed anew per second.
    pub changes_per_second: u32,
    /// Where the state of jobs is kept.
    pub state_file: PathBuf,
    /// Writes a file durably and for its owner alone.
    pub write_private: fn(&Path, &str) -> io::Result<()>,
}

/// Why a job does not begin.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EncryptionRefusal {
    #[error("a job is under way; try again when it has ended")]
    UnderWay,
    #[error("nothing was ever encrypted: there is no master key")]
    NoKey,
    #[error("neither the key file nor the data folder names master key {0}")]
    NoSuchKey(MasterKeyId),
    #[error("master key {0} is active: it seals what is written now")]
    Active(MasterKeyId),
    #[error("temporary credentials that master key {0} has sealed may be in use until {until}; retire it then, or let them end", until = .1.iso8601())]
    Sessions(MasterKeyId, Timestamp),
    #[error(transparent)]
    Failed(#[from] StoreError),
}

/// Why a job stops for a while.
#[derive(Debug, thiserror::Error)]
enum JobError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Secrets(#[from] AccessKeysError),
}

/// What has been done since the start, and what failed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct JobTotals {
    pub(crate) counts: EncryptionJobCounts,
    pub(crate) failures: u64,
    pub(crate) last_failure: Option<String>,
    /// The active key for which a job has tried to seal everything.
    tried_for: Option<MasterKeyId>,
}

/// The runner.
#[derive(Debug)]
pub struct EncryptionRunner {
    store: Arc<Store>,
    access_keys: Arc<KeyRegistry>,
    options: EncryptionOptions,
    recorded: Mutex<RecordedJobs>,
    file: StateFile<RecordedJobs>,
    totals: Mutex<JobTotals>,
    /// One request at a time.
    asking: tokio::sync::Mutex<()>,
    asked: Notify,
}

/// Until when temporary credentials may be in use whose tokens this key has sealed; `None` once there are none.
pub(crate) fn sessions_until(key: &KeyOverview, now: Timestamp) -> Option<Timestamp> {
    let until = key.superseded?.plus_ms(i64::try_from(MAX_SESSION_SECONDS * 1000).unwrap_or(i64::MAX));
    (until > now).then_some(until)
}

impl EncryptionRunner {
    /// For this store; continues what the file says.
    pub fn new(store: Arc<Store>, access_keys: Arc<KeyRegistry>, options: EncryptionOptions) -> Arc<Self> {
        let file = StateFile::new("jobs of encryption", options.state_file.clone(), options.write_private);
        let recorded = Mutex::new(file.load());
        let (totals, asking, asked) = Default::default();
        Arc::new(Self { store, access_keys, options, recorded, file, totals, asking, asked })
    }

    /// Works on jobs until `stop` is set.
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

    /// Works until every job has ended. Tells how long to wait then.
    pub async fn turn(&self) -> Duration {
        loop {
            if let Err(error) = self.work().await {
                let text = error.to_string();
                let mut totals = self.totals();
                totals.failures += 1;
                if totals.last_failure.as_ref() != Some(&text) {
                    let error = &error as &dyn Error;
                    tracing::warn!(error, "a job of encryption failed; it continues in a minute");
                }
                totals.last_failure = Some(text);
                return RETRY;
            }
            match self.unfinished_rotation() {
                Some(active) => self.begin(EncryptionJobKind::Reseal, active).await,
                None => return IDLE,
            }
        }
    }

    /// The active key, if older ones may still seal something and no job has tried to change that since the start.
    fn unfinished_rotation(&self) -> Option<MasterKeyId> {
        let keys = self.store.keys().keyring();
        let active = keys.active().filter(|_| keys.overview().len() > 1)?;
        let is_open = self.recorded().resealed_for != Some(active) && self.totals().tried_for != Some(active);
        is_open.then_some(active)
    }

    async fn begin(&self, kind: EncryptionJobKind, key: MasterKeyId) {
        let objects = self.store.contents().await.ok().map(|contents| contents.objects);
        if self.recorded().begin(kind, key, self.store.now(), objects) {
            tracing::info!(?kind, %key, "a job of encryption begins");
            self.record().await;
        }
        self.asked.notify_one();
    }

    /// Makes a new master key, or takes the active one, and begins to seal everything by it.
    pub(crate) async fn ask_rotation(&self, new_key: bool) -> Result<(), EncryptionRefusal> {
        let _one = self.asking.lock().await;
        self.must_be_idle()?;
        let key = match new_key {
            true => self.store.rotate_master_key().await?,
            false => self.store.keys().keyring().active().ok_or(EncryptionRefusal::NoKey)?,
        };
        self.begin(EncryptionJobKind::Reseal, key).await;
        Ok(())
    }

    /// Begins to count what an old key seals, to retire it.
    pub(crate) async fn ask_retirement(&self, key: MasterKeyId, end_sessions: bool) -> Result<(), EncryptionRefusal> {
        let _one = self.asking.lock().await;
        self.must_be_idle()?;
        let keys = self.store.keys();
        let known = keys.keyring().overview().into_iter().find(|known| known.id == key);
        match known {
            Some(known) if known.is_active => return Err(EncryptionRefusal::Active(key)),
            Some(known) => {
                if let Some(until) = sessions_until(&known, self.store.now()).filter(|_| !end_sessions) {
                    return Err(EncryptionRefusal::Sessions(key, until));
                }
            }
            // What a lost key has sealed may all be deleted by now.
            None if keys.missing().contains(&key) => {}
            None => return Err(EncryptionRefusal::NoSuchKey(key)),
        }
        self.begin(EncryptionJobKind::Retire, key).await;
        Ok(())
    }

    fn must_be_idle(&self) -> Result<(), EncryptionRefusal> {
        if self.recorded().job.is_some() { Err(EncryptionRefusal::UnderWay) } else { Ok(()) }
    }

    /// The jobs, and the last count.
    pub(crate) fn jobs(&self) -> RecordedJobs {
        self.recorded().clone()
    }

    pub(crate) fn options(&self) -> &EncryptionOptions {
        &self.options
    }

    /// What was done since the start.
    pub(crate) fn totals(&self) -> MutexGuard<'_, JobTotals> {
        self.totals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn work(&self) -> Result<(), JobError> {
        let (mut pace, mut recorded_at) = (Pace::new(self.options.changes_per_second), Instant::now());
        loop {
            let Some(job) = self.recorded().job.as_ref().map(|job| (job.kind, job.position.clone())) else {
                return Ok(());
            };
            let before = self.recorded().job.clone();
            let next = match job {
                (kind, Some(position)) => self.step(kind, &position, &mut pace).await,
                (kind, None) => self.first_step(kind).await,
            };
            // A page that failed is counted when it is made again.
            let next = next.inspect_err(|_| self.recorded().job = before)?;
            match next {
                Some(next) => {
                    self.recorded().advance(next);
                    if recorded_at.elapsed() >= RECORD_EVERY {
                        self.record().await;
                        recorded_at = Instant::now();
                    }
                }
                None => self.finish().await?,
            }
        }
    }

    async fn first_step(&self, kind: EncryptionJobKind) -> Result<Option<SealedPosition>, JobError> {
        if kind == EncryptionJobKind::Reseal {
            let made = self.access_keys.reseal().await?;
            self.count(|counts| {
                counts.resealed_secrets += made.resealed;
                counts.unopened += made.unopened;
            });
        }
        self.bucket_after("").await
    }

    /// Works on a page, and gives the next place.
    async fn step(
        &self,
        kind: EncryptionJobKind,
        position: &SealedPosition,
        pace: &mut Pace,
    ) -> Result<Option<SealedPosition>, JobError> {
        let bucket = match BucketName::parse(&position.bucket) {
            Ok(name) => self.store.bucket(&name).await?,
            Err(_) => None,
        };
        let Some(bucket) = bucket else { return self.bucket_after(&position.bucket).await };
        let page = self.store.sealed_page(&bucket, &position.cursor).await?;
        let active = self.store.keys().keyring().active();
        let is_done = |item: &SealedItem| kind == EncryptionJobKind::Retire || Some(item.data_key.master) == active;
        let (done, due): (Vec<_>, Vec<_>) = page.items.into_iter().partition(is_done);
        for chunk in due.chunks(CONCURRENT_CHANGES) {
            pace.admit(chunk.len()).await;
            self.reseal(&bucket, chunk).await?;
        }
        self.count(|counts| counts.scanned += page.scanned);
        for item in done {
            self.count_sealed(item.data_key.master, &item);
        }
        match page.next {
            Some(cursor) => Ok(Some(SealedPosition { bucket: position.bucket.clone(), cursor })),
            None => self.bucket_after(&position.bucket).await,
        }
    }

    async fn reseal(&self, bucket: &Arc<BucketRecord>, items: &[SealedItem]) -> Result<(), JobError> {
        let mut running = JoinSet::new();
        for item in items {
            let (store, bucket, item) = (self.store.clone(), bucket.clone(), item.clone());
            running.spawn(async move { store.reseal(&bucket, &item).await.map(|outcome| (item, outcome)) });
        }
        let mut failed = None;
        while let Some(made) = running.join_next().await {
            match made.map_err(|_| StoreError::Panicked).and_then(|made| made) {
                Ok((item, outcome)) => self.resealed(bucket, &item, outcome),
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(()), |error| Err(error.into()))
    }

    fn resealed(&self, bucket: &BucketRecord, item: &SealedItem, outcome: ResealOutcome) {
        let active = self.store.keys().keyring().active().unwrap_or(item.data_key.master);
        match outcome {
            ResealOutcome::Sealed => {
                self.count(|counts| counts.resealed += 1);
                self.count_sealed(active, item);
            }
            ResealOutcome::Current => self.count_sealed(active, item),
            ResealOutcome::Overtaken => self.count(|counts| counts.overtaken += 1),
            ResealOutcome::Unopened(error) => {
                self.count(|counts| counts.unopened += 1);
                self.count_sealed(item.data_key.master, item);
                self.note_unopened(bucket, item, &error);
            }
        }
    }

    /// The log has the first one of a job.
    fn note_unopened(&self, bucket: &BucketRecord, item: &SealedItem, error: &KeyError) {
        let (name, key) = (bucket.name.as_str(), item.key.as_str());
        let mut recorded = self.recorded();
        let Some(job) = recorded.job.as_mut().filter(|job| job.unopened_example.is_none()) else { return };
        job.unopened_example = Some(format!("{name}/{key}"));
        tracing::warn!(%error, bucket.name = name, key, "a data key cannot be opened and is not sealed anew");
    }

    fn count(&self, add: impl Fn(&mut EncryptionJobCounts)) {
        add(&mut self.totals().counts);
        if let Some(job) = &mut self.recorded().job {
            add(&mut job.counts);
        }
    }

    fn count_sealed(&self, key: MasterKeyId, item: &SealedItem) {
        if let Some(job) = &mut self.recorded().job {
            job.count_sealed(key, item.place);
        }
    }

    /// The begin of the bucket after that one.
    async fn bucket_after(&self, bucket: &str) -> Result<Option<SealedPosition>, JobError> {
        let query = BucketQuery { owner: None, prefix: String::new(), after: bucket.to_owned(), tag: None, max: 1 };
        let page = self.store.list_buckets(query).await?;
        let begin = |bucket: &Arc<BucketRecord>| SealedPosition {
            bucket: bucket.name.as_str().to_owned(),
            cursor: SealedCursor::default(),
        };
        Ok(page.buckets.first().map(begin))
    }

    async fn finish(&self) -> Result<(), JobError> {
        let retires =
            self.recorded().job.as_ref().filter(|job| job.kind == EncryptionJobKind::Retire).map(|job| job.key);
        if let Some(key) = retires {
            self.retire(key).await?;
        }
        let Some(FinishedJob { job, finished_ms, outcome }) = self.recorded().finish(self.store.now()) else {
            return Ok(());
        };
        self.record().await;
        let mut totals = self.totals();
        totals.last_failure = None;
        if job.kind == EncryptionJobKind::Reseal {
            totals.tried_for = Some(job.key);
        }
        drop(totals);
        let EncryptionJobCounts { scanned, resealed, resealed_secrets, overtaken, unopened, in_use } = job.counts;
        let (kind, key, ms) = (job.kind, job.key, finished_ms - job.started_ms);
        tracing::info!(
            ?kind,
            %key,
            ?outcome,
            scanned,
            resealed,
            resealed_secrets,
            overtaken,
            unopened,
            in_use,
            ms,
            "a job of encryption ended"
        );
        Ok(())
    }

    /// Removes the key if the walk has found nothing that it seals, and no secret is sealed by it.
    async fn retire(&self, key: MasterKeyId) -> Result<(), JobError> {
        let secrets = self.access_keys.sealed_by().get(&key).copied().unwrap_or_default();
        self.count(|counts| counts.in_use += secrets);
        let in_use = self.recorded().job.as_ref().map_or(0, |job| job.counts.in_use);
        if in_use > 0 {
            return Ok(());
        }
        match self.store.retire_master_key(key, in_use).await {
            // It was removed before a crash, or from the key file by hand.
            Ok(()) | Err(StoreError::Key(KeyError::Missing(_))) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn recorded(&self) -> MutexGuard<'_, RecordedJobs> {
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn record(&self) {
        let recorded = self.recorded().clone();
        self.file.save(recorded).await;
    }
}
