//! GetBucketPolicy: the document as it was put.

use super::Outcome;
use crate::{body::ResponseBody, call::Call};
use coho_model::{RequestRefusal, UnsetConfiguration};
use http::{HeaderValue, Response, header};

pub(crate) fn handle(call: &Call) -> Outcome {
    let bucket = call.bucket()?;
    let Some(policy) = &bucket.configurations.policy else {
        return Err(RequestRefusal::NotConfigured(UnsetConfiguration::Policy, bucket.name.clone()).into());
    };
    let mut response = Response::new(ResponseBody::bytes(policy.document.as_bytes().to_vec()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(response)
}
