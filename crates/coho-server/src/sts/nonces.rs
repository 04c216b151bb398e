//! The nonces of requests to STS: within the time in which it is valid, each request is answered once.
//!
//! Only requests whose signature holds are noted, so that clients without a key cannot fill the table. It is lost at the end of the
//! process: a request could be repeated after a start, as long as it is valid.

use coho_auth::StsCaller;
use coho_oss::sts::StsRefusal;
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, PoisonError},
};

/// Most nonces that are remembered, of all keys: 72 requests a second over half an hour, in which a request may be valid.
const MAX_NONCES: usize = 128 * 1024;
/// Seconds between two removals of those that are over.
const SWEEP_SECONDS: i64 = 30;

/// A digest of key and nonce.
type NonceMark = [u8; 16];

/// The table.
pub(crate) struct UsedNonces {
    state: Mutex<NonceTable>,
    max: usize,
}

#[derive(Default)]
struct NonceTable {
    /// Until when a request with the nonce is valid, in Unix seconds.
    until: HashMap<NonceMark, i64>,
    next_sweep: i64,
}

impl UsedNonces {
    pub(crate) fn new() -> Self {
        Self::with_limit(MAX_NONCES)
    }

    fn with_limit(max: usize) -> Self {
        Self { state: Mutex::default(), max }
    }

    /// Notes the nonce of a request, or refuses one that was noted.
    pub(super) fn note(&self, caller: &StsCaller, now: i64) -> Result<(), StsRefusal> {
        let mark = mark(caller);
        let mut table = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if now >= table.next_sweep {
            table.next_sweep = now.saturating_add(SWEEP_SECONDS);
            table.until.retain(|_, until| *until >= now);
        }
        if table.until.get(&mark).is_some_and(|until| *until >= now) {
            return Err(StsRefusal::NonceUsed);
        }
        if table.until.len() >= self.max {
            return Err(StsRefusal::Throttled);
        }
        table.until.insert(mark, caller.repeatable_until);
        Ok(())
    }
}

fn mark(caller: &StsCaller) -> NonceMark {
    // An id has no line break.
    let digest =
        Sha256::new().chain_update(&*caller.access_key_id).chain_update("\n").chain_update(&caller.nonce).finalize();
    let mut mark = NonceMark::default();
    mark.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
    mark
}

impl fmt::Debug for UsedNonces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UsedNonces").field("max", &self.max).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn caller(key: &str, nonce: &str, repeatable_until: i64) -> StsCaller {
        StsCaller {
            access_key_id: key.into(),
            used_key: key.into(),
            account: "1001".into(),
            is_full: true,
            is_temporary: false,
            secret_mark: String::new(),
            nonce: nonce.to_owned(),
            repeatable_until,
        }
    }

    #[test]
    fn a_nonce_is_used_once_by_each_key_while_its_request_is_valid() {
        let nonces = UsedNonces::new();
        assert_eq!(nonces.note(&caller("a", "1", 100), 50), Ok(()));
        assert_eq!(nonces.note(&caller("a", "1", 110), 60), Err(StsRefusal::NonceUsed));
        assert_eq!(nonces.note(&caller("b", "1", 110), 60), Ok(()));
        assert_eq!(nonces.note(&caller("a", "2", 110), 60), Ok(()));
        assert_eq!(nonces.note(&caller("a", "1", 200), 100), Err(StsRefusal::NonceUsed));
        assert_eq!(nonces.note(&caller("a", "1", 200), 101), Ok(()));
    }

    #[test]
    fn a_full_table_refuses_until_requests_are_over() {
        let nonces = UsedNonces::with_limit(2);
        assert_eq!(nonces.note(&caller("a", "1", 100), 0), Ok(()));
        assert_eq!(nonces.note(&caller("a", "2", 100), 0), Ok(()));
        assert_eq!(nonces.note(&caller("a", "1", 100), 1), Err(StsRefusal::NonceUsed), "it is known also then");
        assert_eq!(nonces.note(&caller("a", "3", 100), 90), Err(StsRefusal::Throttled));
        assert_eq!(nonces.note(&caller("a", "3", 230), 130), Ok(()));
        assert_eq!(nonces.state.lock().unwrap().until.len(), 1);
    }
}
