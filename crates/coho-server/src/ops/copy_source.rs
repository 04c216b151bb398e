//! The source of a copy: which object, whether the caller may read it, and whether its conditions hold.

use crate::{
    authorize::{RequestedAccess, Right},
    call::Call,
    failure::{Failure, FailureKind},
    terms,
};
use coho_model::{BucketName, BucketRecord, ObjectKey, ObjectRecord, Query, RequestRefusal, Verdict};
use coho_oss::{Operation, header as oss};
use std::sync::Arc;

/// A readable source.
pub(super) struct Source {
    pub(super) bucket: Arc<BucketRecord>,
    pub(super) key: ObjectKey,
    pub(super) object: Arc<ObjectRecord>,
}

/// Finds the source that `x-oss-copy-source` names.
pub(super) async fn find(call: &Call) -> Result<Source, Failure> {
    let (name, key) = parse(call)?;
    let store = &call.context.store;
    let bucket = store.bucket(&name).await?.ok_or_else(|| Failure::no_such_bucket(name.as_str()))?;
    terms::check(&call.sender(&bucket), call.operation, &bucket)?;
    let mut object = store.object(&bucket, &key).await?;
    if object.is_none() {
        // This client may have read it to its end a moment ago, before it is published.
        call.context.mirror.await_inflight(bucket.id, &key).await;
        object = store.object(&bucket, &key).await?;
    }
    // The right to write the copy does not include reading the source.
    let access = RequestedAccess { operation: Operation::GetObject, right: Right::Read, key: Some(&key) };
    call.may(access, &bucket, object.as_deref())?;
    let object = object.ok_or_else(|| Failure::no_such_key(&key))?;
    let conditions = call.conditions_of(&[
        oss::COPY_SOURCE_IF_MATCH,
        oss::COPY_SOURCE_IF_NONE_MATCH,
        oss::COPY_SOURCE_IF_MODIFIED_SINCE,
        oss::COPY_SOURCE_IF_UNMODIFIED_SINCE,
    ]);
    match conditions.judge(object.etag, object.modified) {
        Verdict::Proceed => Ok(Source { bucket, key, object }),
        Verdict::NotModified => Err(FailureKind::NotModified.into()),
        Verdict::Failed => Err(FailureKind::PreconditionFailed("x-oss-copy-source-if").into()),
    }
}

/// `/bucket/encoded-key[?versionId=null]`, with or without the first slash, which some SDKs leave out or encode. A
/// blank may be a plus: the Go SDK (and so ossutil) encodes the key like a query.
fn parse(call: &Call) -> Result<(BucketName, ObjectKey), Failure> {
    let text = call.header(&oss::COPY_SOURCE).unwrap_or_default();
    let invalid = || RequestRefusal::invalid_argument("x-oss-copy-source", text, "The copy source is not valid.");
    let (path, version) = match text.split_once('?') {
        Some((path, query)) => (path, Query::parse(query).map_err(|_| invalid())?.get("versionId").map(str::to_owned)),
        None => (text, None),
    };
    let path = path.replace('+', "%20");
    let path =
        Query::decode_path(&path).map_err(|error| RequestRefusal::undecodable("x-oss-copy-source", text, error))?;
    let (bucket, key) = path.strip_prefix('/').unwrap_or(&path).split_once('/').ok_or_else(invalid)?;
    let bucket = BucketName::parse(bucket).map_err(|_| RequestRefusal::invalid_bucket_name(bucket))?;
    let key = ObjectKey::parse(key).map_err(|_| RequestRefusal::invalid_object_key(key))?;
    match version.as_deref() {
        None | Some("null") => Ok((bucket, key)),
        Some(version) => Err(FailureKind::NoSuchVersion { key, version: version.into() }.into()),
    }
}
