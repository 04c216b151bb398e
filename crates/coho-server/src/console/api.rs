//! The admin API below `/api`: the handlers of the admin address, with a session in place of its token.

use super::{Console, sessions::CurrentSession};
use crate::{
    admin::{self, AdminError, Author, MAX_BODY_BYTES, Streams},
    body::IncomingBody,
    context::Context,
};
use axum::{
    Router,
    body::Body,
    http::Uri,
    response::{IntoResponse, Response},
};
use http::{Request, request::Parts};
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use std::sync::Arc;

/// Who changes something through the console, in the history.
pub(crate) const AUTHOR: &str = "console";

/// Serves every route of the admin API. The caller has checked the session.
pub(super) fn router(context: &Arc<Context>) -> Router {
    admin::api(context)
}

impl Console {
    /// Answers a request of a session. `path` is that of the admin API.
    pub(super) async fn api(
        &self,
        session: CurrentSession,
        mut parts: Parts,
        path: &str,
        body: &mut IncomingBody,
    ) -> Response {
        let target = match parts.uri.query() {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        };
        // A part of a target is one.
        let Ok(uri) = Uri::try_from(target) else { return admin::no_such_route().into_response() };
        parts.uri = uri;
        let bytes = match body.read_bounded(MAX_BODY_BYTES).await {
            Ok(bytes) => bytes,
            Err(failure) => return AdminError::of_body(failure).into_response(),
        };
        let streams = Streams::of_session(self.stop.clone(), session.ended, self.streams.clone());
        parts.extensions.insert(streams);
        parts.extensions.insert(Author(AUTHOR));
        let request = Request::from_parts(parts, Body::from(bytes));
        match TowerToHyperService::new(self.admin.clone()).call(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        }
    }
}
