//! One request from head to answer: id, address, identity, operation, handler, common headers, count and log line.

use crate::{
    body::{BodyLimits, RequestBody, ResponseBody},
    call::Call,
    context::Context,
    error::Failure,
    ops,
    website::QueryText,
};
use coho_model::{BucketName, ObjectKey, Query, Timestamp};
use coho_oss::{Level, Operation, OssError, header as oss};
use http::{HeaderValue, Method, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use std::{sync::Arc, time::Instant};

/// What the `Server` header says.
const SERVER: HeaderValue = HeaderValue::from_static("Coho");

/// Answers a request; every failure has become an answer here.
pub(crate) async fn serve(
    context: Arc<Context>,
    limits: BodyLimits,
    request: Request<Incoming>,
) -> Response<ResponseBody> {
    let started = Instant::now();
    let now = context.store.now();
    let id = context.request_ids.next(now.unix_s());
    let head = request.method() == Method::HEAD;
    let host = host(&request).to_owned();
    let mut operation = None;
    let result = answer(&context, limits, request, &host, now, &mut operation).await;
    let mut response = match result {
        Ok(response) => response,
        Err(failure) => error_response(failure, head, &id, &host),
    };
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::try_from(&id) {
        headers.insert(oss::REQUEST_ID, id);
    }
    headers.insert(header::SERVER, SERVER);
    let elapsed = started.elapsed();
    headers.insert(oss::SERVER_TIME, HeaderValue::from(elapsed.as_millis() as u64));
    let (name, status) = (operation.map_or("unknown", Operation::name), response.status().as_u16());
    context.metrics.answered(name, status, elapsed);
    tracing::debug!(request.id = id, operation = name, status, duration_us = elapsed.as_micros() as u64, "answered");
    response
}

/// The host that the client means: an absolute target beats the header.
fn host(request: &Request<Incoming>) -> &str {
    let from_header = || request.headers().get(header::HOST).and_then(|host| host.to_str().ok());
    request.uri().authority().map(|authority| authority.as_str()).or_else(from_header).unwrap_or_default()
}

async fn answer(
    context: &Arc<Context>,
    limits: BodyLimits,
    request: Request<Incoming>,
    host: &str,
    now: Timestamp,
    operation: &mut Option<Operation>,
) -> Result<Response<ResponseBody>, Failure> {
    let (parts, incoming) = request.into_parts();
    let mut body = RequestBody::new(incoming, &parts.headers, limits);
    match read(context, &parts, host, now) {
        Ok(read) => {
            *operation = Some(read.operation);
            if let Some(digest) = read.content_sha256 {
                body.expect_sha256(digest);
            }
            let mut call = Call {
                context: context.clone(),
                operation: read.operation,
                method: parts.method,
                bucket: read.bucket,
                key: read.key,
                leading_slashes: read.leading_slashes,
                query: read.query,
                raw_query: QueryText(parts.uri.query().unwrap_or_default().to_owned()),
                host: host.to_owned(),
                path_style: read.path_style,
                headers: parts.headers,
                identity: read.identity,
                body,
                now,
            };
            let mut result = ops::handle(&mut call).await;
            match &mut result {
                Ok(response) => crate::object_headers::hide_origin(&call, response.headers_mut()).await?,
                Err(_) => call.body.drain().await,
            }
            result
        }
        Err(failure) => {
            body.drain().await;
            Err(failure)
        }
    }
}

/// What the head of a request says.
struct Read {
    operation: Operation,
    bucket: Option<BucketName>,
    key: Option<ObjectKey>,
    leading_slashes: usize,
    query: Query,
    path_style: bool,
    identity: coho_auth::Identity,
    content_sha256: Option<[u8; 32]>,
}

fn read(context: &Context, parts: &http::request::Parts, host: &str, now: Timestamp) -> Result<Read, Failure> {
    let raw_query = parts.uri.query().unwrap_or_default();
    let query = Query::parse(raw_query)
        .map_err(|error| OssError::invalid_argument("query", raw_query, format!("The query is not valid: {error}.")))?;
    let path = parts.uri.path();
    let mut readings = context.addressing.readings(host, path).map_err(|_| OssError::invalid_object_name(path))?;
    let authenticated = context.authenticate(&parts.method, &parts.headers, &query, &readings, now)?;
    let reading = readings.swap_remove(authenticated.reading.min(readings.len() - 1));
    let bucket = match &reading.bucket {
        Some(name) => Some(BucketName::parse(name).map_err(|_| OssError::invalid_bucket_name(name))?),
        None => None,
    };
    // No key begins with a slash, but who reads a mirrored site may write some: its rules tell what becomes of them.
    let is_read = matches!(parts.method, Method::GET | Method::HEAD);
    let name = |key: &'_ str| if is_read { key.trim_start_matches('/').to_owned() } else { key.to_owned() };
    let (key, leading_slashes) = match &reading.key {
        Some(key) => {
            let name = name(key);
            let parsed = ObjectKey::parse(&name).map_err(|_| OssError::invalid_object_name(key))?;
            (Some(parsed), key.len() - name.len())
        }
        None => (None, 0),
    };
    let level = match (&bucket, &key) {
        (None, _) => Level::Service,
        (Some(_), None) => Level::Bucket,
        (Some(_), Some(_)) => Level::Object,
    };
    let route = |method| Operation::route(method, level, &query, &parts.headers);
    let operation = match level {
        // A browser's HEAD of a site's root. OSS has no operation of that kind: without an index page it is refused.
        Level::Bucket if parts.method == Method::HEAD && route(&Method::GET) == Ok(Operation::ListObjects) => {
            Operation::ListObjects
        }
        _ => route(&parts.method)?,
    };
    let is_object = matches!(operation, Operation::GetObject | Operation::HeadObject);
    if let Some(written) = reading.key.as_ref().filter(|_| leading_slashes > 0 && !is_object) {
        return Err(OssError::invalid_object_name(written).into());
    }
    let content_sha256 = authenticated.content_sha256;
    let path_style = reading.path_style;
    Ok(Read {
        operation,
        bucket,
        key,
        leading_slashes,
        query,
        path_style,
        identity: authenticated.identity,
        content_sha256,
    })
}

fn error_response(failure: Failure, head: bool, id: &str, host: &str) -> Response<ResponseBody> {
    let Failure { answer, cause } = failure;
    if answer.status().is_server_error() {
        let error = cause.as_deref().map(|cause| cause as &dyn std::error::Error);
        tracing::error!(request.id = id, code = %answer.code, error, "request failed");
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
    if head {
        response.headers_mut().insert(oss::ERR, answer.to_header(id, host));
    } else {
        *response.body_mut() = ResponseBody::bytes(answer.to_xml(id, host));
    }
    response
}
