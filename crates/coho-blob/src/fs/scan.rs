//! Listing all blobs: one folder a page, so that a page holds a small share of the store.

use super::path;
use crate::{BlobError, BlobScan};
use coho_model::BlobId;
use std::{io, path::Path};

pub(super) fn page(root: &Path, after: Option<BlobScan>) -> Result<(Vec<BlobId>, Option<BlobScan>), BlobError> {
    let number = after.map_or(0, |scan| scan.0 as u32);
    // Files with other names are not ours to touch.
    let blobs = entries(&path::folder(root, number))?.iter().filter_map(|name| BlobId::parse(name)).collect();
    let next = (number + 1 < path::FOLDERS).then_some(BlobScan(u128::from(number + 1)));
    Ok((blobs, next))
}

fn entries(folder: &Path) -> Result<Vec<String>, BlobError> {
    let listing = match std::fs::read_dir(folder) {
        Ok(listing) => listing,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        Err(error) => return Err(BlobError::io("listing blobs")(error)),
    };
    listing
        .map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()))
        .collect::<Result<_, _>>()
        .map_err(BlobError::io("listing blobs"))
}
