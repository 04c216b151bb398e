//! DeleteObject: 204, also where nothing was. With versioning it makes a delete marker, unless it names a version to be removed.

use super::{Outcome, header_value, with_headers};
use crate::call::Call;
use coho_oss::header as oss;
use coho_store::Deletion;
use http::{HeaderMap, HeaderValue, StatusCode};

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let deletion = Deletion { key: call.key()?.clone(), version: call.version_id()? };
    let mut headers = HeaderMap::new();
    if let Some(version) = call.context.store.delete_object(&bucket, deletion).await? {
        headers.insert(oss::VERSION_ID, header_value(&version.id.to_string()));
        if version.is_marker {
            headers.insert(oss::DELETE_MARKER, HeaderValue::from_static("true"));
        }
    }
    with_headers(StatusCode::NO_CONTENT, headers)
}
