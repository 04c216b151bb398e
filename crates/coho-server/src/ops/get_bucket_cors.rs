//! GetBucketCors.

use super::{Outcome, xml};
use crate::call::Call;
use coho_model::{RequestRefusal, UnsetConfiguration};
use coho_oss::document::cors;

pub(crate) fn handle(call: &Call) -> Outcome {
    let bucket = call.bucket()?;
    match &bucket.configurations.cors {
        Some(configuration) => xml(cors::to_xml(configuration)),
        None => Err(RequestRefusal::NotConfigured(UnsetConfiguration::Cors, bucket.name.clone()).into()),
    }
}
