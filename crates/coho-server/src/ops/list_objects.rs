//! ListObjects (version 1), which is GetBucket.

use super::{Outcome, listing::DEFAULT_KEYS, xml};
use crate::{
    authorize::{Right, authorize},
    call::Call,
    website,
};
use coho_oss::{
    OssError,
    document::{Naming, Owner, list_objects},
};
use http::Method;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    match &bucket.website {
        // To a visitor the root of a site is its page.
        Some(configuration) if website::is_root_request(call) => website::answer(call, &bucket, configuration).await,
        _ => list(call).await,
    }
}

/// The listing itself.
pub(super) async fn list(call: &Call) -> Outcome {
    if call.method == Method::HEAD {
        return Err(OssError::method_not_allowed(&call.method, "Bucket", &["GET", "PUT", "DELETE", "POST"]).into());
    }
    let bucket = call.bucket()?;
    authorize(&call.identity, Right::List, &bucket, None)?;
    let naming = Naming::of(&call.query)?;
    let max_keys = call.max("max-keys", DEFAULT_KEYS)?;
    let query = call.list_query(call.text("marker"), max_keys)?;
    call.settle_listed(&bucket).await;
    let page = call.context.store.list_objects(&bucket, query).await?;
    xml(list_objects::to_xml(&list_objects::ListObjects {
        bucket: &bucket.name,
        prefix: call.text("prefix"),
        marker: call.text("marker"),
        delimiter: call.text("delimiter"),
        max_keys,
        naming,
        owner: Owner::new(&bucket.owner),
        page: &page,
    }))
}
