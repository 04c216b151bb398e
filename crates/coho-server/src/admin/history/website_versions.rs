//! The versions of a website configuration: listed, shown, and put back.

use super::{diff::difference, number};
use crate::{
    admin::{
        extract::{DecodedQuery, NamedBucket},
        refusal::AdminError,
        router::Author,
        website_state::{self, ChangeCondition, outcome, require},
    },
    context::Context,
    failure::Failure,
    website::check_and_store,
};
use axum::{
    Extension, Json,
    extract::{Path, State},
};
use coho_admin_api::{
    AdminCode,
    explain::InvalidParameter,
    history::{Restored, WebsiteAction, WebsiteVersionDetail, WebsiteVersionPage, WebsiteVersionSummary},
};
use coho_model::{BucketRecord, MAX_WEBSITE_VERSIONS, Timestamp, WebsiteVersion, decimal};
use coho_oss::document::website;
use std::sync::Arc;

/// Versions of a page that asks for no number.
const DEFAULT_PAGE: usize = 100;
/// Versions that are read at a time: each holds a document.
const STEP: usize = 16;

/// A page of versions, newest first: at most `max`, with ids below `before`.
pub(in crate::admin) async fn list(
    State(context): State<Arc<Context>>,
    NamedBucket(bucket): NamedBucket,
    query: DecodedQuery,
) -> Result<Json<WebsiteVersionPage>, AdminError> {
    let (mut max, mut before) = (None, None);
    for (name, value) in query.pairs() {
        match name {
            "max" if max.is_none() => max = Some(number(name, value, 1, MAX_WEBSITE_VERSIONS as u64)?),
            "before" if before.is_none() => before = Some(number(name, value, 1, u64::MAX)?),
            _ => return Err(InvalidParameter::new(name, value, "is neither the one max nor the one before").into()),
        }
    }
    let max = max.map_or(DEFAULT_PAGE, |max| max as usize);
    let newest = newest(&context, &bucket).await?;
    let (mut versions, mut below) = (Vec::new(), before);
    while versions.len() <= max {
        let step = read(&context, &bucket, below, STEP.min(max + 1 - versions.len())).await?;
        let Some(last) = step.last() else { break };
        below = Some(last.id);
        versions.extend(step.iter().map(|version| summary(version, newest)));
    }
    let next_before = (versions.len() > max).then(|| versions[max - 1].id.clone());
    versions.truncate(max);
    Ok(Json(WebsiteVersionPage { versions, next_before }))
}

/// One version, with its document and what it changed.
pub(in crate::admin) async fn get(
    State(context): State<Arc<Context>>,
    NamedBucket(bucket): NamedBucket,
    Path((_, id)): Path<(String, String)>,
) -> Result<Json<WebsiteVersionDetail>, AdminError> {
    let (version, previous) = find(&context, &bucket, &id).await?;
    let newest = newest(&context, &bucket).await?;
    let named = |version: &WebsiteVersion| format!("version {}", version.id);
    let diff = previous.as_ref().map(|previous| {
        let (old, new) = (named(previous), named(&version));
        difference((&old, previous.website.as_deref()), (&new, version.website.as_deref()))
    });
    let xml = version.website.as_deref().map(|it| String::from_utf8_lossy(&website::to_xml(it)).into_owned());
    let summary = summary(&version, newest);
    Ok(Json(WebsiteVersionDetail { summary, xml, previous: previous.map(|previous| previous.id.to_string()), diff }))
}

/// Puts a version back with the secrets that it had: a put like any other, with the checks of today.
pub(in crate::admin) async fn restore(
    State(context): State<Arc<Context>>,
    Extension(author): Extension<Author>,
    NamedBucket(bucket): NamedBucket,
    Path((_, id)): Path<(String, String)>,
    ChangeCondition(condition): ChangeCondition,
) -> Result<Json<Restored>, AdminError> {
    let (version, _) = find(&context, &bucket, &id).await?;
    require(&context, &bucket, &condition).await?;
    let asked = condition.clone();
    let restored = match &version.website {
        Some(website) => check_and_store(&context, &bucket, (**website).clone(), author.0, asked).await.map(drop),
        None => context.store.set_bucket_website(&bucket.name, None, author.0, asked).await.map_err(Failure::from),
    };
    outcome(&context, &bucket, &condition, restored).await?;
    let current = newest(&context, &bucket).await?;
    tracing::info!(bucket.name = bucket.name.as_str(), restored = version.id, current, "website restored");
    Ok(Json(Restored { restored: version.id.to_string(), current: current.to_string() }))
}

/// A version, and the one before it.
async fn find(
    context: &Context,
    bucket: &BucketRecord,
    id: &str,
) -> Result<(WebsiteVersion, Option<WebsiteVersion>), AdminError> {
    let wanted: u64 = decimal(id).ok_or_else(|| InvalidParameter::new("id", id, "is not the id of a version"))?;
    let mut found = read(context, bucket, wanted.checked_add(1), 2).await?.into_iter();
    match found.next().filter(|version| version.id == wanted) {
        Some(version) => Ok((version, found.next())),
        None => {
            let detail = format!("bucket {} keeps no version {wanted}", bucket.name);
            Err(AdminError::own(AdminCode::NoSuchWebsiteVersion, detail))
        }
    }
}

async fn read(
    context: &Context,
    bucket: &BucketRecord,
    before: Option<u64>,
    max: usize,
) -> Result<Vec<WebsiteVersion>, Failure> {
    Ok(context.store.website_versions(bucket, before, max).await?)
}

/// The id of the version that is in force; 0 if the bucket never had a website.
async fn newest(context: &Context, bucket: &BucketRecord) -> Result<u64, Failure> {
    Ok(website_state::newest(context, bucket).await?.map_or(0, |version| version.id))
}

fn summary(version: &WebsiteVersion, newest: u64) -> WebsiteVersionSummary {
    WebsiteVersionSummary {
        id: version.id.to_string(),
        at: version.at.map(Timestamp::iso8601),
        author: version.author.to_string(),
        action: if version.website.is_some() { WebsiteAction::Put } else { WebsiteAction::Delete },
        rules: version.website.as_ref().map_or(0, |website| website.routing_rules.len() as u64),
        current: version.id == newest,
    }
}
