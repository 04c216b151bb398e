//! HeadObject: as GetObject without the body. It never causes a fetch.

use super::{Outcome, send_object};
use crate::call::Call;
use coho_oss::OssError;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket_record().await?;
    let object = call.settled_object_record(&bucket).await?;
    call.may_read(&bucket, object.as_deref())?;
    match object {
        Some(object) => send_object::stored(call, object).await,
        None => Err(OssError::no_such_key(call.key()?).into()),
    }
}
