//! GetObjectTagging.

use super::{Outcome, xml};
use crate::{call::Call, object_headers};
use coho_model::TagSet;
use coho_oss::document::tagging;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    call.await_inflight(&bucket).await?;
    let object = call.existing(&bucket, call.key()?, call.version_id()?, None).await?;
    let tags = object.attributes.as_ref().map_or(&TagSet::default(), |attributes| &attributes.tags).clone();
    let mut response = xml(tagging::to_xml(&tags))?;
    object_headers::insert_version(response.headers_mut(), &bucket, object.version);
    Ok(response)
}
