//! Options of the engine at its opening, and what it reports about itself.

use super::segments::SegmentOptions;
use coho_model::website::WebsiteConfiguration;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// How the engine is set up.
#[derive(Debug, Clone)]
pub struct SqliteOptions {
    /// Most bytes of records, with their inline bodies, that are kept in memory; 0 keeps none.
    pub record_cache_bytes: u64,
    /// Connections that read single records, at least one. As many as threads that read at the same time.
    pub reader_connections: usize,
    /// Connections that read listing pages, at least one.
    pub page_connections: usize,
    /// Most bytes of database pages that each of these connections keeps.
    pub reader_page_cache_bytes: u64,
    /// The same for the one connection that writes. It should hold the pages that a batch touches.
    pub writer_page_cache_bytes: u64,
    /// Which inline bodies go into segments.
    pub segments: SegmentOptions,
    /// For the migration of files of formats up to 4.
    pub legacy_website: LegacyWebsite,
}

/// Reads a website configuration out of the XML that formats up to 4 have kept.
pub type LegacyWebsite = fn(&str) -> Result<WebsiteConfiguration, Box<dyn std::error::Error + Send + Sync>>;

/// Counts since the opening.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SqliteStats {
    /// Changes that were applied or refused.
    pub changes: u64,
    /// Transactions that they were committed in.
    pub batches: u64,
    /// Checkpoints that succeeded.
    pub checkpoints: u64,
    /// Checkpoints that failed; the log grows until one succeeds.
    pub checkpoint_failures: u64,
    /// Pages in the log after the last commit, of 4096 bytes each.
    pub log_pages: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) changes: AtomicU64,
    pub(super) batches: AtomicU64,
    pub(super) checkpoints: AtomicU64,
    pub(super) checkpoint_failures: AtomicU64,
    pub(super) checkpoint_failing: AtomicBool,
    pub(super) log_pages: AtomicU64,
}

impl Counters {
    pub(super) fn read(&self) -> SqliteStats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        SqliteStats {
            changes: read(&self.changes),
            batches: read(&self.batches),
            checkpoints: read(&self.checkpoints),
            checkpoint_failures: read(&self.checkpoint_failures),
            log_pages: read(&self.log_pages),
        }
    }
}
