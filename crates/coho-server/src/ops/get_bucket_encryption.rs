//! GetBucketEncryption.

use super::{Outcome, xml};
use crate::call::Call;
use coho_model::{RequestRefusal, UnsetConfiguration};
use coho_oss::document::encryption;

pub(crate) fn handle(call: &Call) -> Outcome {
    let bucket = call.bucket()?;
    match bucket.configurations.encryption {
        Some(rule) => xml(encryption::to_xml(rule)),
        None => Err(RequestRefusal::NotConfigured(UnsetConfiguration::Encryption, bucket.name.clone()).into()),
    }
}
