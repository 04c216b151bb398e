//! The website configuration of a bucket, as XML, for the command line and the console.

use super::AdminError;
use crate::{
    context::Context,
    failure::{Failure, FailureKind},
};
use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use coho_model::{BucketName, BucketRecord, RequestRefusal};
use coho_oss::document::website;
use std::sync::Arc;

/// The author of changes through the admin address, in the history.
pub(super) const AUTHOR: &str = "admin";

pub(super) async fn bucket(context: &Context, name: &str) -> Result<Arc<BucketRecord>, Failure> {
    let name = BucketName::parse(name).map_err(|_| RequestRefusal::invalid_bucket_name(name))?;
    let bucket = context.store.bucket(&name).await?;
    bucket.ok_or_else(|| Failure::no_such_bucket(name.as_str()))
}

/// The document, with secrets masked, as the API shows it.
pub(super) async fn get(State(context): State<Arc<Context>>, Path(name): Path<String>) -> Result<Response, AdminError> {
    let bucket = bucket(&context, &name).await?;
    match &bucket.website {
        Some(document) => Ok(([(header::CONTENT_TYPE, "application/xml")], website::to_xml(document)).into_response()),
        None => Err(Failure::from(FailureKind::NoSuchWebsite(bucket.name.clone())).into()),
    }
}

/// Replaces the document, or refuses it whole.
pub(super) async fn put(
    State(context): State<Arc<Context>>,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<StatusCode, AdminError> {
    let bucket = bucket(&context, &name).await?;
    crate::website::put(&context, &bucket, &body, AUTHOR).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes the document; a missing one is not an error.
pub(super) async fn delete(
    State(context): State<Arc<Context>>,
    Path(name): Path<String>,
) -> Result<StatusCode, AdminError> {
    let bucket = bucket(&context, &name).await?;
    context.store.set_bucket_website(&bucket.name, None, AUTHOR).await.map_err(Failure::from)?;
    Ok(StatusCode::NO_CONTENT)
}
