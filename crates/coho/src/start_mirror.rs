//! `--mirror BUCKET=URL`: makes the bucket and its rule, where there are none.

use crate::config::MirrorFlag;
use coho_model::{
    BucketAcl,
    website::{Redirect, RedirectType, RoutingRule, WebsiteConfiguration},
};
use coho_store::{CreateBucketOptions, Store, StoreError};
use std::sync::Arc;

/// What the flag came to.
pub(crate) enum Started {
    /// The bucket's configuration is that of the flag.
    Mirrors,
    /// The bucket has one of its own, which stays.
    LeftAlone,
}

pub(crate) async fn apply(store: &Store, flag: &MirrorFlag, owner: &Arc<str>) -> Result<Started, StoreError> {
    if store.bucket(&flag.bucket).await?.is_none() {
        let acl = Some(BucketAcl::PublicRead);
        let create = CreateBucketOptions { owner: owner.clone(), acl, storage_class: None, redundancy: None };
        store.create_bucket(&flag.bucket, create).await?;
    }
    let wanted = Arc::new(website(&flag.url));
    let bucket = store.set_bucket_website_if_none(&flag.bucket, wanted.clone()).await?;
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
