//! ListObjects (version 1), which is GetBucket. A HEAD of the bucket needs the same right, and names the region.

use super::{Outcome, header_value, listing::DEFAULT_KEYS, with_headers, xml};
use crate::{
    call::Call,
    render,
    website::{self, Resolved},
};
use coho_oss::{
    document::{Naming, list_objects},
    header as oss,
};
use http::{HeaderMap, Method, StatusCode};

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    // To a visitor the root of a site is its page.
    let site = bucket.website.as_ref().filter(|_| website::is_root_request(call));
    if let Some(configuration) = site
        && let Resolved::Read(resolution) = website::resolve(call, &bucket, configuration).await?
    {
        return render::render(call, resolution).await;
    }
    call.may_list(&bucket)?;
    if call.method == Method::HEAD {
        let region = header_value(&format!("oss-{}", call.context.region));
        return with_headers(StatusCode::OK, HeaderMap::from_iter([(oss::BUCKET_REGION, region)]));
    }
    let naming = Naming::of(&call.query)?;
    let max_keys = call.max("max-keys", DEFAULT_KEYS)?;
    let query = call.list_query(call.text("marker"), max_keys)?;
    call.await_inflight_listed(&bucket).await;
    let keys = call.context.accepted_keys();
    let _turn = call.listing_turn().await;
    let page = call.context.store.list_objects(&bucket, query).await?;
    xml(list_objects::to_xml(&list_objects::ListObjects {
        bucket: &bucket.name,
        prefix: call.text("prefix"),
        marker: call.text("marker"),
        delimiter: call.text("delimiter"),
        max_keys,
        naming,
        now: call.now,
        owner: keys.owner(&bucket.owner),
        page: &page,
    }))
}
