//! Where a listing of versions begins and what its page says, for every engine alike.
//!
//! Versions are listed like objects, but a key may have several: so a page can end, and the next begin, within a key.

use crate::{VersionPage, VersionQuery};
use coho_model::{Collapsed, Listed, ListingCursor, ListingFold, VersionId, VersionSummary};

/// Where the walk begins: at a name, and after a version of that name if one is given. `None` if the listing is empty.
pub(crate) fn start(query: &VersionQuery) -> Option<(String, Option<VersionId>)> {
    let marker = &query.list.after;
    match ListingFold::<VersionSummary>::new(query.list.clone()).cursor() {
        ListingCursor::Nothing => None,
        // The fold begins right after the marker, so the marker's own versions come just before.
        ListingCursor::From(name) if name.strip_suffix('\0') == Some(marker) && query.after_version.is_some() => {
            Some((marker.clone(), query.after_version))
        }
        ListingCursor::From(name) => Some((name, None)),
    }
}

/// The page, with the id of its last version in the marker of the next one.
pub(crate) fn page(page: Collapsed<VersionSummary>) -> VersionPage {
    let last_id = match page.entries.last() {
        Some(Listed::Row(version)) => Some(version.version.id()),
        Some(Listed::Prefix(_)) | None => None,
    };
    VersionPage { entries: page.entries, next: page.next.map(|key| (key, last_id)) }
}

/// Tells which of a walk's versions are current ones: the first of each key, except of the key within which the walk begins.
#[derive(Debug, Default)]
pub(crate) struct LatestVersions {
    last: String,
}

impl LatestVersions {
    /// For a walk that begins after a version of `name`, if newer ones of it exist.
    pub(crate) fn after(name: &str) -> Self {
        Self { last: name.to_owned() }
    }

    /// Whether the next version, which is of this key, is the current one.
    pub(crate) fn is_latest(&mut self, name: &str) -> bool {
        if self.last == name {
            return false;
        }
        name.clone_into(&mut self.last);
        true
    }
}
