//! The past of a bucket: versions of its website configuration, and its traffic.

mod diff;
pub mod forms;
mod traffic;
mod website_versions;

pub(super) use traffic::history;
pub(super) use website_versions::{get, list, restore};

use super::AdminError;
use axum::http::StatusCode;
use coho_model::{Query, decimal};

fn bad(message: impl Into<String>) -> AdminError {
    AdminError(StatusCode::BAD_REQUEST, message.into())
}

/// A parameter that is a number.
fn number(query: &Query, name: &str, least: u64, most: u64) -> Result<Option<u64>, AdminError> {
    let Some(text) = query.get(name) else { return Ok(None) };
    let number = decimal::<u64>(text).filter(|number| (least..=most).contains(number));
    number.map(Some).ok_or_else(|| bad(format!("{name}: {text:?} is not a number from {least} to {most}")))
}
