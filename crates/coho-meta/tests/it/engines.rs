//! SQLite engines in a directory of their own.

use coho_meta::{Overlay, SegmentOptions, SqliteMeta, SqliteOptions};
use coho_model::website::{IndexDocument, WebsiteConfiguration};
use std::{path::Path, sync::Arc};
use tempfile::TempDir;

pub(crate) fn options(record_cache_bytes: u64) -> SqliteOptions {
    SqliteOptions {
        record_cache_bytes,
        reader_connections: 2,
        page_connections: 1,
        reader_page_cache_bytes: 1 << 20,
        writer_page_cache_bytes: 16 << 20,
        // So small that every test goes through several.
        segments: SegmentOptions { min_body_bytes: 1, min_persisted_bytes: 1, full_bytes: 32 << 10 },
        // The tests' own XML: the suffix of the index page.
        legacy_website: |text| {
            let suffix = Some(text.to_owned()).filter(|text| text != "damaged").ok_or("as the test wants it")?;
            let index_document = Some(IndexDocument { suffix: Some(suffix), ..IndexDocument::default() });
            Ok(WebsiteConfiguration { index_document, ..WebsiteConfiguration::default() })
        },
    }
}

pub(crate) fn open(directory: &Path) -> SqliteMeta {
    SqliteMeta::open(&directory.join("meta.sqlite"), options(1 << 20)).unwrap()
}

pub(crate) fn fresh() -> (SqliteMeta, TempDir) {
    fresh_with(1 << 20)
}

pub(crate) fn fresh_with(record_cache_bytes: u64) -> (SqliteMeta, TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let meta = SqliteMeta::open(&directory.path().join("meta.sqlite"), options(record_cache_bytes)).unwrap();
    (meta, directory)
}

pub(crate) fn fresh_overlay() -> (Overlay<SqliteMeta>, TempDir) {
    let (meta, directory) = fresh();
    (Overlay::new(Arc::new(meta)), directory)
}
