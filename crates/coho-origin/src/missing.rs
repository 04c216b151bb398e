//! What origins did not have: believed for as long as a bucket says, so that they are not asked again and again.

use coho_model::{BucketId, ObjectKey};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Most misses that are kept. Where there is no room, those go first that are old, then any.
const MAX_MISSING: usize = 100_000;

/// Most buckets of which it is known when something was forgotten; then those are dropped for which no fetch can run any more.
const MAX_FORGOTTEN: usize = 4096;
/// Longer than it takes to hear of a miss from all origins of a rule.
const LONGEST_FETCH: Duration = Duration::from_secs(3600);

/// Misses, with the time when they were seen and how long they may be believed at most.
#[derive(Debug, Default)]
pub(crate) struct Missing(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    misses: Table,
    /// When something was last forgotten of a bucket: what was asked for before that is not remembered.
    forgotten: HashMap<BucketId, Instant>,
}

/// By bucket, rule and key: another rule may ask another origin.
type Table = HashMap<(BucketId, u32, ObjectKey), Miss>;

#[derive(Debug)]
struct Miss {
    seen: Instant,
    until: Instant,
}

impl Missing {
    /// The origin was asked since that time.
    pub(crate) fn remember(&self, (bucket, rule): (BucketId, u32), key: &ObjectKey, time: Duration, asked: Instant) {
        let now = Instant::now();
        let state = &mut *self.lock();
        if state.forgotten.get(&bucket).is_some_and(|forgotten| *forgotten >= asked) {
            return;
        }
        let missing = &mut state.misses;
        if missing.len() >= MAX_MISSING {
            missing.retain(|_, miss| miss.until > now);
        }
        if missing.len() >= MAX_MISSING {
            let mut number = 0;
            // Half of them, so that this is not done for each one that comes.
            missing.retain(|_, _| {
                number += 1;
                number % 2 == 0
            });
        }
        missing.insert((bucket, rule, key.clone()), Miss { seen: now, until: now + time });
    }

    /// Whether the origin was asked within this time, which may be another one than it was then, and had nothing.
    pub(crate) fn knows(&self, bucket: BucketId, rule: u32, key: &ObjectKey, time: Duration) -> bool {
        let missing = &mut self.lock().misses;
        if missing.is_empty() {
            return false;
        }
        let (id, now) = ((bucket, rule, key.clone()), Instant::now());
        match missing.get(&id) {
            Some(miss) if miss.until > now && miss.seen.elapsed() < time => true,
            Some(_) => {
                missing.remove(&id);
                false
            }
            None => false,
        }
    }

    /// Forgets the keys of a bucket that `which` is true for, and says how many these were.
    pub(crate) fn forget(&self, bucket: BucketId, which: impl Fn(&ObjectKey) -> bool) -> usize {
        let state = &mut *self.lock();
        if state.forgotten.len() >= MAX_FORGOTTEN {
            state.forgotten.retain(|_, forgotten| forgotten.elapsed() < LONGEST_FETCH);
            if state.forgotten.len() >= MAX_FORGOTTEN {
                // At the worst an old miss is remembered.
                state.forgotten.clear();
            }
        }
        state.forgotten.insert(bucket, Instant::now());
        let missing = &mut state.misses;
        let before = missing.len();
        missing.retain(|(of, _, key), _| *of != bucket || !which(key));
        before - missing.len()
    }

    pub(crate) fn count(&self) -> usize {
        self.lock().misses.len()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misses_are_believed_for_their_time_and_can_be_forgotten() {
        let missing = Missing::default();
        let key = |name: &str| ObjectKey::parse(name).unwrap();
        let (a, b, long) = (BucketId(1), BucketId(2), Duration::from_secs(60));
        missing.remember((a, 1), &key("x/1"), long, Instant::now());
        missing.remember((a, 1), &key("y"), long, Instant::now());
        missing.remember((b, 1), &key("x/1"), long, Instant::now());
        missing.remember((b, 1), &key("old"), Duration::ZERO, Instant::now());
        let known = |bucket, name| missing.knows(bucket, 1, &key(name), long);
        assert!(!missing.knows(a, 2, &key("y"), long), "another rule may have it");
        assert!(known(a, "x/1") && known(a, "y") && known(b, "x/1"));
        assert!(!known(b, "y") && !known(b, "old") && missing.count() == 3);
        assert_eq!(missing.forget(a, |key| key.as_str().starts_with("x/")), 1);
        assert!(!known(a, "x/1") && known(a, "y") && known(b, "x/1"));
        let asked = Instant::now();
        assert_eq!(missing.forget(b, |_| true), 1);
        missing.remember((b, 1), &key("x/1"), long, asked);
        assert!(!known(b, "x/1"), "the origin was asked before all was forgotten");
        missing.remember((a, 1), &key("z"), long, Instant::now());
        assert!(
            known(a, "z") && !missing.knows(a, 1, &key("z"), Duration::ZERO) && !known(a, "z"),
            "the time is shorter now"
        );
    }

    #[test]
    fn they_never_are_more_than_the_limit() {
        let missing = Missing::default();
        for number in 0..MAX_MISSING + 10 {
            missing.remember(
                (BucketId(1), 1),
                &ObjectKey::parse(&number.to_string()).unwrap(),
                Duration::from_secs(60),
                Instant::now(),
            );
        }
        assert!((MAX_MISSING / 2..=MAX_MISSING).contains(&missing.count()));
        let last = ObjectKey::parse(&(MAX_MISSING + 9).to_string()).unwrap();
        assert!(missing.knows(BucketId(1), 1, &last, Duration::from_secs(60)));
    }
}
