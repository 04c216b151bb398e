//! ListMultipartUploads.

use super::{Outcome, xml};
use crate::call::Call;
use coho_model::{MAX_LIST_KEYS, UploadId};
use coho_oss::document::{Naming, list_multipart_uploads};
use coho_store::UploadQuery;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let naming = Naming::of(&call.query)?;
    let max_uploads = call.max("max-uploads", MAX_LIST_KEYS)?;
    let (key_marker, upload_id_marker) = (call.text("key-marker"), call.text("upload-id-marker"));
    let query = UploadQuery {
        list: call.list_query(key_marker, max_uploads)?,
        // Without a key marker an upload marker says nothing; a text that is not an id sorts after every id.
        after_upload: Some(upload_id_marker)
            .filter(|marker| !marker.is_empty() && !key_marker.is_empty())
            .map(|marker| UploadId::parse(marker).unwrap_or(UploadId(u128::MAX))),
    };
    let _turn = call.listing_turn().await;
    let page = call.context.store.list_uploads(&bucket, query).await?;
    xml(list_multipart_uploads::to_xml(&list_multipart_uploads::ListMultipartUploads {
        bucket: &bucket.name,
        prefix: call.text("prefix"),
        delimiter: call.text("delimiter"),
        key_marker,
        upload_id_marker,
        max_uploads,
        naming,
        entries: &page.entries,
        next: page.next.as_ref().map(|(key, upload)| (key.as_str(), *upload)),
    }))
}
