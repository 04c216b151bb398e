//! Log lines that would repeat: each subject has one in a while, with the number of events since the last one.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Most subjects with lines of their own; beyond that every event has its line.
const MAX_SUBJECTS: usize = 1024;

/// The last line of each subject.
#[derive(Debug)]
pub struct RepeatedLines<K> {
    /// Shortest time between two lines about one subject.
    interval: Duration,
    last: Mutex<HashMap<K, LastLine>>,
}

#[derive(Debug)]
struct LastLine {
    at: Instant,
    /// Events since then.
    unlogged: u64,
}

impl<K: Eq + Hash> RepeatedLines<K> {
    /// With at most one line about a subject in each interval.
    pub fn new(interval: Duration) -> Self {
        Self { interval, last: Mutex::default() }
    }

    /// How many events had no line since the last one; `None` if this one is to have none either.
    pub fn admit(&self, subject: K, now: Instant) -> Option<u64> {
        let mut lines = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let is_recent = |line: &LastLine| now.saturating_duration_since(line.at) < self.interval;
        if lines.len() >= MAX_SUBJECTS {
            lines.retain(|_, line| is_recent(line));
        }
        let has_room = lines.len() < MAX_SUBJECTS;
        match lines.get_mut(&subject) {
            Some(line) if is_recent(line) => {
                line.unlogged += 1;
                None
            }
            Some(line) => {
                line.at = now;
                Some(std::mem::take(&mut line.unlogged))
            }
            None => {
                if has_room {
                    lines.insert(subject, LastLine { at: now, unlogged: 0 });
                }
                Some(0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: Duration = Duration::from_secs(10);

    #[test]
    fn each_subject_has_a_line_in_each_interval_with_the_number_between() {
        let (lines, start) = (RepeatedLines::new(INTERVAL), Instant::now());
        for (subject, ms, expected) in [
            (("http://a", "timeout"), 0, Some(0)),
            (("http://a", "timeout"), 1_000, None),
            (("http://a", "timeout"), 9_999, None),
            (("http://b", "timeout"), 9_999, Some(0)),
            (("http://a", "dns"), 9_999, Some(0)),
            (("http://a", "timeout"), 10_000, Some(2)),
            (("http://a", "timeout"), 19_000, None),
            (("http://a", "timeout"), 100_000, Some(1)),
        ] {
            assert_eq!(lines.admit(subject, start + Duration::from_millis(ms)), expected, "{subject:?} at {ms} ms");
        }
    }

    #[test]
    fn subjects_are_bounded_and_old_ones_go() {
        let (lines, start) = (RepeatedLines::new(INTERVAL), Instant::now());
        for number in 0..=MAX_SUBJECTS {
            assert_eq!(lines.admit(number, start), Some(0));
        }
        assert_eq!(lines.last.lock().unwrap().len(), MAX_SUBJECTS);
        lines.admit(usize::MAX, start + INTERVAL);
        assert_eq!(lines.last.lock().unwrap().len(), 1);
    }
}
