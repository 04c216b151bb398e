//! Which requests are for STS, and their parameters.

use crate::{
    body::IncomingBody,
    context::Context,
    failure::{Failure, FailureKind},
    service::host,
};
use bytes::Bytes;
use coho_auth::StsRequest;
use coho_model::Query;
use coho_oss::sts::{StsFormat, StsRefusal};
use http::{HeaderMap, Method, Request, header, request::Parts};

/// Most bytes of a request's body: all parameters of AssumeRole, encoded, several times.
const MAX_BODY_BYTES: usize = 32 * 1024;
/// The media type of a form.
const FORM: &str = "application/x-www-form-urlencoded";
/// The action of a request that is signed in its headers.
pub(super) const ACTION_HEADER: &str = "x-acs-action";
/// The parameter of the query that names the action.
const ACTION_PARAMETER: &str = "Action=";

/// Whether a request is one to STS. A bucket, or an object of one, is never that.
pub(crate) fn is_for_sts<B>(context: &Context, request: &Request<B>) -> bool {
    if request.uri().path() != "/" {
        return false;
    }
    let has_action = || {
        let query = request.uri().query().unwrap_or_default();
        request.headers().contains_key(ACTION_HEADER) || query.split('&').any(|item| item.starts_with(ACTION_PARAMETER))
    };
    let may_be = match *request.method() {
        Method::GET => has_action(),
        Method::POST => has_action() || is_form(request.headers()),
        _ => false,
    };
    let names_bucket = || {
        let readings = context.addressing.readings(host(request), "/");
        readings.is_ok_and(|readings| readings.iter().any(|reading| reading.bucket.is_some()))
    };
    may_be && !names_bucket()
}

fn is_form(headers: &HeaderMap) -> bool {
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    media_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(FORM)
}

/// All parameters of a request.
pub(super) struct StsParameters<'a> {
    parts: &'a Parts,
    query: Query,
    form: Query,
    body: Bytes,
}

impl<'a> StsParameters<'a> {
    /// Reads query and body.
    pub(super) async fn read(parts: &'a Parts, body: &mut IncomingBody) -> Result<Self, StsRefusal> {
        let query = decoded(parts.uri.query().unwrap_or_default(), "query")?;
        let body = match parts.method {
            Method::POST => body.read_bounded(MAX_BODY_BYTES).await.map_err(|failure| of_body(&failure))?,
            _ => Bytes::new(),
        };
        if !body.is_empty() && !is_form(&parts.headers) {
            return Err(StsRefusal::ContentType);
        }
        let text = std::str::from_utf8(&body).map_err(|_| unreadable("The form is not UTF-8."))?;
        let form = decoded(text, "form")?;
        Ok(Self { parts, query, form, body })
    }

    /// As a signature covers them.
    pub(super) fn request(&self) -> StsRequest<'_> {
        StsRequest {
            method: self.parts.method.as_str(),
            headers: &self.parts.headers,
            query: self.query.pairs(),
            form: self.form.pairs(),
            body: &self.body,
        }
    }

    /// The form of the answer.
    pub(super) fn format(&self) -> Result<StsFormat, StsRefusal> {
        match self.request().parameter("Format") {
            Some(format) if format.eq_ignore_ascii_case("json") => Ok(StsFormat::Json),
            Some(format) if format.eq_ignore_ascii_case("xml") => Ok(StsFormat::Xml),
            Some(_) => Err(StsRefusal::WronglyFormed("Format")),
            None => Ok(Self::format_of_head(self.parts)),
        }
    }

    /// The form of the answer to a request whose parameters are not known: that of its headers, or of its query as it was sent.
    pub(super) fn format_of_head(parts: &Parts) -> StsFormat {
        let accept = parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let query = parts.uri.query().unwrap_or_default().to_ascii_lowercase();
        let is_json = accept.contains("json")
            || parts.headers.contains_key(ACTION_HEADER) && !accept.contains("xml")
            || query.split('&').any(|item| item == "format=json");
        if is_json { StsFormat::Json } else { StsFormat::Xml }
    }
}

fn decoded(text: &str, what: &str) -> Result<Query, StsRefusal> {
    Query::parse(text).map_err(|error| unreadable(&format!("The {what} cannot be read: {error}.")))
}

fn unreadable(text: &str) -> StsRefusal {
    StsRefusal::Unreadable(text.to_owned())
}

/// A body that is not read.
fn of_body(failure: &Failure) -> StsRefusal {
    match failure.kind {
        FailureKind::BodyTooLarge { limit } => unreadable(&format!("The body has more than {limit} bytes.")),
        FailureKind::NoMemory => StsRefusal::Throttled,
        _ if failure.status().is_server_error() => StsRefusal::Internal,
        _ => StsRefusal::Unreadable(failure.answer().message.into_owned()),
    }
}
