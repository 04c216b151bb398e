//! DeleteMultipleObjects: up to 1000 keys; those that are not there count as deleted.

use super::{Outcome, empty, xml};
use crate::{authorize::owns, call::Call, error::Failure};
use coho_model::{BucketRecord, KeyChange, Refusal};
use coho_oss::document::{Naming, delete_multiple_objects as document};
use coho_store::StoreError;
use http::StatusCode;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Deletes that wait for the same commit.
const AT_ONCE: usize = 64;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket_record().await?;
    let naming = Naming::of(&call.query)?;
    // A body is read only for somebody who may delete anything here at all.
    if !owns(&call.identity, &bucket) && !bucket.acl.anyone_writes() {
        call.must_own(&bucket)?;
    }
    let expected = call.content_md5()?;
    let body = call.body.read_bounded(document::MAX_BYTES).await?;
    super::put_bucket_website::check_md5(expected, &body)?;
    let request = document::parse(&body)?;
    for item in &request.objects {
        if !owns(&call.identity, &bucket) {
            let object = call.context.store.object(&bucket, &item.key).await?;
            call.may_write(&bucket, object.as_deref())?;
        }
    }
    // An object is its own version `null`: any other does not exist, and to delete what does not exist is no error.
    let is_there = |item: &&document::DeleteItem| matches!(item.version_id.as_deref(), None | Some("null" | ""));
    let items: Vec<_> = request.objects.iter().filter(is_there).cloned().collect();
    delete(call, bucket, &items).await?;
    if request.quiet { empty(StatusCode::OK) } else { xml(document::to_xml(&request.objects, naming)) }
}

async fn delete(call: &Call, bucket: Arc<BucketRecord>, items: &[document::DeleteItem]) -> Result<(), Failure> {
    let now = call.now;
    for chunk in items.chunks(AT_ONCE) {
        let mut running = JoinSet::new();
        for item in chunk {
            let (store, bucket, key) = (call.context.store.clone(), bucket.clone(), item.key.clone());
            running.spawn(async move { store.meta().change_key(bucket.id, &key, KeyChange::Delete, now).await });
        }
        while let Some(result) = running.join_next().await {
            match result {
                Ok(result) => result.map(|_| ())?,
                // A task of ours that panicked or was cancelled: what it did is unknown.
                Err(_) => return Err(StoreError::Refused(Refusal::Overtaken).into()),
            }
        }
    }
    Ok(())
}
