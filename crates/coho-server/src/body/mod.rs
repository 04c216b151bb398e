//! Bodies in both directions, each with its limits.

mod answer;
mod gzip;
mod paced;
mod request;
mod response;

pub(crate) use answer::AnswerBody;
pub(crate) use request::{BodyLimits, IncomingBody};
pub(crate) use response::ResponseBody;
