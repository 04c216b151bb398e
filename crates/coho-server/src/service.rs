//! The life of a request, from its head to its answer. Its stages:
//!
//! 1. Address: host and path are read as bucket and key, sometimes in two ways (`address`).
//! 2. Authenticate: the signature is checked, and decides which reading of the address holds (`authenticate`).
//! 3. Route: method, query and headers name an operation (`coho_oss::Operation`).
//! 4. Authorise: the bucket is looked up, and the identity's right to the operation checked (`admit`, `authorize`).
//! 5. Handle: the operation translates the request to a use case of the store, and its result to an answer (`ops`).
//! 6. Finish: a failure becomes an answer, and every answer gets its common headers, its count and its log line.

use crate::{
    address::{Addressing, Reading, Target},
    admit::admit,
    answer::{Outcome, insert_date},
    body::{BodyLimits, IncomingBody, ResponseBody},
    call::Call,
    callback,
    context::Context,
    cors::CorsHeaders,
    failure::Failure,
    intake::Intake,
    memory::ClientMemory,
    message, object_headers, ops,
    order_of_refusals::EarlyRefusal,
    request_log::{RequestDraft, RequestEnd},
    sts, terms,
    traffic::{self, AnsweredRequest},
    transport::Peer,
};
use coho_auth::{Authenticated, Identity};
use coho_model::{BucketName, BucketRecord, Query, RequestRefusal, Timestamp, UrlDecodeError};
use coho_oss::{ErrorCode, Level, Operation, header as oss};
use futures_util::FutureExt;
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header, request::Parts};
use hyper::body::{Body as _, Incoming};
use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, atomic::AtomicBool},
    time::{Duration, Instant},
};

/// The value of the `Server` header.
pub(crate) const SERVER: HeaderValue = HeaderValue::from_static("Coho");

/// The value of the `Connection` header of a connection's last answer.
pub(crate) const CLOSE: HeaderValue = HeaderValue::from_static("close");

/// What a connection gives to each of its requests.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    pub(crate) context: Arc<Context>,
    pub(crate) body_limits: BodyLimits,
    pub(crate) peer: Peer,
    pub(crate) intake: Intake,
    /// By a pointer of the connection's own: counting the uses of the client's would cost each request.
    pub(crate) memory: Arc<ClientMemory>,
}

/// Who sends a request, which decides how its path is read.
#[derive(Debug)]
pub(crate) enum Caller {
    /// The account of its signature; anonymous without one.
    Signature,
    /// A sender that was authenticated in another way. The address is in path style, whatever the host is.
    Authenticated(Identity),
}

/// Answers a request of the API. A failure becomes an answer here.
pub(crate) async fn serve(connection: Connection, request: Request<Incoming>) -> Response<ResponseBody> {
    if sts::is_for_sts(&connection.context, &request) {
        // Its future would make every request's larger.
        return Box::pin(sts::serve(connection, request)).await;
    }
    serve_as(connection, request, Ok(Caller::Signature)).await
}

