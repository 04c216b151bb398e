//! GetObjectTagging.

use super::{Outcome, xml};
use crate::{call::Call, failure::Failure};
use coho_model::TagSet;
use coho_oss::document::tagging;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let key = call.key()?;
    call.await_inflight(&bucket).await?;
    let object = call.object_record(&bucket).await?.ok_or_else(|| Failure::no_such_key(key))?;
    xml(tagging::to_xml(object.attributes.as_ref().map_or(&TagSet::default(), |attributes| &attributes.tags)))
}
