//! What the operations read from a request. Each refuses in the form of the admin address.

use super::refusal::AdminError;
use crate::{context::Context, failure::Failure};
use axum::{
    Json,
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Path, Request},
    http::request::Parts,
};
use coho_admin_api::JsonObject;
use coho_model::{BucketName, BucketRecord, RequestRefusal};
use serde::{Deserialize, de::DeserializeOwned};
use std::sync::Arc;

/// The bucket that the path names. It exists.
pub(super) struct NamedBucket(pub(super) Arc<BucketRecord>);

/// The id that the path names.
pub(super) struct PathId(pub(super) String);

/// A body that is a JSON object.
pub(super) struct JsonBody<T>(pub(super) T);

/// A body of bytes.
pub(super) struct BytesBody(pub(super) Bytes);

/// The decoded query.
pub(super) struct DecodedQuery(pub(super) coho_model::Query);

/// The name of a path that every operation on a bucket has.
#[derive(Deserialize)]
struct PathNames {
    bucket: String,
}

/// The id of a path that is about one of several things.
#[derive(Deserialize)]
struct PathIds {
    id: String,
}

/// The bucket of this name.
pub(super) async fn bucket(context: &Context, name: &str) -> Result<Arc<BucketRecord>, AdminError> {
    let name = BucketName::parse(name).map_err(|_| Failure::from(RequestRefusal::invalid_bucket_name(name)))?;
    let bucket = context.store.bucket(&name).await.map_err(Failure::from)?;
    Ok(bucket.ok_or_else(|| Failure::no_such_bucket(name.as_str()))?)
}

impl FromRequestParts<Arc<Context>> for NamedBucket {
    type Rejection = AdminError;

    async fn from_request_parts(parts: &mut Parts, context: &Arc<Context>) -> Result<Self, AdminError> {
        let Path(names) = Path::<PathNames>::from_request_parts(parts, context).await?;
        bucket(context, &names.bucket).await.map(Self)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for PathId {
    type Rejection = AdminError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, AdminError> {
        let Path(ids) = Path::<PathIds>::from_request_parts(parts, state).await?;
        Ok(Self(ids.id))
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = AdminError;

    async fn from_request(request: Request, state: &S) -> Result<Self, AdminError> {
        let Json(JsonObject(value)) = Json::from_request(request, state).await?;
        Ok(Self(value))
    }
}

impl<S: Send + Sync> FromRequest<S> for BytesBody {
    type Rejection = AdminError;

    async fn from_request(request: Request, state: &S) -> Result<Self, AdminError> {
        Ok(Self(Bytes::from_request(request, state).await?))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for DecodedQuery {
    type Rejection = AdminError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AdminError> {
        let raw = parts.uri.query().unwrap_or_default();
        let query = coho_model::Query::parse(raw).map_err(|error| RequestRefusal::undecodable("query", raw, error));
        Ok(Self(query.map_err(Failure::from)?))
    }
}

impl DecodedQuery {
    /// The parameters, decoded, in order.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.pairs().iter().map(|(name, value)| (name.as_ref(), value.as_ref()))
    }
}