/// Answers a request of this caller, or refuses it.
pub(crate) async fn serve_as(
    connection: Connection,
    request: Request<Incoming>,
    caller: Result<Caller, Failure>,
) -> Response<ResponseBody> {
    let (context, intake) = (connection.context.clone(), connection.intake.clone());
    let (started, now) = (Instant::now(), context.store.now());
    let mut finish = Finish {
        id: context.request_ids.next(now.unix_s()).into(),
        host: host(&request).to_owned(),
        is_head: request.method() == Method::HEAD,
        operation: None,
        peer: connection.peer,
        started,
    };
    let (parts, incoming) = request.into_parts();
    let mut body = IncomingBody::new(incoming, &parts.headers, connection.body_limits, intake.clone())
        .count_document(connection.memory.clone());
    let checked = message::check(&parts);
    let is_of_console = !matches!(caller, Ok(Caller::Signature));
    let is_ambiguous = checked.is_err();
    let mut counted = None;
    let mut cors = None;
    let draft;
    let result = match checked
        .and(caller)
        .map_err(EarlyRefusal::from)
        .and_then(|caller| read(&context, &parts, &finish.host, now, caller))
    {
        Ok(read) => {
            finish.operation = Some(read.operation);
            let mut call = read.into_call(connection, parts, finish.id.clone(), finish.host.clone(), body, now);
            let result = isolate(admit_and_handle(&mut call)).await;
            cors = call.bucket.as_ref().and_then(|bucket| cors_of(&call, bucket));
            draft = context.request_log.wants(status(&result)).then(|| RequestDraft::of_call(&call));
            counted = call.bucket.take().map(|bucket| (bucket, call.operation, call.mirrored.into_inner()));
            body = call.body;
            result
        }
        Err(refusal) => {
            draft = Some(RequestDraft::of_parts(&parts));
            if !is_of_console {
                let bucket = refused_bucket(&context, &parts, &finish.host);
                cors = CorsHeaders::of_refused(&context, bucket.as_ref(), &parts.method, &parts.headers).await;
            }
            let key = if is_of_console { None } else { callback::public_key(&context, &parts, &finish.host).await };
            match key {
                Some(answer) => answer,
                None => Err(refusal.resolve(&context).await),
            }
        }
    };
    let code = draft.as_ref().and(result.as_ref().err()).map(|failure| failure.answer().code.to_string());
    let mut ending = HeaderMap::new();
    end_request(&intake, &mut body, is_ambiguous, &mut ending).await;
    let received = body.received();
    let mut response = finish.finish(&context, result);
    response.headers_mut().extend(ending);
    if let Some(cors) = cors {
        cors.add_to(response.headers_mut());
    }
    let is_mirrored = counted.as_ref().is_some_and(|(.., is_mirrored)| *is_mirrored);
    let request = draft
        .map(|draft| draft.answered(context.clone(), finish.request_end(now, &response, code, is_mirrored, received)));
    if let Some((bucket, operation, is_mirrored)) = counted {
        context.live.note_bucket(&bucket);
        let answered = AnsweredRequest { bucket: bucket.id, operation, is_mirrored, received };
        traffic::count(context, answered, request, &mut response);
    } else if let Some(request) = request {
        request.add(response.body().size_hint().exact().unwrap_or_default() as usize);
    }
    response
}

/// What the answer says to a page of another origin. The console's own listener answers none.
fn cors_of(call: &Call, bucket: &BucketRecord) -> Option<CorsHeaders> {
    bucket.configurations.cors.as_ref()?;
    let is_administrator = matches!(call.identity, Identity::Administrator { .. });
    if is_administrator { None } else { CorsHeaders::of(bucket, &call.method, &call.headers) }
}

/// The bucket of a page's request that is refused before that is looked up, so that the page can read why.
fn refused_bucket(context: &Context, parts: &Parts, host: &str) -> Option<BucketName> {
    parts.headers.get(header::ORIGIN)?;
    let readings = context.addressing.readings(host, parts.uri.path()).ok()?;
    BucketName::parse(readings.first()?.bucket.as_deref()?).ok()
}

fn status(result: &Outcome) -> StatusCode {
    result.as_ref().map_or_else(Failure::status, Response::status)
}

/// Ends the reading of a request before its answer. What is left of it ends the connection.
pub(crate) async fn end_request(intake: &Intake, body: &mut IncomingBody, is_ambiguous: bool, headers: &mut HeaderMap) {
    if !body.drain().await || is_ambiguous {
        intake.leave_unread();
        headers.insert(header::CONNECTION, CLOSE);
    } else {
        intake.end_request();
    }
}

/// The host that the client means: an absolute target takes precedence over the header.
pub(crate) fn host<B>(request: &Request<B>) -> &str {
    let from_header = || request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    request.uri().authority().map(|authority| authority.as_str()).or_else(from_header).unwrap_or_default()
}

