//! The website configuration of a bucket, as XML, for the command line and the console.

use super::{
    extract::{BytesBody, NamedBucket},
    refusal::AdminError,
    router::Author,
    website_state::{ChangeCondition, etag, etag_of, newest, outcome, require},
};
use crate::{
    context::Context,
    failure::{Failure, FailureKind},
};
use axum::{
    Extension,
    extract::State,
    http::{StatusCode, header},
    response::{AppendHeaders, IntoResponse, Response},
};
use coho_oss::document::website;
use std::sync::Arc;

/// The document, with secrets masked, as the API shows it. Document and tag are of the same version.
pub(super) async fn get(
    State(context): State<Arc<Context>>,
    NamedBucket(bucket): NamedBucket,
) -> Result<Response, AdminError> {
    let newest = newest(&context, &bucket).await?;
    let Some(document) = newest.as_ref().and_then(|version| version.website.as_deref()) else {
        return Err(Failure::from(FailureKind::NoSuchWebsite(bucket.name.clone())).into());
    };
    let media_type = (header::CONTENT_TYPE, "application/xml");
    let tag = [(header::ETAG, etag(&bucket, newest.as_ref()))];
    Ok((tag, [media_type], website::to_xml(document)).into_response())
}

/// Replaces the document, or refuses it whole.
pub(super) async fn put(
    State(context): State<Arc<Context>>,
    Extension(author): Extension<Author>,
    NamedBucket(bucket): NamedBucket,
    ChangeCondition(condition): ChangeCondition,
    BytesBody(body): BytesBody,
) -> Result<Response, AdminError> {
    require(&context, &bucket, &condition).await?;
    let stored = crate::website::put(&context, &bucket, &body, author.0, condition.clone()).await;
    let stored = outcome(&context, &bucket, &condition, stored).await?;
    let tag = etag_of(&context, &bucket, &stored).await?;
    Ok((StatusCode::NO_CONTENT, AppendHeaders(tag)).into_response())
}

/// Removes the document; a missing one is not an error.
pub(super) async fn delete(
    State(context): State<Arc<Context>>,
    Extension(author): Extension<Author>,
    NamedBucket(bucket): NamedBucket,
    ChangeCondition(condition): ChangeCondition,
) -> Result<StatusCode, AdminError> {
    let removed = context.store.set_bucket_website(&bucket.name, None, author.0, condition.clone()).await;
    outcome(&context, &bucket, &condition, removed.map_err(Failure::from)).await?;
    Ok(StatusCode::NO_CONTENT)
}
