//! Looking a file up, with everything that its answers need.

use crate::{import_map::import_map_hashes, media_type::media_type};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use rust_embed::RustEmbed;
use std::{
    collections::HashMap,
    io::Write,
    sync::{Arc, Mutex, PoisonError},
};

/// The file of the single page.
const PAGE: &str = "index.html";
/// Bytes of a file below which it is not compressed: head and checksum of gzip would use up what is won.
const MIN_COMPRESSED_BYTES: usize = 256;

#[derive(RustEmbed)]
#[folder = "assets/"]
struct Files;

/// One file.
#[derive(Debug, PartialEq, Eq)]
pub struct Asset {
    /// The file.
    pub bytes: Bytes,
    /// The same in gzip, where that is smaller.
    pub gzip: Option<Bytes>,
    /// The value of `Content-Type`.
    pub media_type: &'static str,
    /// The SHA-256 of the file as a strong entity tag, with its quotes.
    pub etag: String,
    /// The sources of the import maps in a page, as `Content-Security-Policy` names them: `'sha256-…'`.
    pub import_maps: Vec<String>,
}

/// The files that were asked for, each compressed once.
#[derive(Debug, Default)]
pub struct Assets {
    /// By name. Only names of the table come in, so that the table bounds it.
    kept: Mutex<HashMap<String, KeptAsset>>,
}

/// A file with its digest, which differs after an edit.
#[derive(Debug)]
struct KeptAsset {
    digest: [u8; 32],
    asset: Arc<Asset>,
}

impl Assets {
    /// The single page.
    pub fn page(&self) -> Option<Arc<Asset>> {
        self.find(PAGE)
    }

    /// The file of this name below `assets/`. The name is compared as it is: nothing in it is decoded or resolved.
    pub fn find(&self, name: &str) -> Option<Arc<Asset>> {
        if !is_plain(name) {
            return None;
        }
        let file = Files::get(name)?;
        let digest = file.metadata.sha256_hash();
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(same) = kept.get(name).filter(|kept| kept.digest == digest) {
            return Some(same.asset.clone());
        }
        let asset = Arc::new(Asset::new(name, Bytes::from(file.data.into_owned()), &digest));
        kept.insert(name.to_owned(), KeptAsset { digest, asset: asset.clone() });
        Some(asset)
    }

    /// The names of all files.
    pub fn names() -> impl Iterator<Item = String> {
        Files::iter().map(|name| name.into_owned())
    }
}

impl Asset {
    fn new(name: &str, bytes: Bytes, digest: &[u8; 32]) -> Self {
        let (media_type, is_text) = media_type(name);
        let compressed = (is_text && bytes.len() >= MIN_COMPRESSED_BYTES).then(|| gzip(&bytes)).flatten();
        let gzip = compressed.filter(|gzip| gzip.len() < bytes.len()).map(Bytes::from);
        let import_maps = if media_type.starts_with("text/html") { import_map_hashes(&bytes) } else { Vec::new() };
        let import_maps = import_maps.iter().map(|hash| format!("'sha256-{}'", STANDARD.encode(hash))).collect();
        Self { bytes, gzip, media_type, etag: format!("\"{}\"", hex::encode(digest)), import_maps }
    }
}

/// None cannot happen when writing to memory; the file is then sent as it is.
fn gzip(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok()
}

/// Whether a name is segments of plain characters, none of which leads up. A debug build looks in a folder.
fn is_plain(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    name.split('/').all(|segment| !segment.is_empty() && !segment.starts_with('.') && segment.bytes().all(plain))
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use std::io::Read;

    #[test]
    fn a_file_is_found_by_its_exact_name_alone() {
        let assets = Assets::default();
        for (name, expected) in [
            ("index.html", true),
            ("", false),
            ("/index.html", false),
            ("./index.html", false),
            ("x/../index.html", false),
            ("../assets/index.html", false),
            ("../Cargo.toml", false),
            ("..", false),
            ("index.html/", false),
            ("index.html\0", false),
            ("%69ndex.html", false),
            ("..\\Cargo.toml", false),
            ("INDEX.HTML", false),
            (".hidden", false),
            ("no-such-file.js", false),
        ] {
            assert_eq!(assets.find(name).is_some(), expected, "{name:?}");
        }
    }

    #[test]
    fn every_file_has_a_type_a_strong_tag_and_the_same_bytes_compressed() {
        let assets = Assets::default();
        for name in Assets::names() {
            let asset = assets.find(&name).unwrap_or_else(|| panic!("{name} cannot be asked for"));
            assert!(asset.etag.len() == 66 && asset.etag.starts_with('"'), "{name}");
            assert_ne!(asset.media_type, "application/octet-stream", "{name} has no media type");
            if let Some(gzip) = &asset.gzip {
                let mut back = Vec::new();
                GzDecoder::new(&gzip[..]).read_to_end(&mut back).unwrap();
                assert_eq!(back, asset.bytes, "{name}");
            }
            assert!(Arc::ptr_eq(&asset, &assets.find(&name).unwrap()), "{name} is compressed twice");
        }
    }
}
