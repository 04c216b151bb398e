//! ListParts.

use super::{Outcome, xml};
use crate::call::Call;
use coho_model::{MAX_LIST_KEYS, MAX_PART_NUMBER};
use coho_oss::{
    OssError,
    document::{Naming, list_parts},
};

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket_record().await?;
    call.must_be_able_to_write(&bucket).await?;
    let naming = Naming::of(&call.query)?;
    let id = call.upload_id()?;
    let max_parts = call.max("max-parts", MAX_LIST_KEYS)?;
    let marker = match call.text("part-number-marker") {
        "" => 0,
        text => {
            let marker = text.parse().ok().filter(|number| *number <= MAX_PART_NUMBER);
            let message = "Argument part-number-marker must be an integer from 0 to 10000.";
            marker.ok_or_else(|| OssError::invalid_argument("part-number-marker", text, message))?
        }
    };
    let meta = call.context.store.meta();
    let upload = meta.upload(bucket.id, call.key()?, id).await?.ok_or_else(|| OssError::no_such_upload(id))?;
    let page = meta.list_parts(bucket.id, id, marker, max_parts).await?;
    xml(list_parts::to_xml(&list_parts::ListParts {
        bucket: &bucket.name,
        upload: &upload,
        part_number_marker: marker,
        max_parts,
        naming,
        parts: &page.parts,
        truncated: page.truncated,
    }))
}
