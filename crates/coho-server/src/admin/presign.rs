//! Signs addresses of objects with a key that the server holds. The secret stays here.

use super::{
    extract::{JsonBody, NamedBucket},
    refusal::AdminError,
};
use crate::{context::Context, failure::Failure};
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
};
use coho_admin_api::{
    AdminCode,
    access::{PresignRequest, PresignedAddress, SignatureVersion},
    explain::InvalidParameter,
};
use coho_auth::{
    AuthRequest, Credential, Credentials, MAX_PRESIGN_SECONDS, Resource, Scope, encode_query, presign_v1, presign_v2,
    presign_v4,
};
use coho_model::{BucketRecord, KeyRights, ObjectKey, RequestRefusal, Timestamp, VersionId};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::sync::Arc;

/// Longest life of an address with a signature of V1 or V2, in seconds: ten years. The protocol has no limit.
const MAX_OLD_SECONDS: i64 = 315_360_000;
/// Largest value of a header that an address sets, in bytes.
const MAX_HEADER_VALUE_BYTES: usize = 1024;
/// Bytes of a path that stay as they are.
const PATH: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

pub(super) async fn presign(
    State(context): State<Arc<Context>>,
    NamedBucket(bucket): NamedBucket,
    JsonBody(asked): JsonBody<PresignRequest>,
) -> Result<Json<PresignedAddress>, AdminError> {
    let key = ObjectKey::parse(&asked.key)
        .map_err(|_| Failure::from(RequestRefusal::InvalidObjectKey(asked.key.as_str().into())))?;
    let seconds = lifetime(&asked)?;
    let keys = context.accepted_keys();
    let credential = credential(keys.authenticator.credentials(), &bucket, asked.access_key_id.as_deref())?;
    let mut headers = HeaderMap::new();
    if let Some(value) = &asked.content_type {
        let text = || InvalidParameter::new("content_type", value, "cannot be the value of a header");
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_str(value).map_err(|_| text())?);
    }
    let now = context.store.now().unix_s();
    let parameters = address(&context.region, &asked, (&bucket, &key), credential, &headers, (now, seconds))?;
    let path = format!("/{}/{}", bucket.name, utf8_percent_encode(key.as_str(), PATH));
    Ok(Json(PresignedAddress {
        path_and_query: format!("{path}?{}", encode_query(&parameters)),
        headers: asked.content_type.iter().map(|value| ("Content-Type".to_owned(), value.clone())).collect(),
        method: asked.method,
        access_key_id: credential.access_key_id.to_string(),
        expires_at: Timestamp::from_unix_ms((now + seconds) * 1000).iso8601(),
    }))
}

fn address(
    region: &str,
    asked: &PresignRequest,
    (bucket, key): (&BucketRecord, &ObjectKey),
    credential: &Credential,
    headers: &HeaderMap,
    (now, seconds): (i64, i64),
) -> Result<Vec<(String, String)>, AdminError> {
    let query = query(asked)?;
    let request = AuthRequest { method: asked.method.as_str(), headers, query: &query };
    let resource = Resource { bucket: Some(bucket.name.as_str()), key: Some(key.as_str()) };
    let signed = match asked.version {
        SignatureVersion::V1 => presign_v1(credential, &request, &resource, now + seconds),
        SignatureVersion::V2 => presign_v2(credential, &request, &resource, &[], now + seconds),
        SignatureVersion::V4 => {
            let scope = Scope { region, product: "oss" };
            presign_v4(credential, &request, &resource, scope, &[], now, seconds).map_err(AdminError::internal)?
        }
    };
    Ok(signed.parameters)
}

/// The parameters beside those of the signature. A value that no header can have would only fail later.
fn query(asked: &PresignRequest) -> Result<Vec<(String, String)>, InvalidParameter> {
    let mut query = Vec::new();
    for (name, value) in asked.response_headers.parameters() {
        if value.is_empty() || value.len() > MAX_HEADER_VALUE_BYTES || HeaderValue::from_str(value).is_err() {
            return Err(InvalidParameter::new("response_headers", value, format!("cannot be the value of {name}")));
        }
        query.push((name.to_owned(), value.to_owned()));
    }
    if let Some(text) = &asked.version_id {
        // A version that is removed later is a 404 at the address.
        let id = VersionId::parse(text).ok_or_else(|| InvalidParameter::new("version_id", text, "is no version id"))?;
        query.push(("versionId".to_owned(), id.to_string()));
    }
    Ok(query)
}

fn lifetime(asked: &PresignRequest) -> Result<i64, InvalidParameter> {
    let most = match asked.version {
        SignatureVersion::V1 | SignatureVersion::V2 => MAX_OLD_SECONDS,
        SignatureVersion::V4 => MAX_PRESIGN_SECONDS,
    };
    let seconds = i64::try_from(asked.expires_seconds).ok().filter(|seconds| (1..=most).contains(seconds));
    let text = asked.expires_seconds.to_string();
    seconds.ok_or_else(|| InvalidParameter::new("expires_seconds", &text, format!("is not a number from 1 to {most}")))
}

/// The key of that id, or the first permanent one of the bucket's owner that has all rights: others could not read a private object.
fn credential<'c>(
    credentials: &'c Credentials,
    bucket: &BucketRecord,
    id: Option<&str>,
) -> Result<&'c Credential, AdminError> {
    let found = match id {
        Some(id) => credentials.get(id),
        None => {
            let own = credentials.all().filter(|key| {
                let is_permanent = key.security_token.is_none() && key.is_enabled;
                let has_all = key.rights().is_none_or(KeyRights::is_full);
                key.owner == bucket.owner && is_permanent && has_all
            });
            own.min_by_key(|key| key.access_key_id.clone())
        }
    };
    found.ok_or_else(|| {
        let detail = match id {
            Some(id) => format!("the server has no access key {id:?}"),
            None => format!("the server has no permanent access key of {}, who owns the bucket", bucket.owner),
        };
        AdminError::own(AdminCode::NoSuchAccessKey, detail)
    })
}
