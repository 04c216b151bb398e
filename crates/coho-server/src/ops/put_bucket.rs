//! PutBucket. Repeating it with the same settings succeeds.

use super::{Outcome, header_value, with_headers};
use crate::{
    authorize::{RequestedAccess, Right, account, owns},
    call::Call,
};
use coho_model::{BucketName, RequestRefusal};
use coho_oss::document::create_bucket;
use coho_store::CreateBucketOptions;
use http::{HeaderMap, StatusCode, header};

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let owner = account(&call.identity)?.clone();
    let acl = call.bucket_acl()?;
    let body = call.body.read_bounded(create_bucket::MAX_BYTES).await?;
    let wanted = create_bucket::parse(&body)?;
    if let Some(location) = &wanted.location
        && *location != format!("oss-{}", call.context.region)
    {
        return Err(RequestRefusal::ForeignLocation.into());
    }
    let name = call.bucket_name()?.clone();
    let existing = call.context.store.bucket(&name).await?.filter(|bucket| owns(&call.identity, bucket));
    if let Some(bucket) = &existing {
        call.may(RequestedAccess { operation: call.operation, right: Right::Own, key: None }, bucket, None)?;
    }
    call.refuse_blocked_acl(acl, existing.as_deref())?;
    let create = CreateBucketOptions { owner, acl, storage_class: wanted.storage_class, redundancy: wanted.redundancy };
    call.context.store.create_bucket(&name, create).await?;
    located(&name)
}

/// The answer that names the place of a bucket.
pub(super) fn located(name: &BucketName) -> Outcome {
    let location = header_value(&format!("/{name}"));
    with_headers(StatusCode::OK, HeaderMap::from_iter([(header::LOCATION, location)]))
}