/// What stages 1 to 3 find out.
struct ReadRequest {
    target: Target,
    query: Query,
    authenticated: Authenticated,
    operation: Operation,
}

/// Stages 1 to 3: address, authenticate, route.
fn read(
    context: &Context,
    parts: &Parts,
    host: &str,
    now: Timestamp,
    caller: Caller,
) -> Result<ReadRequest, EarlyRefusal> {
    let raw_query = parts.uri.query().unwrap_or_default();
    let query = Query::parse(raw_query).map_err(|error| RequestRefusal::undecodable("query", raw_query, error))?;
    let path = parts.uri.path();
    let readings = match &caller {
        Caller::Signature => context.addressing.readings(host, path),
        Caller::Authenticated(_) => Addressing::path_style(path).map(|reading| vec![reading]),
    };
    let mut readings = readings.map_err(|error| match error {
        UrlDecodeError::NotUtf8 => RequestRefusal::undecodable("key", path, error),
        UrlDecodeError::BadEscape | UrlDecodeError::TooMany => RequestRefusal::invalid_object_key(path),
    })?;
    let authenticated = match caller {
        Caller::Signature => authenticate(context, parts, &query, &readings, now)?,
        Caller::Authenticated(identity) => Authenticated { identity, reading: 0, content_sha256: None, used_key: None },
    };
    let reading = readings.swap_remove(authenticated.reading.min(readings.len() - 1));
    let target = target(&reading, &parts.method)?;
    let operation = match route(&target, parts, &query) {
        Ok(operation) => operation,
        Err(refusal) => {
            let identity = authenticated.identity;
            return Err(EarlyRefusal::unrouted(refusal, &parts.method, &query, target, identity));
        }
    };
    let reads_object = matches!(operation, Operation::GetObject | Operation::HeadObject);
    if let Some(written) = reading.key.filter(|_| target.leading_slashes > 0 && !reads_object) {
        return Err(RequestRefusal::invalid_object_key(&written).into());
    }
    Ok(ReadRequest { target, query, authenticated, operation })
}

/// A preflight has no signature that would cover it: OPTIONS is never authenticated. A form has its signature in its fields; as
/// in OSS, one in the header or in the URL is not looked at.
fn authenticate(
    context: &Context,
    parts: &Parts,
    query: &Query,
    readings: &[Reading],
    now: Timestamp,
) -> Result<Authenticated, EarlyRefusal> {
    if parts.method == Method::OPTIONS {
        let identity = Identity::Anonymous;
        return Ok(Authenticated { identity, reading: 0, content_sha256: None, used_key: None });
    }
    if let Some(reading) = form_reading(parts, query, readings) {
        let identity = Identity::Anonymous;
        return Ok(Authenticated { identity, reading, content_sha256: None, used_key: None });
    }
    context.authenticate(&parts.method, &parts.headers, query, readings, now).map_err(|failure| {
        match readings.first() {
            Some(reading) => EarlyRefusal::unauthenticated(failure, &parts.method, query, reading),
            None => failure.into(),
        }
    })
}

/// The reading of the address by which the request is PostObject.
fn form_reading(parts: &Parts, query: &Query, readings: &[Reading]) -> Option<usize> {
    let reading = || readings.iter().position(|reading| reading.bucket.is_some() && reading.key.is_none());
    let is_post = parts.method == Method::POST;
    let is_form = || Operation::route(&parts.method, Level::Bucket, query, &parts.headers) == Ok(Operation::PostObject);
    if is_post && is_form() { reading() } else { None }
}

