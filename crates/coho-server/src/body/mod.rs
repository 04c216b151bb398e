//! Bodies in both directions, each with its limits.

mod request;
mod response;

pub(crate) use request::{BodyLimits, RequestBody};
pub(crate) use response::ResponseBody;
