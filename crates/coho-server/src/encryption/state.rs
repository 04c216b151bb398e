//! The state of jobs, as its file keeps it.

use coho_admin_api::encryption::{EncryptionJobCounts, EncryptionJobKind, EncryptionJobOutcome, SealedCount};
use coho_model::{MasterKeyId, Timestamp};
use coho_store::{SealedCursor, SealedPlace};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The place of a job's walk over all buckets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SealedPosition {
    /// The bucket; its name may be that of another one by now.
    pub(crate) bucket: String,
    /// Where in it.
    pub(crate) cursor: SealedCursor,
}

/// The job under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PresentJob {
    pub(crate) kind: EncryptionJobKind,
    /// The key that seals from now on, or the one that is retired.
    pub(crate) key: MasterKeyId,
    /// When it began, in milliseconds since the epoch.
    pub(crate) started_ms: i64,
    /// Objects that were stored then.
    pub(crate) objects: Option<u64>,
    /// Where it is; `None` before the first bucket.
    pub(crate) position: Option<SealedPosition>,
    #[serde(default)]
    pub(crate) counts: EncryptionJobCounts,
    /// What each key seals of what the walk has passed.
    #[serde(default)]
    pub(crate) sealed: BTreeMap<MasterKeyId, SealedCount>,
    #[serde(default)]
    pub(crate) unopened_example: Option<String>,
}

/// A job that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FinishedJob {
    pub(crate) job: PresentJob,
    /// When it ended.
    pub(crate) finished_ms: i64,
    pub(crate) outcome: EncryptionJobOutcome,
}

/// What each key sealed at the end of a walk.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SealedCounts {
    pub(crate) at_ms: i64,
    pub(crate) by_key: BTreeMap<MasterKeyId, SealedCount>,
}

/// What the file keeps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct RecordedJobs {
    pub(crate) job: Option<PresentJob>,
    pub(crate) last: Option<FinishedJob>,
    pub(crate) counted: Option<SealedCounts>,
    /// The active key that a job has had seal everything.
    pub(crate) resealed_for: Option<MasterKeyId>,
}

impl PresentJob {
    /// Notes that the key seals the data key in this place.
    pub(crate) fn count_sealed(&mut self, key: MasterKeyId, place: SealedPlace) {
        let count = self.sealed.entry(key).or_default();
        match place {
            SealedPlace::Upload(_) => count.uploads += 1,
            SealedPlace::Version(_) => count.objects += 1,
        }
        if self.kind == EncryptionJobKind::Retire && key == self.key {
            self.counts.in_use += 1;
        }
    }

    /// The bucket that it is in.
    pub(crate) fn bucket(&self) -> Option<&str> {
        self.position.as_ref().map(|position| position.bucket.as_str())
    }

    fn outcome(&self) -> EncryptionJobOutcome {
        match self.counts {
            EncryptionJobCounts { in_use: 1.., .. } => EncryptionJobOutcome::StillInUse,
            EncryptionJobCounts { unopened: 1.., .. } => EncryptionJobOutcome::Incomplete,
            _ => EncryptionJobOutcome::Done,
        }
    }
}

impl RecordedJobs {
    /// Begins a job if none is under way.
    pub(crate) fn begin(
        &mut self,
        kind: EncryptionJobKind,
        key: MasterKeyId,
        now: Timestamp,
        objects: Option<u64>,
    ) -> bool {
        if self.job.is_some() {
            return false;
        }
        self.job = Some(PresentJob {
            kind,
            key,
            started_ms: now.unix_ms(),
            objects,
            position: None,
            counts: EncryptionJobCounts::default(),
            sealed: BTreeMap::new(),
            unopened_example: None,
        });
        true
    }

    pub(crate) fn advance(&mut self, next: SealedPosition) {
        if let Some(job) = &mut self.job {
            job.position = Some(next);
        }
    }

    /// Ends the job, whose walk is over.
    pub(crate) fn finish(&mut self, now: Timestamp) -> Option<FinishedJob> {
        let job = self.job.take()?;
        let (finished_ms, outcome) = (now.unix_ms().max(job.started_ms), job.outcome());
        self.counted = Some(SealedCounts { at_ms: finished_ms, by_key: job.sealed.clone() });
        if job.kind == EncryptionJobKind::Reseal && outcome == EncryptionJobOutcome::Done {
            self.resealed_for = Some(job.key);
        }
        let finished = FinishedJob { job, finished_ms, outcome };
        self.last = Some(finished.clone());
        Some(finished)
    }
}
