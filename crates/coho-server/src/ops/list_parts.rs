//! ListParts.

use super::{Outcome, xml};
use crate::call::Call;
use coho_model::{MAX_LIST_KEYS, MAX_PART_NUMBER, RequestRefusal, decimal};
use coho_oss::document::{Naming, list_parts};

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let naming = Naming::of(&call.query)?;
    let id = call.upload_id()?;
    let max_parts = call.max("max-parts", MAX_LIST_KEYS)?;
    let marker = match call.text("part-number-marker") {
        "" => 0,
        text => {
            let marker = decimal(text).filter(|number| *number <= MAX_PART_NUMBER);
            let message = "Argument part-number-marker must be an integer from 0 to 10000.";
            marker.ok_or_else(|| RequestRefusal::invalid_argument("part-number-marker", text, message))?
        }
    };
    let _turn = call.listing_turn().await;
    let (upload, page) = call.context.store.list_parts(&bucket, call.key()?, id, marker, max_parts).await?;
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
