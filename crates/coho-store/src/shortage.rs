//! Shortages: resources that the system refused when they were last needed.
//!
//! No refusal is kept in order to spare an attempt: the next operation that needs the resource tries again. A refusal is
//! noted for the operator alone, who sees it in the log, the metrics and the answer about readiness.

use crate::{Store, StoreError};
use coho_blob::BlobError;
use coho_meta::MetaError;
use std::{
    error::Error,
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// How long a refusal counts as present without another attempt. Otherwise a node that gets no requests, because it is not
/// ready, would never find out that the shortage is over.
const PRESENT_TIME: Duration = Duration::from_secs(60);
/// Number of changes in a row that could not be committed from which on none is expected to be. A damaged row fails the changes of
/// its own key only.
const STOPPING_REFUSALS: u64 = 3;

/// What can be short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScarceResource {
    /// A further thread for disk jobs, fills and name lookups.
    Thread,
    /// What a new connection needs: a file descriptor, memory.
    Connection,
    /// Free disk beyond the reserve.
    Space,
    /// A blob's file: to be made, written or synced.
    Blob,
    /// A commit of metadata.
    Metadata,
}

impl ScarceResource {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Thread, Self::Connection, Self::Space, Self::Blob, Self::Metadata];

    /// Its name in metrics and in the answer about readiness.
    pub fn label(self) -> &'static str {
        match self {
            Self::Thread => "thread",
            Self::Connection => "connection",
            Self::Space => "space",
            Self::Blob => "blob",
            Self::Metadata => "metadata",
        }
    }

    /// What its shortage means, for the operator.
    pub fn consequence(self) -> &'static str {
        match self {
            Self::Thread => "the system refuses further threads; disk jobs wait for those that run",
            Self::Connection => "connections cannot be accepted; they wait",
            Self::Space => "the disk is full; bodies are refused, reads and deletes work",
            Self::Blob => "files of bodies cannot be written; small bodies, reads and deletes work",
            Self::Metadata => "changes cannot be committed; reads work",
        }
    }
}

/// The shortages of one process.
#[derive(Debug)]
pub struct Shortages {
    begun: Instant,
    /// In the order of [`ScarceResource::ALL`].
    attempts: [Attempts; ScarceResource::ALL.len()],
}

/// The attempts to get one resource. Times are in milliseconds since [`Shortages::begun`], plus one; zero is none.
#[derive(Debug, Default)]
struct Attempts {
    refusals: AtomicU64,
    /// Refusals since the last success.
    in_a_row: AtomicU64,
    /// The last attempt, if it was refused.
    refused_at: AtomicU64,
    logged_at: AtomicU64,
}

impl Default for Shortages {
    fn default() -> Self {
        Self { begun: Instant::now(), attempts: Default::default() }
    }
}

impl Shortages {
    /// Notes a refusal. The log has at most one line in `PRESENT_TIME` for each resource.
    pub fn refused(&self, resource: ScarceResource, error: &(dyn Error + 'static)) {
        let (attempts, now) = (self.of(resource), self.ms(Instant::now()));
        let refusals = attempts.refusals.fetch_add(1, Ordering::Relaxed) + 1;
        attempts.in_a_row.fetch_add(1, Ordering::Relaxed);
        attempts.refused_at.store(now, Ordering::Relaxed);
        let logged = attempts.logged_at.load(Ordering::Relaxed);
        let is_due = logged == 0 || now - logged.min(now) >= PRESENT_TIME.as_millis() as u64;
        if is_due && attempts.logged_at.compare_exchange(logged, now, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            tracing::warn!(error, resource = resource.label(), refusals, "shortage: {}", resource.consequence());
        }
    }

    /// Notes that the resource was to be had.
    pub fn available(&self, resource: ScarceResource) {
        let Attempts { refused_at, in_a_row, .. } = self.of(resource);
        // A store would take the cache line from other threads at every piece of a body.
        if refused_at.load(Ordering::Relaxed) != 0 {
            refused_at.store(0, Ordering::Relaxed);
            in_a_row.store(0, Ordering::Relaxed);
        }
    }

    /// Number of refusals so far.
    pub fn refusals(&self, resource: ScarceResource) -> u64 {
        self.of(resource).refusals.load(Ordering::Relaxed)
    }

    /// What is short: refused at the last attempt, which is not long ago.
    pub fn present(&self) -> Vec<ScarceResource> {
        self.present_at(Instant::now())
    }

    /// Whether nothing at all can be changed at the moment.
    pub fn stop_changes(&self) -> bool {
        let in_a_row = self.of(ScarceResource::Metadata).in_a_row.load(Ordering::Relaxed);
        in_a_row >= STOPPING_REFUSALS && self.present().contains(&ScarceResource::Metadata)
    }

    fn present_at(&self, now: Instant) -> Vec<ScarceResource> {
        let is_fresh = |refused_at: u64| {
            refused_at != 0 && self.ms(now).saturating_sub(refused_at) < PRESENT_TIME.as_millis() as u64
        };
        let all = ScarceResource::ALL.into_iter();
        all.filter(|resource| is_fresh(self.of(*resource).refused_at.load(Ordering::Relaxed))).collect()
    }

    fn of(&self, resource: ScarceResource) -> &Attempts {
        &self.attempts[resource as usize]
    }

    fn ms(&self, at: Instant) -> u64 {
        at.saturating_duration_since(self.begun).as_millis() as u64 + 1
    }

    /// Notes what an operation of the blob engine says, and which resources its success shows to be available.
    pub(crate) fn of_blobs<T>(&self, result: Result<T, BlobError>, shown: &[ScarceResource]) -> Result<T, BlobError> {
        match &result {
            Ok(_) => shown.iter().for_each(|resource| self.available(*resource)),
            Err(error @ BlobError::Full) => self.refused(ScarceResource::Space, error),
            Err(error @ BlobError::Io { .. }) => self.refused(ScarceResource::Blob, error),
            Err(BlobError::Missing(_) | BlobError::Short { .. } | BlobError::NotRegular(_)) => {}
        }
        result
    }

    /// Notes whether a change of metadata could be committed.
    fn of_change<T>(&self, result: &Result<T, MetaError>) {
        match result {
            Ok(_) => self.available(ScarceResource::Metadata),
            Err(error @ (MetaError::Full | MetaError::ReadOnly | MetaError::Engine { .. })) => {
                self.refused(ScarceResource::Metadata, error);
            }
            Err(MetaError::Refused(_) | MetaError::Closed | MetaError::Unpersisted | MetaError::DamagedBody { .. }) => {
            }
        }
    }
}

impl Store {
    /// What was refused lately, and how often.
    pub fn shortages(&self) -> &Shortages {
        &self.shortages
    }

