//! Hashing one uploaded body while it arrives, together with other bodies.

use super::{Digests, HashPool, pool::Hashing};
use crate::StoreError;
use bytes::Bytes;
use coho_blob::BlobError;
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};
use tokio::sync::Notify;

/// Most bytes of one body that wait to be hashed; further updates wait.
const MAX_WAITING_BYTES: usize = 1024 * 1024;

/// The running digests of one body.
#[derive(Debug)]
pub(crate) struct BodyHasher {
    pool: Arc<HashPool>,
    body: Arc<Hashing>,
    news: Arc<Notify>,
    has_job: Arc<AtomicBool>,
}

impl BodyHasher {
    pub(crate) fn new(pool: Arc<HashPool>) -> Self {
        let (news, has_job) = <(Arc<Notify>, Arc<AtomicBool>)>::default();
        Self { pool, body: Hashing::new(news.clone()), news, has_job }
    }

    /// Takes the next bytes.
    pub(crate) async fn update(&self, bytes: Bytes) -> Result<(), StoreError> {
        while self.must_wait()? {
            self.start_job();
            self.news.notified().await;
        }
        self.pool.push(&self.body, bytes);
        if self.pool.is_due(&self.body) {
            self.start_job();
        }
        Ok(())
    }

    /// Whether too many bytes wait: of this body, or of all and some of this one.
    fn must_wait(&self) -> Result<bool, StoreError> {
        let waiting = self.body.waiting().ok_or_else(lost)?;
        Ok(waiting > MAX_WAITING_BYTES || waiting > 0 && self.pool.is_full())
    }

    /// The digests of everything taken.
    pub(crate) async fn finish(self) -> Result<Digests, StoreError> {
        if self.body.waiting() != Some(0) {
            self.pool.start_job();
        }
        loop {
            match self.body.finished() {
                Some(digests) => return digests.ok_or_else(lost),
                None => self.news.notified().await,
            }
        }
    }

    /// Starts a job that hashes, unless this body has started one that still runs.
    fn start_job(&self) {
        if self.has_job.swap(true, Ordering::AcqRel) {
            return;
        }
        let (pool, end) = (self.pool.clone(), HashJobEnd(self.has_job.clone(), self.news.clone()));
        tokio::task::spawn_blocking(move || {
            let _end = end;
            pool.work();
        });
    }
}

impl Drop for BodyHasher {
    fn drop(&mut self) {
        // The list of the pool would keep them until something else is hashed.
        self.pool.abandon(&self.body);
    }
}

/// Marks the job as ended, also when it panics or its runtime stops before it ran.
struct HashJobEnd(Arc<AtomicBool>, Arc<Notify>);

impl Drop for HashJobEnd {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
        self.1.notify_one();
    }
}

fn lost() -> StoreError {
    StoreError::Blob(BlobError::Io { operation: "hashing a body", source: io::Error::other("a thread panicked") })
}
