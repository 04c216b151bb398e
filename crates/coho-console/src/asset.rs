//! Looking a file up, with everything that its answers need.
//!
//! The page names its files below a folder that has the version of all files in its name, so that a browser may keep them for ever: their
//! imports are relative, and stay in the folder.

use crate::{import_map::import_map_hashes, media_type::media_type};
use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    io::Write,
    sync::{Arc, Mutex, PoisonError},
};

/// The file of the single page.
const PAGE: &str = "index.html";
/// Where the page in the source folder has its files.
const FILES: &str = "/assets/";
/// Hexadecimal digits of a version.
const VERSION_DIGITS: usize = 16;
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
    /// The version that the last page named.
    version: Mutex<String>,
}

/// A file that was asked for by its path below `/assets/`.
#[derive(Debug)]
pub struct FoundAsset {
    /// The file.
    pub asset: Arc<Asset>,
    /// Whether the path has the version of the files: what is answered for it never changes.
    pub is_final: bool,
}

/// A file with its digest, which differs after an edit.
#[derive(Debug)]
struct KeptAsset {
    digest: [u8; 32],
    asset: Arc<Asset>,
}

impl Assets {
    /// The single page, which names the files by the version that they have now.
    pub fn page(&self) -> Option<Arc<Asset>> {
        let version = version_of_files();
        self.version.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&version);
        let page = Files::get(PAGE)?;
        let digest = Sha256::new().chain_update(page.metadata.sha256_hash()).chain_update(&version).finalize().into();
        Some(self.kept(PAGE, digest, || {
            String::from_utf8_lossy(&page.data).replace(FILES, &format!("{FILES}{version}/")).into()
        }))
    }

    /// The file of this path below `/assets/`, with the version or without one. The path is compared as it is: nothing in it is decoded or
    /// resolved. The page is not found by its name, as its policy belongs to it.
    pub fn find(&self, path: &str) -> Option<FoundAsset> {
        let (version, name) = match path.split_once('/') {
            Some((first, name)) if is_version(first) => (Some(first), name),
            _ => (None, path),
        };
        if !is_plain(name) || name == PAGE {
            return None;
        }
        let file = Files::get(name)?;
        let asset = self.kept(name, file.metadata.sha256_hash(), || file.data.into_owned().into());
        Some(FoundAsset { asset, is_final: version.is_some_and(|version| self.is_current(version)) })
    }

    fn is_current(&self, version: &str) -> bool {
        let mut current = self.version.lock().unwrap_or_else(PoisonError::into_inner);
        if current.is_empty() {
            *current = version_of_files();
        }
        *current == version
    }

    fn kept(&self, name: &str, digest: [u8; 32], bytes: impl FnOnce() -> Bytes) -> Arc<Asset> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(same) = kept.get(name).filter(|kept| kept.digest == digest) {
            return same.asset.clone();
        }
        let asset = Arc::new(Asset::new(name, bytes(), &digest));
        kept.insert(name.to_owned(), KeptAsset { digest, asset: asset.clone() });
        asset
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

/// Differs after a change of any file.
fn version_of_files() -> String {
    let mut names: Vec<_> = Files::iter().collect();
    names.sort_unstable();
    let mut digest = Sha256::new();
    for (name, file) in names.iter().filter_map(|name| Some((name, Files::get(name)?))) {
        digest.update(name.as_bytes());
        digest.update([0]);
        digest.update(file.metadata.sha256_hash());
    }
    hex::encode(digest.finalize())[..VERSION_DIGITS].to_owned()
}

/// Whether a segment of a path is a version, of this build or another one.
fn is_version(segment: &str) -> bool {
    segment.len() == VERSION_DIGITS && segment.bytes().all(|byte| byte.is_ascii_hexdigit())
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
            ("app.js", true),
            ("", false),
            ("/app.js", false),
            ("./app.js", false),
            ("x/../app.js", false),
            ("../assets/app.js", false),
            ("../Cargo.toml", false),
            ("..", false),
            ("app.js/", false),
            ("app.js\0", false),
            ("%61pp.js", false),
            ("..\\Cargo.toml", false),
            ("APP.JS", false),
            (".hidden", false),
            ("no-such-file.js", false),
            ("index.html", false),
            ("0123456789abcdef/app.js", true),
            ("0123456789abcdef/index.html", false),
            ("0123456789abcdef/../app.js", false),
            ("0123456789abcdef/", false),
            ("0123456789abcdef/0123456789abcdef/app.js", false),
            ("0123456789abcdeg/app.js", false),
            ("0123456789abcde/app.js", false),
        ] {
            assert_eq!(assets.find(name).is_some(), expected, "{name:?}");
        }
    }

    #[test]
    fn every_file_has_a_type_a_strong_tag_and_the_same_bytes_compressed() {
        let assets = Assets::default();
        for name in Assets::names().filter(|name| name != PAGE) {
            let asset = assets.find(&name).unwrap_or_else(|| panic!("{name} cannot be asked for")).asset;
            assert!(asset.etag.len() == 66 && asset.etag.starts_with('"'), "{name}");
            assert_ne!(asset.media_type, "application/octet-stream", "{name} has no media type");
            if let Some(gzip) = &asset.gzip {
                let mut back = Vec::new();
                GzDecoder::new(&gzip[..]).read_to_end(&mut back).unwrap();
                assert_eq!(back, asset.bytes, "{name}");
            }
            assert!(Arc::ptr_eq(&asset, &assets.find(&name).unwrap().asset), "{name} is compressed twice");
        }
    }

    #[test]
    fn the_page_names_its_files_by_a_version_under_which_they_never_change() {
        let assets = Assets::default();
        let page = assets.page().unwrap();
        let text = std::str::from_utf8(&page.bytes).unwrap();
        let paths: Vec<_> = text.split(FILES).skip(1).filter_map(|rest| rest.split('"').next()).collect();
        assert!(paths.len() > 20, "{text}");
        for path in paths {
            let found = assets.find(path).unwrap_or_else(|| panic!("{path} is not there"));
            assert!(found.is_final, "{path}");
            let (version, name) = path.split_once('/').unwrap();
            assert!(!assets.find(name).unwrap().is_final, "{name} has no version");
            assert!(!assets.find(&format!("{}/{name}", "0".repeat(VERSION_DIGITS))).unwrap().is_final, "{name}");
            assert!(Assets::default().find(&format!("{version}/{name}")).unwrap().is_final, "before the first page");
        }
        assert!(Arc::ptr_eq(&page, &assets.page().unwrap()), "the page is compressed twice");
        assert_eq!(page.import_maps.len(), 1);
    }
}
