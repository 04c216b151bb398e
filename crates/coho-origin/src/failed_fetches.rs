//! The fetches that failed last, for operators.
//!
//! A key whose object is stored later is not listed any more. One that fails again takes its place among the newest, with a
//! count, so that a key that is asked for all the time does not push out the others.

use crate::{FailedAttempt, trace::cut};
use coho_model::{BucketId, BucketName, ObjectKey, Timestamp};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// Most failed fetches that are kept; the oldest go first.
pub const MAX_FAILED_FETCHES: usize = 1000;

/// A fetch that has failed.
#[derive(Debug, Clone)]
pub struct FailedFetch {
    /// The bucket at that time.
    pub bucket_id: BucketId,
    /// Its name.
    pub bucket: BucketName,
    /// The key.
    pub key: ObjectKey,
    /// The rule.
    pub rule_number: u32,
    /// When the fetch ended.
    pub at: Timestamp,
    /// The metric label of the failure.
    pub reason: &'static str,
    /// What failed.
    pub error: String,
    /// The id of the request that started the fetch.
    pub request_id: Arc<str>,
    /// Its requests to origins, in order.
    pub attempts: Vec<FailedAttempt>,
    /// Further requests, which are not listed.
    pub more_attempts: usize,
    /// Time from the miss to the failure.
    pub elapsed: Duration,
    /// How often the key has failed since it is listed; 0 counts as 1.
    pub times: u64,
}

/// The failed fetches.
#[derive(Debug, Default)]
pub(crate) struct FailedFetches {
    table: Mutex<FailureTable>,
    /// Whether there may be any, so that a fetch without a failure before it takes no lock.
    any: AtomicBool,
}

type FailureId = (BucketId, u32, ObjectKey);

#[derive(Debug, Default)]
struct FailureTable {
    /// By the order in which they failed last.
    fetches: BTreeMap<u64, FailedFetch>,
    /// Where a key is.
    numbers: HashMap<FailureId, u64>,
    last: u64,
}

impl FailedFetches {
    pub(crate) fn add(&self, mut failed: FailedFetch) {
        let table = &mut *self.lock();
        self.any.store(true, Ordering::Relaxed);
        let id = (failed.bucket_id, failed.rule_number, failed.key.clone());
        let before = table.numbers.get(&id).and_then(|number| table.fetches.remove(number));
        failed.times = before.map_or(0, |before| before.times) + 1;
        failed.error = cut(&failed.error);
        table.last += 1;
        table.numbers.insert(id, table.last);
        table.fetches.insert(table.last, failed);
        if table.fetches.len() > MAX_FAILED_FETCHES
            && let Some((_, oldest)) = table.fetches.pop_first()
        {
            table.numbers.remove(&(oldest.bucket_id, oldest.rule_number, oldest.key));
        }
    }

    /// Forgets the failure of a key: its object is stored now.
    pub(crate) fn mended(&self, bucket: BucketId, rule_number: u32, key: &ObjectKey) {
        if !self.any.load(Ordering::Relaxed) {
            return;
        }
        let table = &mut *self.lock();
        if let Some(number) = table.numbers.remove(&(bucket, rule_number, key.clone())) {
            table.fetches.remove(&number);
        }
        self.any.store(!table.fetches.is_empty(), Ordering::Relaxed);
    }

    /// The last failures of a bucket, or of all, newest first, and the number of all of them.
    pub(crate) fn newest(&self, bucket: Option<BucketId>, max: usize) -> (Vec<FailedFetch>, usize) {
        let table = self.lock();
        let meant = || table.fetches.values().rev().filter(|failed| bucket.is_none_or(|id| id == failed.bucket_id));
        (meant().take(max).cloned().collect(), meant().count())
    }

    /// The buckets with failures since then: the number of their keys, and the first failure.
    pub(crate) fn since(&self, since: Timestamp) -> BTreeMap<BucketName, (u64, Timestamp)> {
        let mut buckets = BTreeMap::new();
        for failed in self.lock().fetches.values().filter(|failed| failed.at >= since) {
            buckets.entry(failed.bucket.clone()).or_insert((0, failed.at)).0 += 1;
        }
        buckets
    }

