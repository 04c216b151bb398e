//! The 404 answers of origins, cached for the time that a bucket sets.

use coho_model::{BucketId, ObjectKey};
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Most entries. Above it, expired entries are dropped, then any.
const MAX_ENTRIES: usize = 100_000;

/// Most buckets with a time of their last purge; above it, purges are dropped that are older than any running fetch.
const MAX_PURGES: usize = 4096;
/// Upper bound of the time from the start of a fetch to the 404 of its last origin.
const LONGEST_FETCH: Duration = Duration::from_secs(3600);

/// The cached 404 answers, by bucket, rule and key.
#[derive(Debug, Default)]
pub(crate) struct NegativeCache(Mutex<NegativeEntries>);

#[derive(Debug, Default)]
struct NegativeEntries {
    entries: NegativeTable,
    /// The last purge of each bucket: answers to fetches that started before it are not cached.
    purged: HashMap<BucketId, Instant>,
}

/// By bucket, rule and key: another rule may have another origin.
type NegativeTable = HashMap<(BucketId, u32, ObjectKey), NegativeEntry>;

#[derive(Debug)]
struct NegativeEntry {
    received: Instant,
    expires: Instant,
}

/// A key that origins did not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingKey {
    /// The key.
    pub key: ObjectKey,
    /// The rules whose origins were asked.
    pub rules: Vec<u32>,
    /// Time since the last of their answers.
    pub age: Duration,
    /// Time until the next request asks again.
    pub expires_in: Duration,
}

impl NegativeCache {
    /// Caches the 404 of a fetch that began at `started`.
    pub(crate) fn insert(&self, (bucket, rule): (BucketId, u32), key: &ObjectKey, time: Duration, started: Instant) {
        let now = Instant::now();
        let state = &mut *self.lock();
        if state.purged.get(&bucket).is_some_and(|purged| *purged >= started) {
            return;
        }
        let entries = &mut state.entries;
        if entries.len() >= MAX_ENTRIES {
            entries.retain(|_, entry| entry.expires > now);
        }
        if entries.len() >= MAX_ENTRIES {
            let mut number = 0;
            // Half of them, so that the next insertions find room.
            entries.retain(|_, _| {
                number += 1;
                number % 2 == 0
            });
        }
        entries.insert((bucket, rule, key.clone()), NegativeEntry { received: now, expires: now + time });
    }

    /// Whether a 404 was received within this time, which the bucket may have changed since then.
    pub(crate) fn contains(&self, bucket: BucketId, rule: u32, key: &ObjectKey, time: Duration) -> bool {
        let entries = &mut self.lock().entries;
        if entries.is_empty() {
            return false;
        }
        let (id, now) = ((bucket, rule, key.clone()), Instant::now());
        match entries.get(&id) {
            Some(entry) if entry.expires > now && entry.received.elapsed() < time => true,
            Some(_) => {
                entries.remove(&id);
                false
            }
            None => false,
        }
    }

    /// Removes the keys of a bucket for which `which` is true, and returns their number.
    pub(crate) fn purge(&self, bucket: BucketId, which: impl Fn(&ObjectKey) -> bool) -> usize {
        let state = &mut *self.lock();
        if state.purged.len() >= MAX_PURGES {
            state.purged.retain(|_, purged| purged.elapsed() < LONGEST_FETCH);
            if state.purged.len() >= MAX_PURGES {
                // At worst, a fetch that started before a purge is cached.
                state.purged.clear();
            }
        }
        state.purged.insert(bucket, Instant::now());
        let entries = &mut state.entries;
        let before = entries.len();
        entries.retain(|(of, _, key), _| *of != bucket || !which(key));
        before - entries.len()
    }

    /// Keys of a bucket that begin with the prefix and come after `after`, in order; `time` is the bucket's present time. All
    /// entries are looked at, and no more than a page of them is kept.
    pub(crate) fn list(
        &self,
        bucket: BucketId,
        time: Duration,
        prefix: &str,
        after: &str,
        max: usize,
    ) -> Vec<MissingKey> {
        let mut page: BTreeMap<ObjectKey, MissingKey> = BTreeMap::new();
        // Requests wait for the lock: nothing is done for the entries of others, and the clock is read once.
        let (state, now) = (self.lock(), Instant::now());
        for ((of, rule, key), entry) in &state.entries {
            if *of != bucket || key.as_str() <= after || !key.as_str().starts_with(prefix) {
                continue;
            }
            let age = now.saturating_duration_since(entry.received);
            let left = entry.expires.saturating_duration_since(now).min(time.saturating_sub(age));
            let is_beyond = page.len() >= max && page.last_key_value().is_none_or(|(last, _)| key > last);
            if left.is_zero() || is_beyond {
                continue;
            }
            let new = || MissingKey { key: key.clone(), rules: Vec::new(), age, expires_in: left };
            let missing = page.entry(key.clone()).or_insert_with(new);
            missing.rules.push(*rule);
            missing.age = missing.age.min(age);
            missing.expires_in = missing.expires_in.max(left);
            if page.len() > max {
                page.pop_last();
            }
        }
        drop(state);
        let mut page: Vec<_> = page.into_values().collect();
        page.iter_mut().for_each(|missing| missing.rules.sort_unstable());
        page
    }