    /// Passes the result of a change on, and notes whether it could be committed.
    pub(crate) fn noted<T>(&self, result: Result<T, MetaError>) -> Result<T, MetaError> {
        self.shortages.of_change(&result);
        result
    }

    /// The same for an operation of the blob engine that shows these resources to be available.
    pub(crate) fn noted_blob<T>(
        &self,
        result: Result<T, BlobError>,
        shown: &[ScarceResource],
    ) -> Result<T, StoreError> {
        Ok(self.shortages.of_blobs(result, shown)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[test]
    fn a_shortage_is_present_until_an_attempt_succeeds_or_the_last_one_is_long_ago() {
        let (shortages, start) = (Shortages::default(), Instant::now());
        let refuse = || shortages.refused(ScarceResource::Thread, &io::Error::from(io::ErrorKind::WouldBlock));
        assert_eq!(shortages.present(), []);
        refuse();
        refuse();
        shortages.available(ScarceResource::Space);
        assert_eq!(
            (shortages.present(), shortages.refusals(ScarceResource::Thread)),
            (vec![ScarceResource::Thread], 2)
        );
        shortages.available(ScarceResource::Thread);
        assert_eq!((shortages.present(), shortages.refusals(ScarceResource::Thread)), (vec![], 2));
        refuse();
        for (seconds, expected) in [(50, 1), (120, 0)] {
            assert_eq!(shortages.present_at(start + Duration::from_secs(seconds)).len(), expected, "after {seconds} s");
        }
    }

    #[test]
    fn what_an_engine_says_is_noted_by_what_it_shows() {
        let shortages = Shortages::default();
        let io = || BlobError::Io { operation: "testing", source: io::ErrorKind::Other.into() };
        let after = |result: Result<(), BlobError>, shown: &[ScarceResource]| {
            let _ = shortages.of_blobs(result, shown);
            shortages.present()
        };
        use ScarceResource::{Blob, Metadata, Space};
        assert_eq!(after(Err(io()), &[]), [Blob]);
        assert_eq!(after(Ok(()), &[Space]), [Blob], "that there is room says nothing about writing");
        assert_eq!(after(Err(BlobError::Full), &[]), [Space, Blob]);
        assert_eq!(after(Ok(()), &[Space, Blob]), []);
        assert_eq!(after(Err(BlobError::Missing(coho_model::BlobId(1))), &[]), []);
        shortages.of_change::<()>(&Err(MetaError::Full));
        assert_eq!(shortages.present(), [Metadata]);
        shortages.of_change::<()>(&Err(MetaError::Closed));
        assert_eq!(shortages.present(), [Metadata], "it says nothing");
        assert!(!shortages.stop_changes(), "it may be this change alone");
        for _ in 1..STOPPING_REFUSALS {
            shortages.of_change::<()>(&Err(MetaError::ReadOnly));
        }
        assert!(shortages.stop_changes());
        shortages.of_change(&Ok(()));
        assert_eq!((shortages.present(), shortages.stop_changes()), (vec![], false));
    }
}
