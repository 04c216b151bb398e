//! Buckets with their settings, and with the counters that the store keeps: nothing is counted for a request.

use super::{
    extract::{DecodedQuery, NamedBucket},
    history::number,
    refusal::AdminError,
    website_state::newest,
};
use crate::{context::Context, failure::Failure};
use axum::{Json, extract::State};
use coho_admin_api::{
    bucket::{BucketSummary, BucketSummaryPage, WebsiteSummary},
    explain::InvalidParameter,
};
use coho_model::{
    BucketRecord,
    website::{RedirectType, RoutingRule, WebsiteConfiguration},
};
use coho_store::BucketQuery;
use std::sync::Arc;

/// Buckets of a page that asks for no number.
const DEFAULT_PAGE: usize = 100;
/// Most buckets of a page: each needs two look-ups.
const MAX_PAGE: u64 = 1000;

pub(super) async fn list(
    State(context): State<Arc<Context>>,
    parameters: DecodedQuery,
) -> Result<Json<BucketSummaryPage>, AdminError> {
    let _turn = context.listings.acquire().await;
    let page = context.store.list_buckets(query(&parameters)?).await.map_err(Failure::from)?;
    let mut buckets = Vec::with_capacity(page.buckets.len());
    for bucket in &page.buckets {
        buckets.push(summary(&context, bucket).await?);
    }
    let next_after = page.buckets.last().filter(|_| page.truncated).map(|bucket| bucket.name.to_string());
    Ok(Json(BucketSummaryPage { buckets, next_after }))
}

pub(super) async fn get(
    State(context): State<Arc<Context>>,
    NamedBucket(bucket): NamedBucket,
) -> Result<Json<BucketSummary>, AdminError> {
    Ok(Json(summary(&context, &bucket).await?))
}

/// Each parameter at most once.
fn query(parameters: &DecodedQuery) -> Result<BucketQuery, InvalidParameter> {
    let (mut max, mut after, mut prefix, mut owner) = (None, None, None, None);
    for (name, value) in parameters.pairs() {
        match name {
            "max" if max.is_none() => max = Some(number(name, value, 1, MAX_PAGE)? as usize),
            "after" if after.is_none() => after = Some(value.to_owned()),
            "prefix" if prefix.is_none() => prefix = Some(value.to_owned()),
            "owner" if owner.is_none() => owner = Some(Arc::from(value)),
            _ => return Err(InvalidParameter::new(name, value, "is none of the one max, after, prefix and owner")),
        }
    }
    Ok(BucketQuery {
        owner,
        prefix: prefix.unwrap_or_default(),
        after: after.unwrap_or_default(),
        tag: None,
        max: max.unwrap_or(DEFAULT_PAGE),
    })
}

async fn summary(context: &Context, bucket: &BucketRecord) -> Result<BucketSummary, Failure> {
    let stat = context.store.bucket_stat(bucket).await?;
    let version = newest(context, bucket).await?;
    let website = version.as_ref().and_then(|version| version.website.as_deref()).map(website);
    Ok(BucketSummary {
        name: bucket.name.to_string(),
        owner: bucket.owner.to_string(),
        created_at: bucket.created.iso8601(),
        acl: bucket.acl.as_str().to_owned(),
        storage_class: bucket.storage_class.as_str().to_owned(),
        redundancy: bucket.redundancy.as_str().to_owned(),
        public_access_block: Some(bucket.configurations.blocks_public_access),
        objects: stat.objects,
        object_bytes: stat.bytes,
        uploads: stat.uploads,
        parts: stat.parts,
        mirrored_objects: stat.mirrored_objects,
        mirrored_bytes: stat.mirrored_bytes,
        website,
        website_version: version.map(|version| version.id.to_string()),
    })
}

fn website(website: &WebsiteConfiguration) -> WebsiteSummary {
    let count = |kind: fn(&RoutingRule) -> bool| website.routing_rules.iter().filter(|rule| kind(rule)).count() as u64;
    let mirror_rules = count(|rule| kind(rule) == Some(RedirectType::Mirror));
    let redirect_rules = count(|rule| matches!(kind(rule), Some(RedirectType::External | RedirectType::AliCdn)));
    WebsiteSummary {
        index_page: website.index_document.as_ref().and_then(|index| index.suffix.as_deref().map(str::to_owned)),
        error_page: website.error_document.as_ref().and_then(|error| error.key.as_deref().map(str::to_owned)),
        mirror_rules,
        redirect_rules,
        other_rules: website.routing_rules.len() as u64 - mirror_rules - redirect_rules,
    }
}

fn kind(rule: &RoutingRule) -> Option<RedirectType> {
    rule.redirect.as_ref().map(|redirect| redirect.redirect_type)
}
