//! Which running fetches have progressed.

use coho_admin_api::{event::AdminEvent, live::FillProgressEvent};
use coho_origin::FillStatus;
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

/// Most fetches of one sample; those that were reported longest ago come first.
const MAX_PROGRESS_EVENTS: usize = 200;

/// What was reported of each running fetch.
#[derive(Debug, Default)]
pub(super) struct ProgressWatch(HashMap<u64, ReportedFill>);

#[derive(Debug, Clone, Copy)]
struct ReportedFill {
    bytes: u64,
    readers: usize,
    at: Instant,
}

impl ProgressWatch {
    /// The events of fetches that have progressed.
    pub(super) fn events(&mut self, fills: Vec<FillStatus>) -> Vec<AdminEvent> {
        self.events_at(fills, Instant::now())
    }

    fn events_at(&mut self, fills: Vec<FillStatus>, now: Instant) -> Vec<AdminEvent> {
        let mut changed = Vec::new();
        let mut running = HashMap::with_capacity(fills.len());
        for fill in fills {
            let before = self.0.remove(&fill.number);
            if let Some(before) = before {
                running.insert(fill.number, before);
            }
            if before.is_none_or(|before| before.bytes != fill.bytes || before.readers != fill.readers) {
                changed.push((before, fill));
            }
        }
        // Only those that still run.
        self.0 = running;
        changed.sort_by_key(|(before, _)| before.map(|before| before.at));
        changed.truncate(MAX_PROGRESS_EVENTS);
        changed.into_iter().map(|(before, fill)| self.report(before, fill, now)).collect()
    }

    fn report(&mut self, before: Option<ReportedFill>, fill: FillStatus, now: Instant) -> AdminEvent {
        let (bytes, time) = match before {
            Some(before) => (fill.bytes.saturating_sub(before.bytes), now.saturating_duration_since(before.at)),
            None => (fill.bytes, fill.elapsed),
        };
        self.0.insert(fill.number, ReportedFill { bytes: fill.bytes, readers: fill.readers, at: now });
        AdminEvent::FillProgressed(FillProgressEvent {
            fill: fill.number.to_string(),
            bucket: fill.bucket,
            key: fill.key,
            received_bytes: fill.bytes,
            length_bytes: fill.length,
            readers: fill.readers as u64,
            bytes_per_second: (bytes as f64 / time.max(Duration::from_millis(1)).as_secs_f64()) as u64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(number: u64, bytes: u64, readers: usize) -> FillStatus {
        FillStatus {
            number,
            bucket: "b".into(),
            key: "k".into(),
            rule_number: 1,
            url: String::new(),
            bytes,
            length: None,
            readers,
            elapsed: Duration::from_secs(2),
        }
    }

    fn shown(events: Vec<AdminEvent>) -> Vec<(String, u64, u64)> {
        let progress = |event| match event {
            AdminEvent::FillProgressed(event) => (event.fill, event.received_bytes, event.bytes_per_second),
            other => panic!("{other:?}"),
        };
        events.into_iter().map(progress).collect()
    }

    #[test]
    fn only_what_has_changed_is_reported_with_its_rate() {
        let (mut watch, start) = (ProgressWatch::default(), Instant::now());
        let mut check = |second, fills, expected: &[(&str, u64, u64)]| {
            let events = shown(watch.events_at(fills, start + Duration::from_secs(second)));
            let events: Vec<_> = events.iter().map(|(fill, bytes, rate)| (fill.as_str(), *bytes, *rate)).collect();
            assert_eq!(events, expected);
        };
        check(0, vec![fill(1, 100, 1), fill(2, 0, 1)], &[("1", 100, 50), ("2", 0, 0)]);
        check(1, vec![fill(1, 100, 1), fill(2, 10, 1)], &[("2", 10, 10)]);
        check(3, vec![fill(1, 100, 2), fill(2, 30, 1)], &[("1", 100, 0), ("2", 30, 10)]);
        check(4, vec![], &[]);
        check(5, vec![fill(1, 100, 2)], &[("1", 100, 50)]);
    }

    #[test]
    fn fetches_beyond_the_limit_have_their_turn_in_the_next_sample() {
        let (mut watch, start) = (ProgressWatch::default(), Instant::now());
        let all = |bytes| (1..=2 * MAX_PROGRESS_EVENTS as u64).map(|number| fill(number, bytes, 1)).collect();
        let mut seen = std::collections::HashSet::new();
        for sample in 0..2 {
            let events = shown(watch.events_at(all(sample), start + Duration::from_secs(sample)));
            assert_eq!(events.len(), MAX_PROGRESS_EVENTS);
            seen.extend(events.into_iter().map(|(fill, ..)| fill));
        }
        assert_eq!(seen.len(), 2 * MAX_PROGRESS_EVENTS);
    }
}
