//! ListBuckets, which is GetService: the caller's own buckets; an administrator owns all.

use super::{Outcome, listing::DEFAULT_KEYS, xml};
use crate::{authorize::account, call::Call, failure::Failure};
use coho_auth::Identity;
use coho_model::RequestRefusal;
use coho_oss::{document::list_buckets, tag_filter};
use coho_store::BucketQuery;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let owner = account(&call.identity)?;
    let (prefix, marker) = (call.text("prefix"), call.text("marker"));
    let max_keys = call.max("max-keys", DEFAULT_KEYS)?;
    let of_owner = match &call.identity {
        Identity::Administrator { .. } => None,
        Identity::Signed { .. } | Identity::Anonymous => Some(owner.clone()),
    };
    let query =
        BucketQuery { owner: of_owner, prefix: prefix.into(), after: marker.into(), tag: tag(call)?, max: max_keys };
    let keys = call.context.accepted_keys();
    let _turn = call.listing_turn().await;
    let page = call.context.store.list_buckets(query).await?;
    let next_marker = page.buckets.last().filter(|_| page.truncated).map(|bucket| bucket.name.as_str());
    let asked = ["prefix", "marker", "max-keys", "tag-key", "tagging"].iter().any(|name| call.query.has(name));
    let paging = list_buckets::BucketPaging { prefix, marker, max_keys, next_marker };
    xml(list_buckets::to_xml(&list_buckets::ListBuckets {
        owner: keys.owner(owner),
        page: (asked || page.truncated).then_some(paging),
        placement: call.placement(),
        buckets: &page.buckets,
    }))
}

/// The tag that the listed buckets have, if the request names one.
fn tag(call: &Call) -> Result<Option<(String, Option<String>)>, Failure> {
    if let Some(text) = call.query.get("tagging") {
        if call.query.has("tag-key") || call.query.has("tag-value") {
            let message = "The tagging cannot be used together with tag-key and tag-value.";
            return Err(RequestRefusal::invalid_argument("tagging", text, message).into());
        }
        let (key, value) = tag_filter::parse(text)?;
        return Ok(Some((key, Some(value))));
    }
    let value = call.query.get("tag-value").map(str::to_owned);
    match (call.text("tag-key"), value) {
        ("", None) => Ok(None),
        ("", Some(_)) => Err(RequestRefusal::MissingParameter("tag-key").into()),
        (key, value) => Ok(Some((key.to_owned(), value))),
    }
}