    /// How many keys of a bucket are cached, up to `max`, without a copy of any; `time` is the bucket's present time.
    pub(crate) fn count_keys(&self, bucket: BucketId, time: Duration, max: usize) -> usize {
        let (state, now) = (self.lock(), Instant::now());
        let mut keys = HashSet::new();
        for ((of, _, key), entry) in &state.entries {
            let is_kept = entry.expires > now && now.saturating_duration_since(entry.received) < time;
            if *of == bucket && is_kept {
                keys.insert(key);
                if keys.len() >= max {
                    break;
                }
            }
        }
        keys.len()
    }

    pub(crate) fn count(&self) -> usize {
        self.lock().entries.len()
    }

    fn lock(&self) -> MutexGuard<'_, NegativeEntries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_404_is_cached_for_its_time_and_can_be_purged() {
        let cache = NegativeCache::default();
        let key = |name: &str| ObjectKey::parse(name).unwrap();
        let (a, b, long) = (BucketId(1), BucketId(2), Duration::from_secs(60));
        cache.insert((a, 1), &key("x/1"), long, Instant::now());
        cache.insert((a, 1), &key("y"), long, Instant::now());
        cache.insert((b, 1), &key("x/1"), long, Instant::now());
        cache.insert((b, 1), &key("old"), Duration::ZERO, Instant::now());
        let known = |bucket, name| cache.contains(bucket, 1, &key(name), long);
        assert!(!cache.contains(a, 2, &key("y"), long), "another rule may have it");
        assert!(known(a, "x/1") && known(a, "y") && known(b, "x/1"));
        assert!(!known(b, "y") && !known(b, "old") && cache.count() == 3);
        assert_eq!(cache.purge(a, |key| key.as_str().starts_with("x/")), 1);
        assert!(!known(a, "x/1") && known(a, "y") && known(b, "x/1"));
        let started = Instant::now();
        assert_eq!(cache.purge(b, |_| true), 1);
        cache.insert((b, 1), &key("x/1"), long, started);
        assert!(!known(b, "x/1"), "the fetch started before the purge");
        cache.insert((a, 1), &key("z"), long, Instant::now());
        assert!(
            known(a, "z") && !cache.contains(a, 1, &key("z"), Duration::ZERO) && !known(a, "z"),
            "the time is shorter now"
        );
    }

    #[test]
    fn cached_keys_are_listed_in_order_by_pages() {
        let (cache, long) = (NegativeCache::default(), Duration::from_secs(60));
        for (bucket, rule, key, time) in [
            (1, 1, "b/2", long),
            (1, 2, "b/1", long),
            (1, 1, "b/1", long),
            (1, 1, "a", long),
            (1, 1, "b/3", long),
            (1, 1, "old", Duration::ZERO),
            (2, 1, "b/0", long),
        ] {
            cache.insert((BucketId(bucket), rule), &ObjectKey::parse(key).unwrap(), time, Instant::now());
        }
        let check = |prefix, after, max, expected: &[(&str, &[u32])]| {
            let page = cache.list(BucketId(1), long, prefix, after, max);
            let shown: Vec<_> = page.iter().map(|missing| (missing.key.as_str(), missing.rules.as_slice())).collect();
            assert_eq!(shown, expected, "{prefix} after {after}");
            assert!(page.iter().all(|missing| missing.age < long && missing.expires_in <= long));
        };
        check("", "", 9, &[("a", &[1]), ("b/1", &[1, 2]), ("b/2", &[1]), ("b/3", &[1])]);
        check("b/", "", 2, &[("b/1", &[1, 2]), ("b/2", &[1])]);
        check("b/", "b/2", 2, &[("b/3", &[1])]);
        check("c", "", 2, &[]);
        assert_eq!(cache.list(BucketId(1), Duration::ZERO, "", "", 9), [], "the bucket caches nothing any more");
    }

    #[test]
    fn the_number_of_entries_is_limited() {
        let cache = NegativeCache::default();
        for number in 0..MAX_ENTRIES + 10 {
            cache.insert(
                (BucketId(1), 1),
                &ObjectKey::parse(&number.to_string()).unwrap(),
                Duration::from_secs(60),
                Instant::now(),
            );
        }
        assert!((MAX_ENTRIES / 2..=MAX_ENTRIES).contains(&cache.count()));
        let last = ObjectKey::parse(&(MAX_ENTRIES + 9).to_string()).unwrap();
        assert!(cache.contains(BucketId(1), 1, &last, Duration::from_secs(60)));
    }
}
