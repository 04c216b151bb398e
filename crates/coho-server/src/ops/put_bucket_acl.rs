//! PutBucketAcl. A missing bucket is made; without an ACL in the request an existing one keeps its own.

use super::{Outcome, put_bucket::located};
use crate::{authorize::account, call::Call};
use coho_store::CreateBucketOptions;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let acl = call.bucket_acl()?;
    call.refuse_blocked_acl(acl, call.bucket.as_deref())?;
    let (name, store) = (call.bucket_name()?, &call.context.store);
    match (&call.bucket, acl) {
        (Some(_), Some(acl)) => store.set_bucket_acl(name, acl).await?,
        (Some(_), None) => {}
        (None, acl) => {
            let owner = account(&call.identity)?.clone();
            let create = CreateBucketOptions { owner, acl, storage_class: None, redundancy: None };
            store.create_bucket(name, create).await?;
        }
    }
    located(name)
}
