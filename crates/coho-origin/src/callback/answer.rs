//! The answer of an application to a callback.

use super::CallbackError;
use bytes::{Bytes, BytesMut};
use http::{Response, StatusCode, header};
use http_body_util::BodyExt;
use hyper::body::Incoming;

/// Largest answer in bytes (OSS: 1 MB).
pub const MAX_ANSWER_BYTES: u64 = 1 << 20;

/// Reads the body of an answer with the status 200 and, as OSS demands, a length.
pub(super) async fn read(answer: Response<Incoming>) -> Result<Bytes, CallbackError> {
    if answer.status() != StatusCode::OK {
        return Err(CallbackError::Status(answer.status().as_u16()));
    }
    let length = answer.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let length: u64 = length.and_then(|text| coho_model::decimal(text.trim())).ok_or(CallbackError::NoLength)?;
    if length > MAX_ANSWER_BYTES {
        return Err(CallbackError::TooLong);
    }
    let (mut body, mut whole) = (answer.into_body(), BytesMut::new());
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| CallbackError::Broken(super::chain(&error).into()))?;
        let data = frame.into_data().unwrap_or_default();
        if (whole.len() + data.len()) as u64 > MAX_ANSWER_BYTES {
            return Err(CallbackError::TooLong);
        }
        whole.extend_from_slice(&data);
    }
    Ok(whole.freeze())
}
