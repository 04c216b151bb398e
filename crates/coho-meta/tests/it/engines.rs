//! SQLite engines in a directory of their own.

use coho_meta::{Overlay, SegmentOptions, SettingsCodec, SqliteMeta, SqliteOptions};
use coho_model::website::WebsiteConfiguration;
use std::{
    path::Path,
    sync::{Arc, LazyLock, Mutex},
};
use tempfile::TempDir;

/// Keeps the configurations of this process in a list; the text is the place in it.
#[derive(Debug, Default)]
struct ListCodec(Mutex<Vec<WebsiteConfiguration>>);

static CODEC: LazyLock<Arc<ListCodec>> = LazyLock::new(Default::default);

impl SettingsCodec for ListCodec {
    fn encode_website(&self, website: &WebsiteConfiguration) -> String {
        let mut list = self.0.lock().unwrap();
        list.push(website.clone());
        (list.len() - 1).to_string()
    }

    fn decode_website(
        &self,
        text: &str,
    ) -> Result<Arc<WebsiteConfiguration>, Box<dyn std::error::Error + Send + Sync>> {
        let at: usize = text.parse()?;
        Ok(Arc::new(self.0.lock().unwrap().get(at).ok_or("no such configuration")?.clone()))
    }
}

pub(crate) fn options(record_cache_bytes: u64) -> SqliteOptions {
    SqliteOptions {
        record_cache_bytes,
        reader_connections: 2,
        page_connections: 1,
        reader_page_cache_bytes: 1 << 20,
        writer_page_cache_bytes: 16 << 20,
        // So small that every test goes through several.
        segments: SegmentOptions { min_body_bytes: 1, min_persisted_bytes: 1, full_bytes: 32 << 10 },
        settings: CODEC.clone(),
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
