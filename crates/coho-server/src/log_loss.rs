//! When lines of the log were lost, as far as the status was asked for.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// How long a loss counts as recent after it was noticed.
const RECENT: Duration = Duration::from_secs(600);

/// The count at the last look, and when it was seen to change.
#[derive(Debug, Default)]
pub(crate) struct LogLoss(Mutex<(u64, Option<Instant>)>);

impl LogLoss {
    /// Whether the count of lost lines has risen a short time ago.
    pub(crate) fn is_recent(&self, lost: u64) -> bool {
        self.is_recent_at(lost, Instant::now())
    }

    fn is_recent_at(&self, lost: u64, now: Instant) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.0 != lost {
            *seen = (lost, Some(now));
        }
        seen.1.is_some_and(|changed| now.saturating_duration_since(changed) < RECENT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loss_is_recent_for_a_while_after_it_was_noticed() {
        let (loss, start) = (LogLoss::default(), Instant::now());
        for (lost, seconds, expected) in [(0, 0, false), (3, 10, true), (3, 609, true), (3, 610, false), (4, 700, true)]
        {
            assert_eq!(loss.is_recent_at(lost, start + Duration::from_secs(seconds)), expected, "{lost} at {seconds}");
        }
    }
}