/// Names of buckets are checked where one is made: a read of a bucket that cannot exist finds none.
fn target(reading: &Reading, method: &Method) -> Result<Target, Failure> {
    use crate::address::BadName;
    let is_read = matches!(*method, Method::GET | Method::HEAD);
    Target::of(reading, is_read).map_err(|error| match error {
        BadName::Bucket(name) if is_read => Failure::no_such_bucket(name),
        BadName::Bucket(name) => RequestRefusal::invalid_bucket_name(name).into(),
        BadName::Key(key) => RequestRefusal::invalid_object_key(key).into(),
    })
}

fn route(target: &Target, parts: &Parts, query: &Query) -> Result<Operation, RequestRefusal> {
    let level = match (&target.bucket, &target.key) {
        (None, _) => Level::Service,
        (Some(_), None) => Level::Bucket,
        (Some(_), Some(_)) => Level::Object,
    };
    let route = |method| Operation::route(method, level, query, &parts.headers);
    // HEAD of a bucket: the head of a site's root page, or else the region.
    let is_head_of_bucket = level == Level::Bucket && parts.method == Method::HEAD;
    if is_head_of_bucket && route(&Method::GET) == Ok(Operation::ListObjects) {
        return Ok(Operation::ListObjects);
    }
    route(&parts.method)
}

impl ReadRequest {
    fn into_call(
        self,
        connection: Connection,
        parts: Parts,
        request_id: Arc<str>,
        host: String,
        mut body: IncomingBody,
        now: Timestamp,
    ) -> Call {
        let Authenticated { identity, content_sha256, reading: _, used_key: _ } = self.authenticated;
        if let Some(digest) = content_sha256 {
            body.expect_sha256(digest);
        }
        let Target { bucket, key, leading_slashes, path_style, lacks_slash } = self.target;
        Call {
            request_id,
            context: connection.context,
            operation: self.operation,
            method: parts.method,
            bucket_name: bucket,
            bucket: None,
            key,
            leading_slashes,
            query: self.query,
            raw_query: parts.uri.query().unwrap_or_default().to_owned(),
            host,
            path_style,
            lacks_slash,
            peer: connection.peer,
            headers: parts.headers,
            identity,
            body,
            now,
            mirrored: AtomicBool::new(false),
        }
    }
}

/// Stages 4 and 5: authorise, handle.
async fn admit_and_handle(call: &mut Call) -> Outcome {
    admit(call).await?;
    let mut response = ops::handle(call).await?;
    if let Some(delay) = call.body.delayed() {
        response.headers_mut().insert(oss::QOS_DELAY_TIME, HeaderValue::from(delay.as_millis() as u64));
    }
    if let Some(bucket) = &call.bucket {
        object_headers::hide_origin(bucket, response.headers_mut());
        if terms::is_charged(&call.identity, bucket) {
            response.headers_mut().insert(oss::REQUEST_CHARGED, HeaderValue::from_static("requester"));
        }
    }
    Ok(response)
}

/// A panic of the handler is a failure of its request. The hook has logged it; the connection and its other requests go on.
async fn isolate(handling: impl Future<Output = Outcome>) -> Outcome {
    AssertUnwindSafe(handling).catch_unwind().await.unwrap_or_else(|_| Err(Failure::panicked()))
}

/// What stage 6 needs to know of the request.
struct Finish {
    id: Arc<str>,
    host: String,
    is_head: bool,
    operation: Option<Operation>,
    peer: Peer,
    started: Instant,
}

