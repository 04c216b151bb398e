//! The header `x-oss-expiration`: when the object of a GET or HEAD expires, and by which lifecycle rule.

use crate::{
    answer::header_value,
    call::Call,
    failure::Failure,
    representation::{Representation, Resolution},
};
use coho_model::{BucketRecord, Lifecycle};
use coho_oss::{document::lifecycle, header as oss};
use http::StatusCode;

/// Adds the header, if a rule of the bucket deletes the object some time. An index page or an error page is not the object that
/// the request names, and rules do not delete a version that is named.
pub(crate) async fn add(
    call: &Call,
    bucket: &BucketRecord,
    rules: &Lifecycle,
    resolution: &mut Resolution,
) -> Result<(), Failure> {
    let (Representation::Stored(stored), StatusCode::OK) = (&resolution.representation, resolution.status) else {
        return Ok(());
    };
    let Some(key) = &call.key else { return Ok(()) };
    let may_be_another = bucket.website.is_some() || call.query.has("versionId");
    if may_be_another && call.record_of(bucket, key).await?.as_ref() != Some(&stored.record) {
        return Ok(());
    }
    if let Some(due) = rules.expiration(&stored.record.lifecycle_subject(key)) {
        resolution.returned.insert(oss::EXPIRATION, header_value(&lifecycle::expiration_header(&due)));
    }
    Ok(())
}
