//! `--mirror BUCKET=URL`: creates the bucket and its rule if they are missing.

use crate::config::MirrorFlag;
use coho_model::{
    BucketAcl, BucketName,
    website::{Redirect, RedirectType, RoutingRule, WebsiteConfiguration},
};
use coho_store::{CreateBucketOptions, Store, StoreError};
use std::{fmt, sync::Arc};

/// The author of a flag's website, in the history.
const AUTHOR: &str = "command line";

/// The effect of one flag.
#[derive(Debug)]
pub(crate) struct StartedMirror {
    pub(crate) bucket: BucketName,
    /// The URL of the flag.
    pub(crate) url: String,
    /// The configuration that the bucket had already and keeps, if it is not that of the flag.
    pub(crate) kept: Option<KeptWebsite>,
}

/// A stored configuration that a flag does not replace.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum KeptWebsite {
    /// Its Mirror rules fetch from these URLs.
    Mirrors(Vec<String>),
    /// It has no Mirror rule.
    WithoutMirror,
}

pub(crate) async fn apply(store: &Store, flag: &MirrorFlag, owner: &Arc<str>) -> Result<StartedMirror, StoreError> {
    if store.bucket(&flag.bucket).await?.is_none() {
        let acl = Some(BucketAcl::PublicRead);
        let create = CreateBucketOptions { owner: owner.clone(), acl, storage_class: None, redundancy: None };
        store.create_bucket(&flag.bucket, create).await?;
    }
    let wanted = Arc::new(website(&flag.url));
    let bucket = store.set_bucket_website_if_none(&flag.bucket, wanted.clone(), AUTHOR).await?;
    let stored = bucket.and_then(|bucket| bucket.website.clone()).filter(|stored| *stored != wanted);
    let started = StartedMirror {
        bucket: flag.bucket.clone(),
        url: flag.url.clone(),
        kept: stored.map(|it| KeptWebsite::of(&it)),
    };
    if let Some(kept) = &started.kept {
        let (bucket, url) = (started.bucket.as_str(), &started.url);
        tracing::warn!(bucket.name = bucket, flag.url = url, %kept, "--mirror is not applied: the bucket keeps its rules");
    }
    Ok(started)
}

impl KeptWebsite {
    fn of(website: &WebsiteConfiguration) -> Self {
        let redirects = website.routing_rules.iter().filter_map(|rule| rule.redirect.as_ref());
        let urls: Vec<_> = redirects.filter_map(|redirect| redirect.mirror.url.clone()).collect();
        if urls.is_empty() { Self::WithoutMirror } else { Self::Mirrors(urls) }
    }
}

impl fmt::Display for KeptWebsite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mirrors(urls) => f.write_str(&urls.join(", ")),
            Self::WithoutMirror => f.write_str("a website configuration without a Mirror rule"),
        }
    }
}

fn website(url: &str) -> WebsiteConfiguration {
    let mut redirect = Redirect::new(RedirectType::Mirror);
    redirect.mirror.url = Some(url.to_owned());
    let mut rule = RoutingRule { rule_number: 1, redirect: Some(redirect), ..RoutingRule::default() };
    rule.condition.http_error_code_returned_equals = Some(404);
    WebsiteConfiguration { routing_rules: vec![rule], ..WebsiteConfiguration::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kept_configuration_shows_its_origins() {
        let kept = KeptWebsite::of(&website("http://old.test/"));
        assert_eq!(
            (kept.to_string().as_str(), &kept),
            ("http://old.test/", &KeptWebsite::Mirrors(vec!["http://old.test/".into()]))
        );
        assert_eq!(KeptWebsite::of(&WebsiteConfiguration::default()), KeptWebsite::WithoutMirror);
    }
}