impl Finish {
    /// What the log of requests has of the answer.
    fn request_end(
        &self,
        at: Timestamp,
        response: &Response<ResponseBody>,
        code: Option<String>,
        is_mirrored: bool,
        received: u64,
    ) -> RequestEnd<'_> {
        let status = response.status();
        RequestEnd {
            id: &self.id,
            at,
            started: self.started,
            peer: self.peer,
            operation: self.operation.map_or("unknown", Operation::name),
            status,
            code,
            // Without an operation the request was refused.
            class: traffic::class(self.operation.unwrap_or(Operation::GetObject), status, is_mirrored),
            received,
        }
    }

    /// Stage 6.
    fn finish(&self, context: &Context, result: Outcome) -> Response<ResponseBody> {
        let mut response = match result {
            Ok(response) => response,
            Err(failure) => {
                if let Some(reason) = failure.kind.denial() {
                    context.metrics.count_denial(reason);
                }
                self.error_response(&failure)
            }
        };
        let elapsed = self.started.elapsed();
        self.insert_common_headers(response.headers_mut(), context.store.now(), elapsed);
        let (name, status) = (self.operation.map_or("unknown", Operation::name), response.status().as_u16());
        context.metrics.answers().count(self.operation, status, self.started, elapsed);
        tracing::debug!(
            request.id = &*self.id,
            client.address = ?self.peer.address,
            operation = name,
            status,
            duration_us = elapsed.as_micros() as u64,
            "answered"
        );
        response
    }

    fn insert_common_headers(&self, headers: &mut HeaderMap, now: Timestamp, elapsed: Duration) {
        if let Ok(id) = HeaderValue::try_from(&*self.id) {
            headers.insert(oss::REQUEST_ID, id);
        }
        insert_date(headers, now);
        headers.insert(header::SERVER, SERVER);
        headers.insert(oss::SERVER_TIME, HeaderValue::from(elapsed.as_millis() as u64));
    }

    /// The failure as an answer in OSS's dialect. To HEAD, whose answer has no body, the document goes into a header.
    fn error_response(&self, failure: &Failure) -> Response<ResponseBody> {
        let answer = failure.answer();
        // A refusal by a limit has a log line of its own, and not for every request.
        if answer.status().is_server_error() && answer.code != ErrorCode::SlowDown {
            tracing::error!(request.id = &*self.id, code = %answer.code, error = failure.error(), "request failed");
        } else if answer.status() != StatusCode::NOT_MODIFIED {
            let (operation, status) = (self.operation.map_or("unknown", Operation::name), answer.status().as_u16());
            tracing::info!(request.id = &*self.id, operation, status, code = %answer.code, "request refused");
        }
        let mut response = Response::new(ResponseBody::Empty);
        *response.status_mut() = answer.status();
        for (name, value) in answer.header_pairs() {
            response.headers_mut().insert(name, value);
        }
        if answer.status() == StatusCode::NOT_MODIFIED {
            return response;
        }
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
        if self.is_head {
            response.headers_mut().insert(oss::ERR, answer.to_header(&self.id, &self.host));
        } else {
            *response.body_mut() = ResponseBody::bytes(answer.to_xml(&self.id, &self.host));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use coho_model::website::Protocol;

    #[test]
    fn the_date_is_that_of_the_clock_also_after_it_was_set_back() {
        let peer = Peer { scheme: Protocol::Http, address: None };
        let finish = Finish {
            id: "id".into(),
            host: "h".into(),
            is_head: false,
            operation: None,
            peer,
            started: Instant::now(),
        };
        for (unix_ms, expected) in [
            (1_800_000_000_000, "Fri, 15 Jan 2027 08:00:00 GMT"),
            (1_800_000_001_999, "Fri, 15 Jan 2027 08:00:01 GMT"),
            (784_111_777_000, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        ] {
            let mut headers = HeaderMap::from_iter([(header::DATE, HeaderValue::from_static("of an origin"))]);
            finish.insert_common_headers(&mut headers, Timestamp::from_unix_ms(unix_ms), Duration::ZERO);
            assert_eq!(headers.get_all(header::DATE).iter().collect::<Vec<_>>(), [expected]);
        }
    }

    #[tokio::test]
    async fn a_panic_of_a_handler_is_a_failure_of_its_request() {
        let failed = isolate(async { panic!("injected") }).await;
        assert_eq!(failed.err().map(|failure| failure.status()), Some(StatusCode::INTERNAL_SERVER_ERROR));
        assert!(isolate(async { Ok(Response::new(ResponseBody::Empty)) }).await.is_ok());
    }
}
