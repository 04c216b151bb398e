//! GetBucketStat: the counters as they are now, where OSS shows those of an hour ago.

use super::{Outcome, xml};
use crate::call::Call;
use coho_oss::document::bucket_stat;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    // An object that a client has read to its end counts.
    call.context.mirror.await_inflight_prefix(bucket.id, "").await;
    let stat = call.context.store.bucket_stat(&bucket).await?;
    xml(bucket_stat::to_xml(&stat, call.now))
}
