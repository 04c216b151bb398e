//! AssumeRole of STS, on the listener of the API: temporary credentials for a role, in the documents of STS.
//!
//! STS has no address of its own, and takes none from a bucket: a request is one to STS if its address names no bucket, its path is
//! `/`, and it has an action, or a form that may have one. What its signature covers is read whole before it is checked.

mod assume_role;
mod authenticate;
mod nonces;
mod request;

pub(crate) use nonces::UsedNonces;
pub(crate) use request::is_for_sts;

use crate::{
    answer::{header_value, insert_date},
    body::{IncomingBody, ResponseBody},
    context::Context,
    message,
    request_log::{RequestDraft, RequestEnd},
    service::{Connection, SERVER, end_request, host},
};
use assume_role::assume_role;
use coho_model::{Timestamp, TrafficCounter};
use coho_oss::sts::{ACTION, StsFormat, StsRefusal};
use futures_util::FutureExt;
use http::{HeaderMap, HeaderName, HeaderValue, Request, Response, StatusCode, header, request::Parts};
use hyper::body::Incoming;
use request::StsParameters;
use std::{panic::AssertUnwindSafe, time::Instant};

/// The id of the request in an answer of STS.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-acs-request-id");
/// The code of a successful answer, in metrics.
const SUCCESS: &str = "OK";

/// What a request to STS is answered with.
struct StsAnswer {
    format: StsFormat,
    /// A document that needs the id of the request, or a refusal.
    result: Result<Vec<u8>, StsRefusal>,
}

/// Answers a request to STS.
pub(crate) async fn serve(connection: Connection, request: Request<Incoming>) -> Response<ResponseBody> {
    let (context, intake) = (connection.context.clone(), connection.intake.clone());
    let (started, now) = (Instant::now(), context.store.now());
    let id = context.request_ids.next(now.unix_s());
    let host = host(&request).to_owned();
    let (parts, incoming) = request.into_parts();
    let mut body = IncomingBody::new(incoming, &parts.headers, connection.body_limits, intake.clone())
        .count_document(connection.memory.clone());
    let is_ambiguous = message::check(&parts).is_err();
    let answering = AssertUnwindSafe(answer(&context, &parts, &mut body, &id, now)).catch_unwind();
    let StsAnswer { format, result } = match answering.await {
        Ok(answer) => answer,
        // The hook has logged it; the connection and its other requests go on.
        Err(_) => StsAnswer { format: StsParameters::format_of_head(&parts), result: Err(StsRefusal::Internal) },
    };
    let mut ending = HeaderMap::new();
    end_request(&intake, &mut body, is_ambiguous, &mut ending).await;
    let code = result.as_ref().err().map(|refusal| refusal.code().into_owned());
    context.metrics.count_sts_request(code.as_deref().unwrap_or(SUCCESS));
    let response = respond(&context, format, result, &id, &host, ending);
    record(
        &context,
        &parts,
        &response,
        StsRequestEnd { id: &id, at: now, started, code, connection: &connection, received: body.received() },
    );
    response
}

async fn answer(context: &Context, parts: &Parts, body: &mut IncomingBody, id: &str, now: Timestamp) -> StsAnswer {
    let read = match message::check(parts) {
        Ok(()) => StsParameters::read(parts, body).await,
        Err(failure) => Err(StsRefusal::Unreadable(failure.answer().message.into_owned())),
    };
    let parameters = match read {
        Ok(parameters) => parameters,
        Err(refusal) => return StsAnswer { format: StsParameters::format_of_head(parts), result: Err(refusal) },
    };
    let format = match parameters.format() {
        Ok(format) => format,
        Err(refusal) => return StsAnswer { format: StsParameters::format_of_head(parts), result: Err(refusal) },
    };
    let result = assume_role(context, &parameters, now).await.map(|assumed| assumed.document(format, id));
    StsAnswer { format, result }
}

fn respond(
    context: &Context,
    format: StsFormat,
    result: Result<Vec<u8>, StsRefusal>,
    id: &str,
    host: &str,
    ending: HeaderMap,
) -> Response<ResponseBody> {
    let (status, document) = match result {
        Ok(document) => (StatusCode::OK, document),
        Err(refusal) => {
            let status = StatusCode::from_u16(refusal.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            tracing::info!(request.id = id, status = status.as_u16(), code = &*refusal.code(), "AssumeRole refused");
            (status, format.refused(&refusal, id, host))
        }
    };
    let mut response = Response::new(ResponseBody::bytes(document));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    // The answer has a secret.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::SERVER, SERVER);
    headers.insert(REQUEST_ID, header_value(id));
    insert_date(headers, context.store.now());
    headers.extend(ending);
    response
}

/// What the log of requests has of the end of one.
struct StsRequestEnd<'a> {
    id: &'a str,
    at: Timestamp,
    started: Instant,
    code: Option<String>,
    connection: &'a Connection,
    received: u64,
}

fn record(context: &Context, parts: &Parts, response: &Response<ResponseBody>, ended: StsRequestEnd<'_>) {
    let status = response.status();
    if !context.request_log.wants(status) {
        return;
    }
    let StsRequestEnd { id, at, started, code, connection, received } = ended;
    let class = match status {
        status if status.is_server_error() => TrafficCounter::ServerErrors,
        status if status.is_client_error() => TrafficCounter::ClientErrors,
        _ => TrafficCounter::OtherAnswers,
    };
    let (peer, operation) = (connection.peer, ACTION);
    let end = RequestEnd { id, at, started, peer, operation, status, code, class, received };
    let request = RequestDraft::of_parts(parts).answered(connection.context.clone(), end);
    request.add(http_body::Body::size_hint(response.body()).exact().unwrap_or_default() as usize);
}
