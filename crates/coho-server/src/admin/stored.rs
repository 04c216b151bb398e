//! What buckets with mirror rules have stored, from origins and by clients: a look-up of counters for each.

use crate::{context::Context, failure::Failure};
use coho_admin_api::mirror::StoredShares;
use coho_model::{
    BucketStat,
    website::{RedirectType, WebsiteConfiguration},
};
use coho_store::BucketQuery;
use std::collections::BTreeMap;

/// Most buckets that are shown, the first by their names.
pub(super) const MAX_BUCKETS: usize = 1000;
/// Buckets of a page.
const PAGE_BUCKETS: usize = 1000;

/// What each bucket with mirror rules has stored.
pub(super) async fn of_mirrors(context: &Context) -> Result<BTreeMap<String, StoredShares>, Failure> {
    let (mut found, mut after) = (BTreeMap::new(), String::new());
    loop {
        let query = BucketQuery { owner: None, prefix: String::new(), after, tag: None, max: PAGE_BUCKETS };
        let page = context.store.list_buckets(query).await?;
        for bucket in page.buckets.iter().filter(|bucket| bucket.website.as_deref().is_some_and(has_mirror_rule)) {
            found.insert(bucket.name.to_string(), shares(&context.store.bucket_stat(bucket).await?));
            if found.len() == MAX_BUCKETS {
                return Ok(found);
            }
        }
        match page.buckets.last().filter(|_| page.truncated) {
            Some(last) => after = last.name.to_string(),
            None => return Ok(found),
        }
    }
}

fn has_mirror_rule(website: &WebsiteConfiguration) -> bool {
    let redirects = website.routing_rules.iter().filter_map(|rule| rule.redirect.as_ref());
    redirects.into_iter().any(|redirect| redirect.redirect_type == RedirectType::Mirror)
}

/// The counters of a bucket by where its objects came from.
pub(super) fn shares(stat: &BucketStat) -> StoredShares {
    StoredShares {
        mirrored_objects: stat.mirrored_objects,
        mirrored_bytes: stat.mirrored_bytes,
        written_objects: stat.objects.saturating_sub(stat.mirrored_objects),
        written_bytes: stat.bytes.saturating_sub(stat.mirrored_bytes),
    }
}
