//! GetBucketLifecycle.

use super::{Outcome, xml};
use crate::call::Call;
use coho_model::{RequestRefusal, UnsetConfiguration};
use coho_oss::document::lifecycle;

pub(crate) fn handle(call: &Call) -> Outcome {
    let bucket = call.bucket()?;
    match &bucket.configurations.lifecycle {
        Some(rules) => xml(lifecycle::to_xml(rules)),
        None => Err(RequestRefusal::NotConfigured(UnsetConfiguration::Lifecycle, bucket.name.clone()).into()),
    }
}
