//! Blocking public access: of a bucket (PutBucketPublicAccessBlock, GetBucketPublicAccessBlock,
//! DeleteBucketPublicAccessBlock), and of all buckets of the caller's account (PutPublicAccessBlock, GetPublicAccessBlock,
//! DeletePublicAccessBlock).

use super::{Outcome, empty, xml};
use crate::{authorize::account, call::Call, failure::Failure};
use coho_model::ConfigurationChange;
use coho_oss::document::public_access_block as document;
use http::StatusCode;

pub(crate) fn get_of_bucket(call: &Call) -> Outcome {
    xml(document::to_xml(call.bucket()?.configurations.blocks_public_access))
}

pub(crate) async fn put_of_bucket(call: &mut Call) -> Outcome {
    let blocks = document::parse(&call.document(document::MAX_BYTES).await?)?;
    set_of_bucket(call, blocks).await?;
    empty(StatusCode::OK)
}

pub(crate) async fn delete_of_bucket(call: &mut Call) -> Outcome {
    set_of_bucket(call, false).await?;
    empty(StatusCode::NO_CONTENT)
}

async fn set_of_bucket(call: &Call, blocks: bool) -> Result<(), Failure> {
    let bucket = call.bucket()?;
    let change = ConfigurationChange::PublicAccessBlock(blocks);
    Ok(call.context.store.configure_bucket(&bucket.name, change).await?)
}

pub(crate) fn get_of_account(call: &Call) -> Outcome {
    xml(document::to_xml(call.context.accounts.blocks_public_access(account(&call.identity)?)))
}

pub(crate) async fn put_of_account(call: &mut Call) -> Outcome {
    let blocks = document::parse(&call.document(document::MAX_BYTES).await?)?;
    call.context.accounts.set_blocks_public_access(account(&call.identity)?, blocks).await?;
    empty(StatusCode::OK)
}

pub(crate) async fn delete_of_account(call: &mut Call) -> Outcome {
    call.context.accounts.set_blocks_public_access(account(&call.identity)?, false).await?;
    empty(StatusCode::NO_CONTENT)
}
