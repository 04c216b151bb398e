//! HeadObject: as GetObject without the body. It causes a fetch only by a rule with `MirrorAllowHeadObject`.

use super::{Outcome, send_object};
use crate::{call::Call, website};

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket_record().await?;
    if let Some(configuration) = &bucket.website {
        if !configuration.mirrors() {
            call.refuse_leading_slashes()?;
        }
        call.settle(&bucket).await?;
        return website::answer(call, &bucket, configuration).await;
    }
    call.refuse_leading_slashes()?;
    let object = call.object_record(&bucket).await?;
    call.may_read(&bucket, object.as_deref())?;
    match object {
        Some(object) => send_object::stored(call, object).await,
        None => Err(crate::failure::Failure::no_such_key(call.key()?)),
    }
}
