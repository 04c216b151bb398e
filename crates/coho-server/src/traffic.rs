//! What of a request counts for the history of its bucket.

use crate::{body::ResponseBody, context::Context, request_log::PendingRequest};
use coho_model::{BucketId, TrafficCounter};
use coho_oss::Operation;
use http::{Response, StatusCode};
use std::{fmt, sync::Arc};

/// What is known of a request when it is answered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AnsweredRequest {
    pub(crate) bucket: BucketId,
    pub(crate) operation: Operation,
    /// Whether the answer comes from a fetch.
    pub(crate) is_mirrored: bool,
    /// Bytes of the body that the client has sent.
    pub(crate) received: u64,
}

/// Counts the bytes of a body that is sent.
pub(crate) struct CountedOutput {
    context: Arc<Context>,
    bucket: BucketId,
    request: Option<Box<PendingRequest>>,
}

impl fmt::Debug for CountedOutput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CountedOutput").field(&self.bucket).finish()
    }
}

impl CountedOutput {
    pub(crate) fn add(&self, bytes: usize) {
        self.context.store.traffic().add(self.bucket, TrafficCounter::BytesOut, bytes as u64);
        if let Some(request) = &self.request {
            request.add(bytes);
        }
    }
}

/// Counts a request and what is received; what is sent counts as it is sent, also for the log of requests.
pub(crate) fn count(
    context: Arc<Context>,
    answered: AnsweredRequest,
    request: Option<PendingRequest>,
    response: &mut Response<ResponseBody>,
) {
    let AnsweredRequest { bucket, operation, is_mirrored, received } = answered;
    let traffic = context.store.traffic();
    traffic.add(bucket, class(operation, response.status(), is_mirrored), 1);
    if received > 0 {
        traffic.add(bucket, TrafficCounter::BytesIn, received);
    }
    response.body_mut().count_sent(CountedOutput { context, bucket, request: request.map(Box::new) });
}

pub(crate) fn class(operation: Operation, status: StatusCode, is_mirrored: bool) -> TrafficCounter {
    let reads_object = matches!(operation, Operation::GetObject | Operation::HeadObject | Operation::GetObjectMeta);
    match status {
        status if status.is_server_error() => TrafficCounter::ServerErrors,
        status if status.is_client_error() => TrafficCounter::ClientErrors,
        status if status.is_redirection() && status != StatusCode::NOT_MODIFIED => TrafficCounter::Redirects,
        _ if is_mirrored => TrafficCounter::Mirrored,
        _ if reads_object => TrafficCounter::Hits,
        _ => TrafficCounter::OtherAnswers,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_has_one_class() {
        use TrafficCounter::{ClientErrors, Hits, Mirrored, OtherAnswers, Redirects, ServerErrors};
        for (operation, status, is_mirrored, expected) in [
            (Operation::GetObject, 200, false, Hits),
            (Operation::GetObject, 206, false, Hits),
            (Operation::HeadObject, 304, false, Hits),
            (Operation::GetObject, 200, true, Mirrored),
            (Operation::ListObjects, 200, true, Mirrored),
            (Operation::GetObject, 302, true, Redirects),
            (Operation::GetObject, 301, false, Redirects),
            (Operation::GetObject, 404, true, ClientErrors),
            (Operation::PutObject, 403, false, ClientErrors),
            (Operation::GetObject, 502, true, ServerErrors),
            (Operation::PutObject, 200, false, OtherAnswers),
            (Operation::ListObjects, 200, false, OtherAnswers),
        ] {
            let status = StatusCode::from_u16(status).unwrap();
            assert_eq!(class(operation, status, is_mirrored), expected, "{operation:?} {status}");
        }
    }
}
