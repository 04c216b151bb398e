//! From a request to what answers it.

use super::{Console, files::DATA_POLICY, route::ConsolePlace};
use crate::{
    admin::{self, AdminError},
    body::{IncomingBody, ResponseBody},
    context::Context,
    message,
    service::{Connection, end_request},
};
use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use coho_admin_api::AdminCode;
use futures_util::FutureExt;
use http::{HeaderMap, HeaderName, Request, request::Parts};
use hyper::body::Incoming;
use std::{net::IpAddr, panic::AssertUnwindSafe};

/// Answers a request of the console's listener.
pub(crate) async fn serve(
    console: &Console,
    connection: Connection,
    request: Request<Incoming>,
) -> http::Response<ResponseBody> {
    let path = request.uri().path().to_owned();
    match ConsolePlace::of(&path) {
        ConsolePlace::Oss(rest) if console.hosts.check(request.uri(), request.headers()).is_ok() => {
            console.oss(connection, request, rest).await
        }
        place => console.serve_here(connection, request, place).await,
    }
}

impl Console {
    /// Everything but the OSS API.
    async fn serve_here(
        &self,
        connection: Connection,
        request: Request<Incoming>,
        place: ConsolePlace<'_>,
    ) -> http::Response<ResponseBody> {
        let Connection { context, body_limits, peer, intake, memory } = connection;
        let client = peer.address.map(|address| address.ip());
        let (parts, incoming) = request.into_parts();
        let mut body = IncomingBody::new(incoming, &parts.headers, body_limits, intake.clone()).count_document(memory);
        let checked = message::check(&parts);
        let is_ambiguous = checked.is_err();
        let is_file = matches!(place, ConsolePlace::File(_));
        let answered = match checked {
            Ok(()) => {
                let answering = async { self.answer(&context, client, parts, place, &mut body).await.into_response() };
                let isolated = AssertUnwindSafe(answering).catch_unwind().await;
                isolated.unwrap_or_else(|_| AdminError::internal("the handler panicked").into_response())
            }
            Err(failure) => AdminError::from(failure).into_response(),
        };
        let mut response = admin::finished(&context, answered);
        if is_file && !response.status().is_client_error() && !response.status().is_server_error() {
            insert_file_headers(response.headers_mut());
        } else {
            insert_headers(response.headers_mut());
        }
        end_request(&intake, &mut body, is_ambiguous, response.headers_mut()).await;
        response.map(ResponseBody::stream)
    }

    async fn answer(
        &self,
        context: &Context,
        client: Option<IpAddr>,
        parts: Parts,
        place: ConsolePlace<'_>,
        body: &mut IncomingBody,
    ) -> Result<Response<Body>, AdminError> {
        let host = self.hosts.check(&parts.uri, &parts.headers);
        host.map_err(|text| AdminError::own(AdminCode::HostNotAllowed, text))?;
        match place {
            ConsolePlace::Page => Ok(self.page(&parts.method, &parts.headers)),
            ConsolePlace::File(name) => Ok(self.file(&parts.method, &parts.headers, name)),
            ConsolePlace::Session => self.session(context, client, &parts, body).await,
            ConsolePlace::Sessions => self.all_sessions(context, &parts).await,
            ConsolePlace::SessionOf(id) => self.one_session(context, &parts, id).await,
            ConsolePlace::Api(path) => {
                let session = self.admit(&parts, context.store.now())?;
                Ok(self.api(session, parts, path, body).await)
            }
            ConsolePlace::Oss(_) | ConsolePlace::Nothing => {
                Err(AdminError::own(AdminCode::NoSuchRoute, "the console has no such path"))
            }
        }
    }
}

/// What a file has. It holds nothing of the store, and what it may do is said by the page that loads it: the first page loads some sixty.
fn insert_file_headers(headers: &mut HeaderMap) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.remove(coho_oss::header::REQUEST_ID);
}

/// What every answer has but files and those of the OSS API.
fn insert_headers(headers: &mut HeaderMap) {
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin"));
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static(DATA_POLICY));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}
