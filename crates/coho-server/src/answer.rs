//! Answers of the simple forms: a document, a status, headers.

use crate::{body::ResponseBody, failure::Failure};
use coho_model::Timestamp;
use http::{HeaderMap, HeaderValue, Response, StatusCode, header};

/// The answer to a request, or its failure.
pub(crate) type Outcome = Result<Response<ResponseBody>, Failure>;

/// 200 with a document.
pub(crate) fn xml(document: Vec<u8>) -> Outcome {
    let mut response = Response::new(ResponseBody::bytes(document));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    Ok(response)
}

/// An answer without a body.
pub(crate) fn empty(status: StatusCode) -> Outcome {
    with_headers(status, HeaderMap::new())
}

/// An answer without a body, with these headers.
pub(crate) fn with_headers(status: StatusCode, headers: HeaderMap) -> Outcome {
    let mut response = Response::new(ResponseBody::Empty);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    Ok(response)
}

/// The time of an answer. The HTTP library's own date stands still after the clock was set back.
pub(crate) fn insert_date(headers: &mut HeaderMap, now: Timestamp) {
    if let Ok(date) = HeaderValue::try_from(now.http_date()) {
        headers.insert(header::DATE, date);
    }
}

/// A header value of what cannot be no header: digests, decimals, names.
pub(crate) fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}
