//! SealAppendObject: ends appends to an object.

use super::{Outcome, append_object::position, header_value, with_headers};
use crate::call::Call;
use coho_oss::header as oss;
use http::{HeaderMap, StatusCode, header};

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let object = call.context.store.seal_object(&bucket, call.key()?, position(call)?).await?;
    let mut headers = HeaderMap::new();
    headers.insert(header::ETAG, header_value(&object.etag.quoted()));
    if let Some(sealed) = object.attributes.as_ref().and_then(|attributes| attributes.sealed) {
        headers.insert(oss::SEALED_TIME, header_value(&sealed.http_date()));
    }
    with_headers(StatusCode::OK, headers)
}
