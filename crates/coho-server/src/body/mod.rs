//! Bodies in both directions, each with its limits.

mod request;
mod response;

pub(crate) use request::{BodyLimits, IncomingBody};
pub(crate) use response::ResponseBody;
