//! The past of a bucket: versions of its website configuration, and its traffic; the traffic of all buckets.

mod diff;
mod traffic;
mod website_versions;

pub(super) use diff::unified;
pub(super) use traffic::{history as traffic, total_history as total_traffic};
pub(super) use website_versions::{get, list, restore};

use coho_admin_api::explain::InvalidParameter;
use coho_model::decimal;

/// A parameter that is a number.
pub(super) fn number(name: &str, text: &str, least: u64, most: u64) -> Result<u64, InvalidParameter> {
    let number = decimal::<u64>(text).filter(|number| (least..=most).contains(number));
    number.ok_or_else(|| InvalidParameter::new(name, text, format!("is not a number from {least} to {most}")))
}
