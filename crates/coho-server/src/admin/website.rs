//! The website configuration of a bucket, as XML, for the command line and the console.

use super::{
    extract::{BytesBody, NamedBucket},
    refusal::AdminError,
};
use crate::{
    context::Context,
    failure::{Failure, FailureKind},
};
use axum::{
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use coho_oss::document::website;
use std::sync::Arc;

/// The author of changes through the admin address, in the history.
pub(super) const AUTHOR: &str = "admin";

/// The document, with secrets masked, as the API shows it.
pub(super) async fn get(NamedBucket(bucket): NamedBucket) -> Result<Response, AdminError> {
    match &bucket.website {
        Some(document) => Ok(([(header::CONTENT_TYPE, "application/xml")], website::to_xml(document)).into_response()),
        None => Err(Failure::from(FailureKind::NoSuchWebsite(bucket.name.clone())).into()),
    }
}

/// Replaces the document, or refuses it whole.
pub(super) async fn put(
    State(context): State<Arc<Context>>,
    NamedBucket(bucket): NamedBucket,
    BytesBody(body): BytesBody,
) -> Result<StatusCode, AdminError> {
    crate::website::put(&context, &bucket, &body, AUTHOR).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes the document; a missing one is not an error.
pub(super) async fn delete(
    State(context): State<Arc<Context>>,
    NamedBucket(bucket): NamedBucket,
) -> Result<StatusCode, AdminError> {
    context.store.set_bucket_website(&bucket.name, None, AUTHOR).await.map_err(Failure::from)?;
    Ok(StatusCode::NO_CONTENT)
}
