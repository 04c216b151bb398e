//! `--mirror BUCKET=URL`: makes the bucket and its rule, where there are none.

use crate::config::MirrorFlag;
use coho_meta::MetaError;
use coho_model::{
    BucketAcl, BucketChange, NewBucket,
    website::{Redirect, RedirectType, RoutingRule, WebsiteConfiguration},
};
use coho_store::{Store, new_bucket_id};
use std::sync::Arc;

/// What the flag came to.
pub(crate) enum Started {
    /// The bucket's configuration is that of the flag.
    Mirrors,
    /// The bucket has one of its own, which stays.
    LeftAlone,
}

pub(crate) async fn apply(store: &Store, flag: &MirrorFlag, owner: &Arc<str>) -> Result<Started, MetaError> {
    let (meta, now) = (store.meta(), store.now());
    if meta.bucket(&flag.bucket).await?.is_none() {
        let new = NewBucket {
            id: new_bucket_id(now),
            owner: owner.clone(),
            created: now,
            acl: Some(BucketAcl::PublicRead),
            storage_class: None,
            redundancy: None,
        };
        meta.change_bucket(&flag.bucket, BucketChange::Create(new), now).await?;
    }
    let wanted = Arc::new(website(&flag.url));
    let change = BucketChange::SetWebsiteIfNone(wanted.clone());
    let bucket = meta.change_bucket(&flag.bucket, change, now).await?;
    let mirrors = bucket.is_some_and(|bucket| bucket.website.as_ref() == Some(&wanted));
    Ok(if mirrors { Started::Mirrors } else { Started::LeftAlone })
}

fn website(url: &str) -> WebsiteConfiguration {
    let mut redirect = Redirect::new(RedirectType::Mirror);
    redirect.mirror.url = Some(url.to_owned());
    let mut rule = RoutingRule { rule_number: 1, redirect: Some(redirect), ..RoutingRule::default() };
    rule.condition.http_error_code_returned_equals = Some(404);
    WebsiteConfiguration { routing_rules: vec![rule], ..WebsiteConfiguration::default() }
}
