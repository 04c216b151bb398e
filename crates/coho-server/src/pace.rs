//! How fast changes are made.

use std::time::Duration;
use tokio::time::Instant;

/// Spreads changes evenly over time.
#[derive(Debug)]
pub(crate) struct Pace {
    per_second: u32,
    next: Instant,
}

impl Pace {
    pub(crate) fn new(per_second: u32) -> Self {
        Self { per_second: per_second.max(1), next: Instant::now() }
    }

    /// Waits until this many changes may begin.
    pub(crate) async fn admit(&mut self, changes: usize) {
        tokio::time::sleep_until(self.next).await;
        let took = Duration::from_secs_f64(changes as f64 / f64::from(self.per_second));
        self.next = Instant::now() + took;
    }
}
