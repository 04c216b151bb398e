//! When runs begin: at the multiples of the interval since midnight in UTC, where days of rules end. OSS begins at midnight, too.

use coho_model::Timestamp;
use std::time::Duration;

fn ms(interval: Duration) -> i64 {
    i64::try_from(interval.as_millis()).unwrap_or(i64::MAX).max(1)
}

/// The last time before or at `now` at which a run begins.
pub(super) fn last_begin(now: Timestamp, interval: Duration) -> Timestamp {
    Timestamp::from_unix_ms(now.unix_ms() - now.unix_ms() % ms(interval))
}

/// The time until the next one after `now`.
pub(super) fn until_next(now: Timestamp, interval: Duration) -> Duration {
    Duration::from_millis((ms(interval) - now.unix_ms() % ms(interval)).unsigned_abs())
}
