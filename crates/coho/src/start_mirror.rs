//! `--mirror BUCKET=URL`: creates the bucket and its rule if they are missing.

use crate::config::MirrorFlag;
use coho_model::{
    BucketAcl, BucketName,
    website::{Redirect, RedirectType, RoutingRule, WebsiteConfiguration},
};
use coho_store::{CreateBucketOptions, Store, StoreError};
use std::sync::Arc;

/// The effect of one flag.
#[derive(Debug)]
pub(crate) struct StartedMirror {
    pub(crate) bucket: BucketName,
    /// The URL of the flag.
    pub(crate) url: String,
    /// Whether the bucket's configuration is that of the flag. A configuration that the bucket has already stays.
    pub(crate) is_in_force: bool,
}

pub(crate) async fn apply(store: &Store, flag: &MirrorFlag, owner: &Arc<str>) -> Result<StartedMirror, StoreError> {
    if store.bucket(&flag.bucket).await?.is_none() {
        let acl = Some(BucketAcl::PublicRead);
        let create = CreateBucketOptions { owner: owner.clone(), acl, storage_class: None, redundancy: None };
        store.create_bucket(&flag.bucket, create).await?;
    }
    let wanted = Arc::new(website(&flag.url));
    let bucket = store.set_bucket_website_if_none(&flag.bucket, wanted.clone()).await?;
    let is_in_force = bucket.is_some_and(|bucket| bucket.website.as_ref() == Some(&wanted));
    Ok(StartedMirror { bucket: flag.bucket.clone(), url: flag.url.clone(), is_in_force })
}

fn website(url: &str) -> WebsiteConfiguration {
    let mut redirect = Redirect::new(RedirectType::Mirror);
    redirect.mirror.url = Some(url.to_owned());
    let mut rule = RoutingRule { rule_number: 1, redirect: Some(redirect), ..RoutingRule::default() };
    rule.condition.http_error_code_returned_equals = Some(404);
    WebsiteConfiguration { routing_rules: vec![rule], ..WebsiteConfiguration::default() }
}
