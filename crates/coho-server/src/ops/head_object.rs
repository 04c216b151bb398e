//! HeadObject: as GetObject without the body. It causes a fetch only by a rule with `MirrorAllowHeadObject`.

use super::{Outcome, send_object};
use crate::{call::Call, representation::Representation, website};

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket_record().await?;
    if let Some(configuration) = &bucket.website {
        if !configuration.mirrors() {
            call.refuse_leading_slashes()?;
        }
        return website::answer(call, &bucket, configuration).await;
    }
    call.refuse_leading_slashes()?;
    let object = call.representation(&bucket, call.key()?).await?;
    call.may_read(&bucket, object.as_ref().and_then(Representation::record))?;
    match object {
        Some(Representation::Stored(object)) => send_object::stored(call, object).await,
        Some(Representation::InFlight(head)) => send_object::in_flight(call, &head),
        None => Err(crate::failure::Failure::no_such_key(call.key()?)),
    }
}
