//! The limits that were hit in the last minutes, for operators.

use coho_model::BucketName;
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// How long a hit counts as recent.
pub const LIMIT_HIT_TIME: Duration = Duration::from_secs(300);
/// Most pairs of a bucket and a limit; hits of further ones are not kept.
const MAX_LIMITS_HIT: usize = 1024;

/// A limit that was hit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitHit {
    /// The bucket.
    pub bucket: BucketName,
    /// The metric label of the limit.
    pub limit: &'static str,
    /// How often since `since`.
    pub count: u64,
    /// Time since the first hit of those that followed each other.
    pub since: Duration,
}

/// The hits of all limits.
#[derive(Debug, Default)]
pub(crate) struct LimitHits(Mutex<HashMap<(BucketName, &'static str), Hits>>);

#[derive(Debug)]
struct Hits {
    first: Instant,
    last: Instant,
    count: u64,
}

impl LimitHits {
    pub(crate) fn note(&self, bucket: &BucketName, limit: &'static str) {
        self.note_at(bucket, limit, Instant::now());
    }

    fn note_at(&self, bucket: &BucketName, limit: &'static str, now: Instant) {
        let mut all = self.lock();
        let id = (bucket.clone(), limit);
        if all.len() >= MAX_LIMITS_HIT && !all.contains_key(&id) {
            all.retain(|_, hits| now.saturating_duration_since(hits.last) < LIMIT_HIT_TIME);
            if all.len() >= MAX_LIMITS_HIT {
                return;
            }
        }
        let hits = all.entry(id).or_insert(Hits { first: now, last: now, count: 0 });
        if now.saturating_duration_since(hits.last) >= LIMIT_HIT_TIME {
            (hits.first, hits.count) = (now, 0);
        }
        (hits.last, hits.count) = (now, hits.count + 1);
    }

    /// The recent hits, by bucket and limit.
    pub(crate) fn recent(&self) -> Vec<LimitHit> {
        self.recent_at(Instant::now())
    }

    fn recent_at(&self, now: Instant) -> Vec<LimitHit> {
        let all = self.lock();
        let recent = all.iter().filter(|(_, hits)| now.saturating_duration_since(hits.last) < LIMIT_HIT_TIME);
        let hit = |((bucket, limit), hits): (&(BucketName, &'static str), &Hits)| LimitHit {
            bucket: bucket.clone(),
            limit,
            count: hits.count,
            since: now.saturating_duration_since(hits.first),
        };
        let mut recent: Vec<_> = recent.map(hit).collect();
        recent.sort_by(|a, b| (&a.bucket, a.limit).cmp(&(&b.bucket, b.limit)));
        recent
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<(BucketName, &'static str), Hits>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_are_recent_for_a_while_and_counted_from_the_first() {
        let (hits, start) = (LimitHits::default(), Instant::now());
        let (a, b) = (BucketName::parse("aaa").unwrap(), BucketName::parse("bbb").unwrap());
        let at = |seconds| start + Duration::from_secs(seconds);
        hits.note_at(&b, "qps", at(0));
        hits.note_at(&a, "qps", at(0));
        hits.note_at(&a, "qps", at(200));
        let shown = |seconds| {
            let recent = hits.recent_at(at(seconds)).into_iter();
            recent.map(|hit| (hit.bucket.to_string(), hit.count, hit.since.as_secs())).collect::<Vec<_>>()
        };
        assert_eq!(shown(200), [("aaa".to_owned(), 2, 200), ("bbb".to_owned(), 1, 200)]);
        assert_eq!(shown(300), [("aaa".to_owned(), 2, 300)]);
        assert_eq!(shown(500), []);
        hits.note_at(&a, "qps", at(600));
        assert_eq!(shown(600), [("aaa".to_owned(), 1, 0)], "the count began anew");
    }

    #[test]
    fn the_number_of_limits_is_limited() {
        let (hits, start) = (LimitHits::default(), Instant::now());
        let note = |from: usize, now| {
            for number in from..from + MAX_LIMITS_HIT + 3 {
                hits.note_at(&BucketName::parse(&format!("bucket-{number}")).unwrap(), "qps", now);
            }
        };
        note(0, start);
        assert_eq!(hits.recent_at(start).len(), MAX_LIMITS_HIT);
        note(5000, start + LIMIT_HIT_TIME);
        assert_eq!(hits.recent_at(start + LIMIT_HIT_TIME).len(), MAX_LIMITS_HIT);
    }
}
