//! The state of runs, as its file keeps it.

use super::{WalkPosition, schedule};
use coho_admin_api::lifecycle::LifecycleCounts;
use coho_model::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The run under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PresentRun {
    /// When it began, in milliseconds since the epoch.
    pub started_ms: i64,
    /// The only bucket that it walks, if it was asked for one.
    pub only: Option<String>,
    /// Where it is.
    pub(crate) position: Option<WalkPosition>,
    /// What it has done.
    pub counts: LifecycleCounts,
}

/// A run that has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FinishedRun {
    /// When it began, in milliseconds since the epoch.
    pub started_ms: i64,
    /// When it ended.
    pub finished_ms: i64,
    /// The only bucket that it walked, if it was asked for one.
    pub only: Option<String>,
    /// What it has done.
    pub counts: LifecycleCounts,
}

/// What the file keeps.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Recorded {
    pub(super) run: Option<PresentRun>,
    pub(super) last: Option<FinishedRun>,
    /// The time of the schedule for which the last run over all buckets began.
    scheduled_ms: Option<i64>,
}

impl Recorded {
    /// Begins a run if none is under way.
    pub(super) fn begin(&mut self, now: Timestamp, only: Option<String>) -> bool {
        if self.run.is_some() {
            return false;
        }
        let counts = LifecycleCounts::default();
        self.run = Some(PresentRun { started_ms: now.unix_ms(), only, position: None, counts });
        true
    }

    /// Begins the run of the schedule if its time has come. A time in the future was noted before the clock was set back.
    pub(super) fn begin_scheduled(&mut self, now: Timestamp, interval: Duration) -> bool {
        let due_ms = schedule::last_begin(now, interval).unix_ms();
        let is_due = self.scheduled_ms != Some(due_ms);
        if !is_due || !self.begin(now, None) {
            return false;
        }
        self.scheduled_ms = Some(due_ms);
        true
    }

    pub(super) fn advance(&mut self, next: WalkPosition) {
        if let Some(run) = &mut self.run {
            run.position = Some(next);
        }
    }

    pub(super) fn finish(&mut self, now: Timestamp) -> Option<FinishedRun> {
        let PresentRun { started_ms, only, counts, .. } = self.run.take()?;
        let finished = FinishedRun { started_ms, finished_ms: now.unix_ms().max(started_ms), only, counts };
        self.last = Some(finished.clone());
        Some(finished)
    }
}
