//! Where a listing of uploads begins and what its page says, for every engine alike.
//!
//! Uploads are listed like objects, but a key may have several: so a page can end, and the next begin, within a key.

use crate::{UploadPage, UploadQuery};
use coho_model::{Collapsed, Listed, ListingCursor, ListingFold, UploadId, UploadRecord};

/// Where the walk begins: at a name, and after an upload of that name if one is given. `None` if the listing is empty.
pub(crate) fn start(query: &UploadQuery) -> Option<(String, Option<UploadId>)> {
    let marker = &query.list.after;
    match ListingFold::<UploadRecord>::new(query.list.clone()).cursor() {
        ListingCursor::Nothing => None,
        // The fold begins right after the marker, so the marker's own uploads come just before.
        ListingCursor::From(name) if name.strip_suffix('\0') == Some(marker) && query.after_upload.is_some() => {
            Some((marker.clone(), query.after_upload))
        }
        ListingCursor::From(name) => Some((name, None)),
    }
}

/// The page, with the id of its last upload in the marker of the next one.
pub(crate) fn page(page: Collapsed<UploadRecord>) -> UploadPage {
    let last_id = match page.entries.last() {
        Some(Listed::Row(upload)) => Some(upload.id),
        Some(Listed::Prefix(_)) | None => None,
    };
    UploadPage { entries: page.entries, next: page.next.map(|key| (key, last_id)) }
}
