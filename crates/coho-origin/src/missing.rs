//! What origins did not have: kept for as long as a bucket says, so that they are not asked again and again.

use coho_model::{BucketId, ObjectKey};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Most misses that are kept. Where there is no room, those go first that are old, then any.
const MAX_MISSING: usize = 100_000;

/// Misses, until when they are believed.
#[derive(Debug, Default)]
pub(crate) struct Missing(Mutex<Table>);

/// By bucket, rule and key: another rule may ask another origin.
type Table = HashMap<(BucketId, u32, ObjectKey), Instant>;

impl Missing {
    pub(crate) fn remember(&self, bucket: BucketId, rule: u32, key: &ObjectKey, time: Duration) {
        let now = Instant::now();
        let mut missing = self.lock();
        if missing.len() >= MAX_MISSING {
            missing.retain(|_, until| *until > now);
        }
        if missing.len() >= MAX_MISSING {
            let mut number = 0;
            // Half of them, so that this is not done for each one that comes.
            missing.retain(|_, _| {
                number += 1;
                number % 2 == 0
            });
        }
        missing.insert((bucket, rule, key.clone()), now + time);
    }

    /// Whether the origin was asked a moment ago and had nothing.
    pub(crate) fn knows(&self, bucket: BucketId, rule: u32, key: &ObjectKey) -> bool {
        let mut missing = self.lock();
        if missing.is_empty() {
            return false;
        }
        let id = (bucket, rule, key.clone());
        match missing.get(&id) {
            Some(until) if *until > Instant::now() => true,
            Some(_) => {
                missing.remove(&id);
                false
            }
            None => false,
        }
    }

    /// Forgets the keys of a bucket that `which` is true for, and says how many these were.
    pub(crate) fn forget(&self, bucket: BucketId, which: impl Fn(&ObjectKey) -> bool) -> usize {
        let mut missing = self.lock();
        let before = missing.len();
        missing.retain(|(of, _, key), _| *of != bucket || !which(key));
        before - missing.len()
    }

    pub(crate) fn count(&self) -> usize {
        self.lock().len()
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
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
        missing.remember(a, 1, &key("x/1"), long);
        missing.remember(a, 1, &key("y"), long);
        missing.remember(b, 1, &key("x/1"), long);
        missing.remember(b, 1, &key("old"), Duration::ZERO);
        let known = |bucket, name| missing.knows(bucket, 1, &key(name));
        assert!(!missing.knows(a, 2, &key("y")), "another rule may have it");
        assert!(known(a, "x/1") && known(a, "y") && known(b, "x/1"));
        assert!(!known(b, "y") && !known(b, "old") && missing.count() == 3);
        assert_eq!(missing.forget(a, |key| key.as_str().starts_with("x/")), 1);
        assert!(!known(a, "x/1") && known(a, "y") && known(b, "x/1"));
        assert_eq!(missing.forget(b, |_| true), 1);
    }

    #[test]
    fn they_never_are_more_than_the_limit() {
        let missing = Missing::default();
        for number in 0..MAX_MISSING + 10 {
            missing.remember(BucketId(1), 1, &ObjectKey::parse(&number.to_string()).unwrap(), Duration::from_secs(60));
        }
        assert!((MAX_MISSING / 2..=MAX_MISSING).contains(&missing.count()));
        assert!(missing.knows(BucketId(1), 1, &ObjectKey::parse(&(MAX_MISSING + 9).to_string()).unwrap()));
    }
}
