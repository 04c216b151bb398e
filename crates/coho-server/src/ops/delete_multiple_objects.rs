//! DeleteMultipleObjects: up to 1000 keys or versions; those that do not exist count as deleted.

use super::{Outcome, empty, xml};
use crate::{
    authorize::{RequestedAccess, Right, owns},
    call::Call,
    failure::Failure,
    key_limits,
};
use coho_model::{BucketRecord, KeyVersion, RequestRefusal};
use coho_oss::{
    document::{
        Naming,
        delete_multiple_objects::{self as document, DeletedItem},
    },
    version_id,
};
use coho_store::Deletion;
use http::StatusCode;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let naming = Naming::of(&call.query)?;
    let request = document::parse(&call.document(document::MAX_BYTES).await?)?;
    let deletions = deletions(&request.objects)?;
    let is_limited = key_limits::of(&call.identity).is_some();
    if is_limited || !owns(&call.identity, &bucket) || bucket.configurations.policy.is_some() {
        for item in &request.objects {
            may_delete(call, &bucket, item).await?;
        }
    }
    let (places, deletions): (Vec<_>, Vec<_>) = deletions.into_iter().unzip();
    let versions = call.context.store.delete_objects(&bucket, deletions).await?;
    if request.quiet {
        return empty(StatusCode::OK);
    }
    let mut deleted: Vec<_> = request.objects.iter().map(|item| DeletedItem { item, marker: None }).collect();
    for (place, version) in places.into_iter().zip(versions) {
        deleted[place].marker = version.filter(|version| version.is_marker).map(|version| version.id);
    }
    xml(document::to_xml(&deleted, naming))
}

/// Refuses what the sender may not delete. What no version has as its id has no object to be judged by.
async fn may_delete(call: &Call, bucket: &BucketRecord, item: &document::DeleteItem) -> Result<(), Failure> {
    let tests_tags = bucket.configurations.policy.as_ref().is_some_and(|policy| policy.tests_object_tags());
    let version = item.version_id.as_deref().map(|text| version_id("VersionId", text)).transpose();
    let found = match version {
        Ok(version) if tests_tags || !owns(&call.identity, bucket) => call.present(bucket, &item.key, version).await?,
        Ok(_) | Err(_) => None,
    };
    let object = found.as_ref().and_then(KeyVersion::object).map(|object| &**object);
    let access = RequestedAccess { operation: call.operation, right: Right::Write, key: Some(&item.key) };
    call.may_of_version(access, bucket, item.version_id.is_some(), object)
}

/// What is to be deleted, with its place in the request. What no version has as its id is deleted already.
fn deletions(items: &[document::DeleteItem]) -> Result<Vec<(usize, Deletion)>, Failure> {
    let mut deletions = Vec::with_capacity(items.len());
    for (place, item) in items.iter().enumerate() {
        let version = match item.version_id.as_deref().map(|text| version_id("VersionId", text)).transpose() {
            Ok(version) => version,
            Err(RequestRefusal::UnknownVersion(_)) => continue,
            Err(refusal) => return Err(refusal.into()),
        };
        deletions.push((place, Deletion { key: item.key.clone(), version }));
    }
    Ok(deletions)
}
