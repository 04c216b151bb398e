//! A refusal of the admin address, and its form on the wire. The last layer writes it, since it knows the id of the request.

use crate::failure::{Cause, Failure, FailureKind};
use axum::{
    body::Body,
    extract::rejection::{BytesRejection, JsonRejection, PathRejection},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use coho_admin_api::{AdminCode, PROBLEM_MEDIA_TYPE, ProblemDetails, explain::InvalidParameter};
use coho_model::RequestRefusal;
use std::sync::{Arc, Mutex, PoisonError};

/// A request that the admin address refuses.
#[derive(Debug)]
pub(crate) struct AdminError {
    status: StatusCode,
    code: &'static str,
    detail: String,
    elements: Vec<(&'static str, String)>,
    /// Boxed, so that a result with a refusal stays small.
    headers: Box<HeaderMap>,
    /// The cause of a 5xx, for the log alone.
    cause: Option<Cause>,
}

/// A refusal on its way to the last layer.
#[derive(Clone)]
struct Unwritten(Arc<Mutex<Option<AdminError>>>);

impl AdminError {
    /// A refusal that only the admin address has.
    pub(crate) fn own(code: AdminCode, detail: impl Into<String>) -> Self {
        let status = StatusCode::from_u16(code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let detail = detail.into();
        Self { status, code: code.as_str(), detail, elements: Vec::new(), headers: Box::default(), cause: None }
    }

    /// A fault of ours.
    pub(crate) fn internal(cause: impl Into<Cause>) -> Self {
        Failure { kind: FailureKind::Internal, cause: Some(cause.into()) }.into()
    }

    /// A method that a path does not have.
    pub(crate) fn method_not_allowed(method: &Method, allowed: Vec<&'static str>) -> Self {
        let method = method.as_str().into();
        Failure::from(RequestRefusal::MethodNotAllowed { method, resource: "admin", allowed }).into()
    }

    /// A body that is not read. HTTP has a status for one that is too large; OSS answers 400.
    pub(crate) fn of_body(failure: Failure) -> Self {
        let is_too_large = matches!(failure.kind, FailureKind::BodyTooLarge { .. });
        let refusal = Self::from(failure);
        if is_too_large { Self { status: StatusCode::PAYLOAD_TOO_LARGE, ..refusal } } else { refusal }
    }

    /// Adds a header to the answer.
    pub(crate) fn header(mut self, name: header::HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Says what it is about, by the name of an element.
    pub(super) fn element(mut self, name: &'static str, value: &str) -> Self {
        self.elements.push((name, value.to_owned()));
        self
    }

    /// Replaces the text.
    pub(super) fn detail(self, detail: String) -> Self {
        Self { detail, ..self }
    }

    /// Its code.
    pub(super) fn code(&self) -> &str {
        self.code
    }

    fn problem(self, request_id: &str) -> ProblemDetails {
        ProblemDetails {
            r#type: "about:blank".to_owned(),
            title: self.status.canonical_reason().unwrap_or_default().to_owned(),
            status: self.status.as_u16(),
            code: self.code.to_owned(),
            detail: self.detail,
            request_id: request_id.to_owned(),
            elements: self.elements.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        }
    }
}

impl IntoResponse for AdminError {
    fn into_response(mut self) -> Response {
        let mut response = self.status.into_response();
        response.headers_mut().extend(*std::mem::take(&mut self.headers));
        response.extensions_mut().insert(Unwritten(Arc::new(Mutex::new(Some(self)))));
        response
    }
}

/// Writes the refusal of a response, if it is one.
pub(super) fn write(response: Response, request_id: &str) -> Response {
    let (mut parts, body) = response.into_parts();
    let unwritten = parts.extensions.remove::<Unwritten>();
    let refusal = unwritten.and_then(|unwritten| unwritten.0.lock().unwrap_or_else(PoisonError::into_inner).take());
    let Some(refusal) = refusal else { return Response::from_parts(parts, body) };
    if let Some(error) = &refusal.cause {
        tracing::error!(
            request.id = request_id,
            error = &**error as &dyn std::error::Error,
            code = refusal.code,
            "admin request failed"
        );
    }
    let document = serde_json::to_vec(&refusal.problem(request_id)).unwrap_or_default();
    parts.headers.remove(header::CONTENT_LENGTH);
    parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_MEDIA_TYPE));
    Response::from_parts(parts, Body::from(document))
}

/// A failure has the code and the text of the API.
impl From<Failure> for AdminError {
    fn from(failure: Failure) -> Self {
        let answer = failure.answer();
        Self {
            status: answer.status(),
            code: answer.code.as_str(),
            detail: answer.message.into_owned(),
            elements: answer.extras,
            headers: Box::new(answer.headers.into_iter().collect()),
            cause: failure.cause,
        }
    }
}

impl From<InvalidParameter> for AdminError {
    fn from(error: InvalidParameter) -> Self {
        let refusal = match error {
            InvalidParameter::Missing(name) => RequestRefusal::MissingParameter(name),
            InvalidParameter::Invalid { name, value, message } => {
                RequestRefusal::InvalidArgument { name: name.into(), value: value.into(), message: message.into() }
            }
        };
        Failure::from(refusal).into()
    }
}

impl From<BytesRejection> for AdminError {
    fn from(rejection: BytesRejection) -> Self {
        Self::of_body(match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => FailureKind::BodyTooLarge { limit: super::MAX_BODY_BYTES as u64 }.into(),
            _ => FailureKind::BodyIncomplete.into(),
        })
    }
}

impl From<JsonRejection> for AdminError {
    fn from(rejection: JsonRejection) -> Self {
        match rejection {
            JsonRejection::BytesRejection(rejection) => rejection.into(),
            JsonRejection::MissingJsonContentType(_) => {
                Self::own(AdminCode::UnsupportedMediaType, "the body must have the media type application/json")
            }
            other => Self::own(AdminCode::MalformedJSON, other.body_text()),
        }
    }
}

impl From<PathRejection> for AdminError {
    fn from(rejection: PathRejection) -> Self {
        InvalidParameter::new("path", "", rejection.body_text()).into()
    }
}
