//! What the fetches of a bucket or a rule have used in the last seconds, beside the limits that they are within.

use std::time::{Duration, Instant};

/// Whole seconds of which the mean is shown.
const SHOWN_SECONDS: u64 = 5;
/// The shown seconds, and the one that is not over.
const SLOTS: usize = SHOWN_SECONDS as usize + 1;

/// What is used per second, as the mean of the last five whole seconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct OriginUse {
    /// Fetches that were started.
    pub fetches: f64,
    /// Bytes of bodies from origins.
    pub bytes: f64,
}

/// The counts of the last seconds.
#[derive(Debug, Default)]
pub(crate) struct Used {
    /// The first use, from which seconds count.
    begin: Option<Instant>,
    slots: [UseSlot; SLOTS],
}

/// The counts of one second.
#[derive(Debug, Clone, Copy, Default)]
struct UseSlot {
    second: u64,
    fetches: u64,
    bytes: u64,
}

impl Used {
    pub(crate) fn note(&mut self, now: Instant, fetches: u64, bytes: u64) {
        let begin = *self.begin.get_or_insert(now);
        let second = now.saturating_duration_since(begin).as_secs();
        let slot = &mut self.slots[(second % SLOTS as u64) as usize];
        // A thread may come late with an instant of an earlier second; that is counted in the later one.
        if slot.second < second {
            *slot = UseSlot { second, ..UseSlot::default() };
        }
        slot.fetches = slot.fetches.saturating_add(fetches);
        slot.bytes = slot.bytes.saturating_add(bytes);
    }

    pub(crate) fn per_second(&self, now: Instant) -> OriginUse {
        let Some(begin) = self.begin else { return OriginUse::default() };
        let present = now.saturating_duration_since(begin);
        let second = present.as_secs();
        let oldest = second.saturating_sub(SHOWN_SECONDS);
        // The first second is shown before it is over: a use of this moment would be none.
        let newest = second.max(1);
        let shown = self.slots.iter().filter(|slot| (oldest..newest).contains(&slot.second));
        let (fetches, bytes) =
            shown.fold((0.0, 0.0), |(fetches, bytes), slot| (fetches + slot.fetches as f64, bytes + slot.bytes as f64));
        let seconds = Duration::from_secs(newest - oldest).as_secs_f64();
        OriginUse { fetches: fetches / seconds, bytes: bytes / seconds }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mean_of_the_last_whole_seconds_is_shown() {
        let begin = Instant::now();
        let at = |ms| begin + Duration::from_millis(ms);
        let check = |notes: &[(u64, u64, u64)], now, expected: (f64, f64)| {
            let mut used = Used::default();
            notes.iter().for_each(|(ms, fetches, bytes)| used.note(at(*ms), *fetches, *bytes));
            let OriginUse { fetches, bytes } = used.per_second(at(now));
            assert_eq!((fetches, bytes), expected, "{notes:?} at {now} ms");
        };
        check(&[], 0, (0.0, 0.0));
        check(&[(0, 1, 100)], 0, (1.0, 100.0));
        check(&[(0, 1, 100)], 999, (1.0, 100.0));
        check(&[(0, 1, 100), (1200, 1, 60)], 2000, (1.0, 80.0));
        check(&[(0, 0, 5), (1000, 0, 5), (2000, 0, 5), (3000, 0, 5), (4000, 0, 5), (5000, 0, 500)], 5999, (0.0, 5.0));
        check(&[(0, 5, 0)], 5999, (1.0, 0.0));
        check(&[(0, 5, 0)], 6000, (0.0, 0.0));
        check(&[(0, 5, 0), (60_000, 1, 0)], 60_500, (0.0, 0.0));
        check(&[(0, 5, 0), (60_000, 1, 0)], 61_000, (0.2, 0.0));
        check(&[(6000, 1, 0), (0, 5, 0)], 0, (6.0, 0.0));
    }
}
