//! The source of a copy: which object, whether the caller may read it, and whether its conditions hold.

use super::header_value;
use crate::{
    call::Call,
    failure::{Failure, FailureKind},
    terms,
};
use coho_model::{
    BucketName, BucketRecord, ObjectKey, ObjectRecord, ObjectVersion, Query, RequestRefusal, Verdict, VersionId,
};
use coho_oss::{header as oss, version_id};
use http::HeaderMap;
use std::sync::Arc;

/// A readable source.
pub(super) struct Source {
    pub(super) bucket: Arc<BucketRecord>,
    pub(super) key: ObjectKey,
    pub(super) object: Arc<ObjectRecord>,
}

/// Finds the source that `x-oss-copy-source` names.
pub(super) async fn find(call: &Call) -> Result<Source, Failure> {
    let (name, key, version) = parse(call)?;
    let store = &call.context.store;
    let bucket = store.bucket(&name).await?.ok_or_else(|| Failure::no_such_bucket(name.as_str()))?;
    terms::check(&call.sender(&bucket), call.operation, &bucket)?;
    if store.object(&bucket, &key).await?.is_none() {
        // This client may have read it to its end a moment ago, before it is published.
        call.context.mirror.await_inflight(bucket.id, &key).await;
    }
    // The right to write the copy does not include reading the source.
    let object = call.readable(&bucket, &key, version).await.map_err(|failure| match failure.kind {
        // OSS: there is nothing to copy.
        FailureKind::IsDeleteMarker { marker, .. } => FailureKind::Deleted { key: key.clone(), marker }.into(),
        _ => failure,
    })?;
    let conditions = call.conditions_of(&[
        oss::COPY_SOURCE_IF_MATCH,
        oss::COPY_SOURCE_IF_NONE_MATCH,
        oss::COPY_SOURCE_IF_MODIFIED_SINCE,
        oss::COPY_SOURCE_IF_UNMODIFIED_SINCE,
    ]);
    match conditions.judge(object.etag, object.modified) {
        Verdict::Proceed => {
            call.must_be_readable(Some(&bucket), &object)?;
            Ok(Source { bucket, key, object })
        }
        Verdict::NotModified => Err(FailureKind::NotModified.into()),
        Verdict::Failed => Err(FailureKind::PreconditionFailed("x-oss-copy-source-if").into()),
    }
}

/// `/bucket/encoded-key[?versionId=…]`, with or without the first slash, which some SDKs leave out or encode. A
/// blank may be a plus: the Go SDK (and so ossutil) encodes the key like a query.
fn parse(call: &Call) -> Result<(BucketName, ObjectKey, Option<VersionId>), Failure> {
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
    let version = version.map(|text| version_id("x-oss-copy-source", &text)).transpose()?;
    Ok((bucket, key, version))
}

/// Adds the version id of the source, if its bucket has versioning.
pub(super) fn insert_version(headers: &mut HeaderMap, bucket: &BucketRecord, version: ObjectVersion) {
    if bucket.versioning().is_versioned() {
        headers.insert(oss::COPY_SOURCE_VERSION_ID, header_value(&version.id().to_string()));
    }
}
