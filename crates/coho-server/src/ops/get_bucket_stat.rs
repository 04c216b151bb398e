//! GetBucketStat: the counters as they are now, where OSS shows those of an hour ago. What OSS does not count is in headers of Coho's own, so that
//! the document stays that of OSS.

use super::{Outcome, xml};
use crate::call::Call;
use coho_oss::document::bucket_stat;
use http::{HeaderName, HeaderValue};

/// Objects whose bytes came from an origin.
const MIRRORED_OBJECTS: HeaderName = HeaderName::from_static("x-coho-mirrored-objects");
/// Their bytes.
const MIRRORED_BYTES: HeaderName = HeaderName::from_static("x-coho-mirrored-bytes");

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    // An object that a client has read to its end counts.
    call.context.mirror.await_inflight_prefix(bucket.id, "").await;
    let stat = call.context.store.bucket_stat(&bucket).await?;
    let mut response = xml(bucket_stat::to_xml(&stat, call.now))?;
    response.headers_mut().insert(MIRRORED_OBJECTS, HeaderValue::from(stat.mirrored_objects));
    response.headers_mut().insert(MIRRORED_BYTES, HeaderValue::from(stat.mirrored_bytes));
    Ok(response)
}
