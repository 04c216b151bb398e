//! GetSymlink: who may read the link may know its target.

use super::{Outcome, header_value, with_headers};
use crate::{
    authorize::{RequestedAccess, Right},
    call::Call,
    object_headers,
};
use coho_model::RequestRefusal;
use coho_oss::{header as oss, url_encoded};
use http::{HeaderMap, StatusCode, header};

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let key = call.key()?;
    let access = RequestedAccess { operation: call.operation, right: Right::Read, key: Some(key) };
    let object = call.existing(&bucket, key, call.version_id()?, Some(access)).await?;
    let target = object.symlink_target().ok_or_else(|| RequestRefusal::NotSymlink(key.clone()))?;
    let mut headers = HeaderMap::from_iter([
        (header::ETAG, header_value(&object.etag.quoted())),
        (header::LAST_MODIFIED, header_value(&object.modified.http_date())),
        (oss::SYMLINK_TARGET, header_value(&url_encoded(target))),
    ]);
    object_headers::insert_version(&mut headers, &bucket, object.version);
    with_headers(StatusCode::OK, headers)
}
