//! From the table of routes to what serves them.

use super::{
    AdminToken, MAX_BODY_BYTES, access_keys, accounts, buckets, check, configuration, encryption, events, explain,
    failures, history, lifecycle, listen, metrics, mirror, presign, progress, provenance, ready, refusal, requests,
    roles, status, website,
};
use crate::{allowed_hosts::AllowedHosts, answer::insert_date, context::Context, message};
use axum::{
    Extension, Router,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    http::{HeaderValue, Method, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::{MethodFilter, MethodRouter, on},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use coho_admin_api::{AdminCode, AdminOperation, ROUTES, Route, RouteAccess, RouteMethod};
use refusal::AdminError;
use std::sync::Arc;

/// The description of the API, which a test compares with the types and the table.
const OPENAPI: &str = include_str!("../../../../docs/openapi.json");

/// The author of changes through the admin address, in the history.
const AUTHOR: &str = "admin";

/// Who makes the change of a request, for the history.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Author(pub(crate) &'static str);

/// Serves every route, to the clients that may use it.
pub(super) fn router(
    context: &Arc<Context>,
    token: AdminToken,
    hosts: AllowedHosts,
    streams: events::Streams,
) -> Router {
    let guarded = routes(RouteAccess::Token)
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(not_found)
        .layer(Extension(streams))
        .layer(Extension(Author(AUTHOR)))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(middleware::from_fn_with_state((token, context.clone()), require_token));
    let open = routes(RouteAccess::Open).method_not_allowed_fallback(method_not_allowed);
    open.merge(guarded)
        .layer(middleware::from_fn_with_state(hosts, listen::require_host))
        .layer(middleware::from_fn(check_message))
        .layer(middleware::from_fn_with_state(context.clone(), finish))
        .with_state(context.clone())
}

/// The same routes for a listener that authenticates by itself, and gives each request its `Author` and its `Streams` as
/// extensions.
pub(crate) fn api(context: &Arc<Context>) -> Router {
    routes(RouteAccess::Open)
        .merge(routes(RouteAccess::Token))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(not_found)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(context.clone())
}

/// Refuses every request: no connection is free.
pub(super) fn busy(context: &Arc<Context>) -> Router {
    let refuse = || async {
        let refusal = AdminError::own(AdminCode::TooManyConnections, "all connections of the admin address are in use");
        refusal.header(header::CONNECTION, HeaderValue::from_static("close"))
    };
    Router::new().fallback(refuse).layer(middleware::from_fn_with_state(context.clone(), finish))
}

fn routes(access: RouteAccess) -> Router<Arc<Context>> {
    let rows = ROUTES.iter().filter(|route| route.access == access);
    rows.fold(Router::new(), |router, route| router.route(route.path, handler(route)))
}

/// The match has no wildcard, so that a new operation must be served.
fn handler(route: &Route) -> MethodRouter<Arc<Context>> {
    let method = match route.method {
        RouteMethod::Get => MethodFilter::GET,
        RouteMethod::Put => MethodFilter::PUT,
        RouteMethod::Post => MethodFilter::POST,
        RouteMethod::Patch => MethodFilter::PATCH,
        RouteMethod::Delete => MethodFilter::DELETE,
    };
    match route.operation {
        AdminOperation::GetHealth => on(method, || async { "ok\n" }),
        AdminOperation::GetReadiness => on(method, ready::ready),
        AdminOperation::GetMetrics => on(method, metrics::metrics),
        AdminOperation::GetOpenApi => on(method, || async { ([(header::CONTENT_TYPE, "application/json")], OPENAPI) }),
        AdminOperation::FollowEvents => on(method, events::events),
        AdminOperation::GetStatus => on(method, status::status),
        AdminOperation::GetMirrorStatus => on(method, mirror::status),
        AdminOperation::Explain => on(method, explain::explain),
        AdminOperation::GetConfiguration => on(method, configuration::get),
        AdminOperation::ListAccessKeys => on(method, access_keys::list),
        AdminOperation::ListBuckets => on(method, buckets::list),
        AdminOperation::GetBucket => on(method, buckets::get),
        AdminOperation::Presign => on(method, presign::presign),
        AdminOperation::GetWebsite => on(method, website::get),
        AdminOperation::PutWebsite => on(method, website::put),
        AdminOperation::DeleteWebsite => on(method, website::delete),
        AdminOperation::CheckWebsite => on(method, check::check),
        AdminOperation::ExplainDraft => on(method, explain::explain_draft),
        AdminOperation::GetTraffic => on(method, history::traffic),
        AdminOperation::GetTotalTraffic => on(method, history::total_traffic),
        AdminOperation::ListWebsiteVersions => on(method, history::list),
        AdminOperation::GetWebsiteVersion => on(method, history::get),
        AdminOperation::RestoreWebsiteVersion => on(method, history::restore),
        AdminOperation::GetBucketMirror => on(method, mirror::get),
        AdminOperation::ChangeBucketMirror => on(method, mirror::change),
        AdminOperation::ForgetMissing => on(method, mirror::forget),
        AdminOperation::ListMissing => on(method, failures::missing),
        AdminOperation::ListFailures => on(method, failures::list),
        AdminOperation::ClearFailures => on(method, failures::clear),
        AdminOperation::ResetOrigin => on(method, failures::reset),
        AdminOperation::FetchObject => on(method, progress::fetch),
        AdminOperation::GetProgress => on(method, progress::progress),
        AdminOperation::FollowRequests => on(method, requests::requests),
        AdminOperation::ShowProvenance => on(method, provenance::show),
        AdminOperation::GetLifecycleStatus => on(method, lifecycle::status),
        AdminOperation::RunLifecycle => on(method, lifecycle::run),
        AdminOperation::PreviewLifecycle => on(method, lifecycle::preview),
        AdminOperation::CreateAccessKey => on(method, access_keys::create),
        AdminOperation::ChangeAccessKey => on(method, access_keys::change),
        AdminOperation::DeleteAccessKey => on(method, access_keys::delete),
        AdminOperation::RotateAccessKey => on(method, access_keys::rotate),
        AdminOperation::CreateSession => on(method, access_keys::create_session),
        AdminOperation::ListAccounts => on(method, accounts::list),
        AdminOperation::CreateAccount => on(method, accounts::create),
        AdminOperation::ChangeAccount => on(method, accounts::change),
        AdminOperation::DeleteAccount => on(method, accounts::delete),
        AdminOperation::GetEncryption => on(method, encryption::status),
        AdminOperation::RotateMasterKey => on(method, encryption::rotate),
        AdminOperation::RetireMasterKey => on(method, encryption::retire),
        AdminOperation::ListRoles => on(method, roles::list),
        AdminOperation::CreateRole => on(method, roles::create),
        AdminOperation::ChangeRole => on(method, roles::change),
        AdminOperation::DeleteRole => on(method, roles::delete),
    }
}

/// No route has the path.
pub(crate) fn no_such_route() -> AdminError {
    AdminError::own(AdminCode::NoSuchRoute, "the admin address has no such path; /-/openapi.json lists them")
}

async fn not_found() -> AdminError {
    no_such_route()
}

async fn method_not_allowed(method: Method, path: MatchedPath) -> AdminError {
    let methods = ROUTES.iter().filter(|route| route.path == path.as_str()).map(|route| route.method);
    let with_head = methods.flat_map(|method| [Some(method.as_str()), (method == RouteMethod::Get).then_some("HEAD")]);
    AdminError::method_not_allowed(&method, with_head.flatten().collect())
}

/// Refuses an ambiguous message as the API does.
async fn check_message(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    match message::check(&parts) {
        Ok(()) => next.run(Request::from_parts(parts, body)).await,
        Err(failure) => {
            AdminError::from(failure).header(header::CONNECTION, HeaderValue::from_static("close")).into_response()
        }
    }
}

/// What every answer has: its date and the id of its request, which a refusal names.
async fn finish(State(context): State<Arc<Context>>, request: Request, next: Next) -> Response {
    finished(&context, next.run(request).await)
}

/// An answer with that.
pub(crate) fn finished(context: &Context, response: Response) -> Response {
    let now = context.store.now();
    let id = context.request_ids.next(now.unix_s());
    let mut response = refusal::write(response, &id);
    insert_date(response.headers_mut(), now);
    response.headers_mut().insert(coho_oss::header::REQUEST_ID, crate::answer::header_value(&id));
    response
}

fn is_key(context: &Context, given: &str) -> bool {
    let decoded = STANDARD.decode(given).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let pair = decoded.as_deref().and_then(|text| text.split_once(':'));
    pair.is_some_and(|(id, secret)| context.accepted_keys().administrator(id, secret, context.store.now()).is_some())
}

/// Takes the token, or an access key with the right `admin` and its secret as user name and password.
async fn require_token(
    State((token, context)): State<(AdminToken, Arc<Context>)>,
    request: Request,
    next: Next,
) -> Response {
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let is_token = given.and_then(|value| value.strip_prefix("Bearer ")).is_some_and(|given| token.is(given));
    if is_token || given.and_then(|value| value.strip_prefix("Basic ")).is_some_and(|given| is_key(&context, given)) {
        return next.run(request).await;
    }
    let text = "the bearer token of admin.json is required, or an access key with the right admin";
    AdminError::own(AdminCode::AdminTokenRequired, text)
        .header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))
        .into_response()
}
