//! OptionObject: whether the bucket's rules allow the request that a page of another origin is about to send.

use super::{Outcome, with_headers};
use crate::{call::Call, cors};
use http::StatusCode;

pub(crate) fn handle(call: &Call) -> Outcome {
    with_headers(StatusCode::OK, cors::preflight(call.bucket()?.configurations.cors.as_ref(), &call.headers)?)
}
