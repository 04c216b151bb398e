//! PutBucket. Repeating it with the same settings is no error.

use super::{Outcome, header_value, with_headers};
use crate::{call::Call, error::Failure};
use coho_model::{BucketAcl, BucketChange, NewBucket};
use coho_oss::{ErrorCode, OssError, document::create_bucket, header as oss};
use coho_store::new_bucket_id;
use http::{HeaderMap, StatusCode, header};

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let owner = call.owner()?;
    let acl = bucket_acl(call)?;
    let body = call.body.read_bounded(create_bucket::MAX_BYTES).await?;
    let wanted = create_bucket::parse(&body)?;
    if let Some(location) = &wanted.location
        && *location != format!("oss-{}", call.context.region)
    {
        return Err(OssError::new(ErrorCode::InvalidLocationConstraint).into());
    }
    let name = call.bucket_name()?.clone();
    let change = BucketChange::Create(NewBucket {
        id: new_bucket_id(call.now),
        owner,
        created: call.now,
        acl,
        storage_class: wanted.storage_class,
        redundancy: wanted.redundancy,
    });
    call.context.store.meta().change_bucket(&name, change, call.now).await?;
    let mut headers = HeaderMap::new();
    headers.insert(header::LOCATION, header_value(&format!("/{name}")));
    with_headers(StatusCode::OK, headers)
}

/// The ACL that the request names, if it names one.
pub(super) fn bucket_acl(call: &Call) -> Result<Option<BucketAcl>, Failure> {
    let Some(text) = call.header(&oss::ACL) else { return Ok(None) };
    let invalid = || OssError::invalid_argument("x-oss-acl", text, "no such bucket access control exists");
    Ok(Some(BucketAcl::parse(text).ok_or_else(invalid)?))
}