    /// Removes the failures of a bucket, or all, and returns their number.
    pub(crate) fn clear(&self, bucket: Option<BucketId>) -> usize {
        let table = &mut *self.lock();
        let before = table.fetches.len();
        let is_kept = |id: BucketId| bucket.is_some_and(|meant| meant != id);
        table.fetches.retain(|_, failed| is_kept(failed.bucket_id));
        table.numbers.retain(|(id, ..), _| is_kept(*id));
        before - table.fetches.len()
    }

    fn lock(&self) -> MutexGuard<'_, FailureTable> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(bucket: i64, key: &str) -> FailedFetch {
        FailedFetch {
            bucket_id: BucketId(bucket),
            bucket: BucketName::parse("bucket").unwrap(),
            key: ObjectKey::parse(key).unwrap(),
            rule_number: 1,
            at: Timestamp::from_unix_ms(0),
            reason: "timeout",
            error: "late".to_owned(),
            request_id: "".into(),
            attempts: Vec::new(),
            more_attempts: 0,
            elapsed: Duration::ZERO,
            times: 0,
        }
    }

    fn shown(all: &FailedFetches, bucket: Option<i64>, max: usize) -> (Vec<(String, u64)>, usize) {
        let (listed, count) = all.newest(bucket.map(BucketId), max);
        (listed.into_iter().map(|failed| (failed.key.as_str().to_owned(), failed.times)).collect(), count)
    }

    #[test]
    fn a_key_that_fails_again_is_the_newest_and_is_counted() {
        let all = FailedFetches::default();
        [(1, "a"), (1, "b"), (2, "a"), (1, "a")].into_iter().for_each(|(bucket, key)| all.add(failed(bucket, key)));
        let expected = |rows: &[(&str, u64)]| rows.iter().map(|(key, times)| ((*key).to_owned(), *times)).collect();
        assert_eq!(shown(&all, None, 9), (expected(&[("a", 2), ("a", 1), ("b", 1)]), 3));
        assert_eq!(shown(&all, Some(1), 1), (expected(&[("a", 2)]), 2));
        let since = all.since(Timestamp::from_unix_ms(0)).into_values().collect::<Vec<_>>();
        assert_eq!(since, [(3, Timestamp::from_unix_ms(0))]);
        assert!(all.since(Timestamp::from_unix_ms(1)).is_empty());
        assert_eq!((all.clear(Some(BucketId(1))), shown(&all, None, 9).1), (2, 1));
        all.add(failed(1, "a"));
        assert_eq!(shown(&all, Some(1), 9).0, expected(&[("a", 1)]), "the count began anew");
        assert_eq!((all.clear(None), shown(&all, None, 9).1), (2, 0));
    }

    #[test]
    fn a_key_that_is_stored_at_last_is_not_listed_any_more() {
        let all = FailedFetches::default();
        let key = failed(1, "a").key;
        all.mended(BucketId(1), 1, &key);
        [(1, "a"), (1, "b"), (2, "a")].into_iter().for_each(|(bucket, key)| all.add(failed(bucket, key)));
        (0..2).for_each(|_| all.mended(BucketId(1), failed(1, "a").rule_number, &key));
        assert_eq!(shown(&all, None, 9).0, [("a".to_owned(), 1), ("b".to_owned(), 1)]);
        assert_eq!((shown(&all, Some(1), 9).1, shown(&all, Some(2), 9).1), (1, 1));
        all.mended(BucketId(1), failed(1, "b").rule_number, &failed(1, "b").key);
        all.mended(BucketId(2), failed(2, "a").rule_number, &key);
        assert_eq!(shown(&all, None, 9), (Vec::new(), 0));
        all.add(failed(1, "a"));
        assert_eq!(shown(&all, None, 9).1, 1);
    }

    #[test]
    fn the_oldest_go_first() {
        let all = FailedFetches::default();
        (0..MAX_FAILED_FETCHES + 5).for_each(|number| all.add(failed(1, &number.to_string())));
        let (listed, count) = all.newest(None, usize::MAX);
        assert_eq!((listed.len(), count), (MAX_FAILED_FETCHES, MAX_FAILED_FETCHES));
        assert_eq!(listed.last().unwrap().key.as_str(), "5");
        let table = all.lock();
        assert_eq!(table.numbers.len(), table.fetches.len());
    }
}
