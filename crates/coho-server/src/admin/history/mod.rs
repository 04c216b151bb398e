//! The past of a bucket: versions of its website configuration.

mod diff;
pub mod forms;
mod website_versions;

pub(super) use website_versions::{get, list, restore};

use super::AdminError;
use axum::http::StatusCode;

fn bad(message: impl Into<String>) -> AdminError {
    AdminError(StatusCode::BAD_REQUEST, message.into())
}
