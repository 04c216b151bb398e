//! DeleteMultipleObjects: up to 1000 keys; those that do not exist count as deleted.

use super::{Outcome, empty, xml};
use crate::{
    authorize::{RequestedAccess, Right, owns},
    call::Call,
};
use coho_oss::document::{Naming, delete_multiple_objects as document};
use http::StatusCode;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let naming = Naming::of(&call.query)?;
    let request = document::parse(&call.document(document::MAX_BYTES).await?)?;
    if !owns(&call.identity, &bucket) || bucket.configurations.policy.is_some() {
        for item in &request.objects {
            let object = call.context.store.object(&bucket, &item.key).await?;
            let access = RequestedAccess { operation: call.operation, right: Right::Write, key: Some(&item.key) };
            call.may(access, &bucket, object.as_deref())?;
        }
    }
    // An object is its own version `null`. Other versions do not exist, and deleting what does not exist succeeds.
    let exists = |item: &&document::DeleteItem| matches!(item.version_id.as_deref(), None | Some("null" | ""));
    let keys: Vec<_> = request.objects.iter().filter(exists).map(|item| item.key.clone()).collect();
    call.context.store.delete_objects(&bucket, &keys).await?;
    if request.quiet { empty(StatusCode::OK) } else { xml(document::to_xml(&request.objects, naming)) }
}
