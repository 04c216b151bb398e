//! Measures the SQLite engine: `meta_bench speed DIRECTORY [SECONDS]` against an append-only log on the same disk,
//! `meta_bench scale DIRECTORY KEYS [RECORD_CACHE_MIB]` at a given number of keys.
#![allow(clippy::print_stdout, reason = "a tool to look at")]

mod scale;
mod speed;

use coho_meta::{SegmentOptions, SqliteMeta, SqliteOptions};
use std::{path::Path, time::Duration};

fn open(path: &Path, record_cache_bytes: u64) -> SqliteMeta {
    let options = SqliteOptions {
        record_cache_bytes,
        reader_connections: 2,
        page_connections: 2,
        reader_page_cache_bytes: 32 << 20,
        writer_page_cache_bytes: 128 << 20,
        segments: SegmentOptions::default(),
        legacy_website: |text| Err(text.into()),
    };
    SqliteMeta::open(path, options).expect("the file opens")
}

/// The time of that share of measurements, in milliseconds.
fn percentile_ms(taken: &[Duration], share: f64) -> f64 {
    taken[((taken.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    match arguments.next().as_deref() {
        Some("speed") => speed::measure(arguments).await,
        Some("scale") => scale::measure(arguments).await,
        _ => panic!("usage: meta_bench speed DIRECTORY [SECONDS] | scale DIRECTORY KEYS [RECORD_CACHE_MIB]"),
    }
}
