//! PutSymlink. OSS: the target need not exist.

use super::{Outcome, header_value, with_headers};
use crate::{call::Call, failure::Failure, object_headers};
use coho_model::{ObjectKey, Query, RequestRefusal};
use coho_oss::header as oss;
use coho_store::NewSymlink;
use http::{HeaderMap, StatusCode, header};

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let link = NewSymlink {
        key: call.key()?.clone(),
        target: target(call)?,
        headers: call.stored_headers()?,
        acl: call.object_acl()?.unwrap_or_default(),
        tags: call.tags()?.unwrap_or_default(),
        storage_class: call.storage_class()?.unwrap_or(bucket.storage_class),
        forbid_overwrite: call.forbids_overwrite(&bucket).await?,
    };
    let link = call.context.store.put_symlink(&bucket, link).await?;
    let mut headers = HeaderMap::from_iter([(header::ETAG, header_value(&link.etag.quoted()))]);
    object_headers::insert_version(&mut headers, &bucket, link.version);
    with_headers(StatusCode::OK, headers)
}

/// The key that `x-oss-symlink-target` names, URL-encoded. A blank may be a plus: the Go SDK encodes the key like a query.
fn target(call: &Call) -> Result<ObjectKey, Failure> {
    let text = call.header(&oss::SYMLINK_TARGET).ok_or(RequestRefusal::MissingParameter("x-oss-symlink-target"))?;
    let key = Query::decode_path(&text.replace('+', "%20"))
        .map_err(|error| RequestRefusal::undecodable("x-oss-symlink-target", text, error))?
        .into_owned();
    ObjectKey::parse(&key).map_err(|_| RequestRefusal::invalid_object_key(&key).into())
}
