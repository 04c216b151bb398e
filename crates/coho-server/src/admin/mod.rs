//! The admin address: health and metrics for every client that can reach it, the rest for holders of the token.

mod events;
mod explain;
pub mod history;
mod listen;
mod metrics;
mod mirror;
mod ready;
mod status;
mod website;

use crate::{answer::insert_date, context::Context, failure::Failure, message};
use axum::{
    Extension, Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{StatusCode, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use std::{fmt, sync::Arc};
use subtle::ConstantTimeEq;
use tokio::{net::TcpListener, sync::watch};

/// Largest body that the admin address takes: a website document, and a little more.
const MAX_BODY_BYTES: usize = 2 << 20;

/// The secret of the admin address, kept in `admin.json`.
#[derive(Clone)]
pub struct AdminToken(Arc<str>);

impl AdminToken {
    /// The token itself.
    pub fn new(token: &str) -> Self {
        Self(token.into())
    }

    /// Compares in a time that does not depend on where the first difference is.
    fn is(&self, given: &str) -> bool {
        self.0.as_bytes().ct_eq(given.as_bytes()).into()
    }
}

impl fmt::Debug for AdminToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminToken(…)")
    }
}

/// Serves until told to stop. `hosts` are its names, besides localhost and IP addresses.
pub async fn serve(
    socket: TcpListener,
    context: Arc<Context>,
    token: AdminToken,
    hosts: Vec<String>,
    stop: watch::Receiver<bool>,
) {
    let guarded = Router::new()
        .route("/v1/status", get(status::status))
        .route("/v1/rules/explain", get(explain::explain))
        .route("/v1/buckets/{bucket}/website", get(website::get).put(website::put).delete(website::delete))
        .route("/v1/buckets/{bucket}/mirror", get(mirror::get).put(mirror::put))
        .route("/v1/buckets/{bucket}/mirror/missing", delete(mirror::forget))
        .route("/v1/mirror/status", get(mirror::status))
        .route("/-/buckets/{bucket}/history", get(history::history))
        .route("/-/buckets/{bucket}/website/history", get(history::list))
        .route("/-/buckets/{bucket}/website/history/{id}", get(history::get))
        .route("/-/buckets/{bucket}/website/history/{id}/restore", post(history::restore))
        .route("/-/events", get(events::events).layer(Extension(stop.clone())))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .fallback(not_found)
        .layer(middleware::from_fn_with_state(token, require_token));
    let open = Router::new()
        .route("/-/healthz", get(|| async { "ok\n" }))
        .route("/-/readyz", get(ready::ready))
        .route("/-/metrics", get(metrics::metrics));
    let hosts: Arc<[String]> = hosts.into();
    let router = open
        .merge(guarded)
        .layer(middleware::from_fn_with_state(hosts, listen::require_host))
        .layer(middleware::from_fn(check_message))
        .layer(middleware::from_fn_with_state(context.clone(), set_date));
    listen::run(socket, router.with_state(context), stop).await;
}

/// A failure as the admin address tells it.
struct AdminError(StatusCode, String);

impl IntoResponse for AdminError {
    fn into_response(self) -> Response {
        (self.0, self.1 + "\n").into_response()
    }
}

impl From<Failure> for AdminError {
    fn from(failure: Failure) -> Self {
        let answer = failure.answer();
        if let Some(error) = failure.error() {
            tracing::error!(error, code = %answer.code, "admin request failed");
        }
        Self(answer.status(), answer.to_string())
    }
}

async fn not_found() -> (StatusCode, &'static str) {
    (StatusCode::NOT_FOUND, "there is nothing here\n")
}

/// Refuses an ambiguous message as the API does.
async fn check_message(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    match message::check(&parts) {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(failure) => ([(header::CONNECTION, "close")], AdminError::from(failure)).into_response(),
    }
}

async fn set_date(State(context): State<Arc<Context>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    insert_date(response.headers_mut(), context.store.now());
    response
}

async fn require_token(State(token): State<AdminToken>, request: Request, next: Next) -> Response {
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if given.and_then(|value| value.strip_prefix("Bearer ")).is_some_and(|given| token.is(given)) {
        return next.run(request).await;
    }
    let challenge = [(header::WWW_AUTHENTICATE, "Bearer")];
    (StatusCode::UNAUTHORIZED, challenge, "the bearer token of admin.json is required\n").into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_token_is_the_token() {
        let token = AdminToken::new("secret");
        for (given, expected) in
            [("secret", true), ("secreT", false), ("secre", false), ("secrets", false), ("", false)]
        {
            assert_eq!(token.is(given), expected, "{given}");
        }
        assert_eq!(format!("{token:?}"), "AdminToken(…)");
    }
}
