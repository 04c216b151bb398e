//! Signing in and out, and the list of sessions.

use super::{
    Console,
    gate::refuse_other_origins,
    secret::SessionSecret,
    sessions::{Browser, CurrentSession, StoredSession},
    sign_in_limit::{Attempt, MAX_FAILURES},
};
use crate::{admin::AdminError, body::IncomingBody, context::Context, metrics::SignInResult};
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use coho_admin_api::{
    AdminCode, JsonObject,
    session::{Session, SessionList, SessionSummary, SignIn},
};
use coho_model::Timestamp;
use http::{Method, request::Parts};
use std::{
    net::{IpAddr, Ipv6Addr},
    time::{Duration, Instant},
};

/// Largest body of a sign-in, in bytes.
const MAX_SIGN_IN_BYTES: usize = 4096;

/// What a sign-in proves itself with.
#[derive(Clone, Copy)]
enum Proof<'a> {
    Token(&'a str),
    AccessKey { id: &'a str, secret: &'a str },
}

impl<'a> Proof<'a> {
    fn of(asked: &'a SignIn) -> Option<Self> {
        match (&asked.token, &asked.access_key_id, &asked.access_key_secret) {
            (Some(token), None, None) => Some(Self::Token(token)),
            (None, Some(id), Some(secret)) => Some(Self::AccessKey { id, secret }),
            _ => None,
        }
    }
}

impl Console {
    /// `/session`.
    pub(super) async fn session(
        &self,
        context: &Context,
        client: Option<IpAddr>,
        parts: &Parts,
        body: &mut IncomingBody,
    ) -> Result<Response, AdminError> {
        let now = context.store.now();
        match parts.method {
            Method::POST => self.sign_in(context, client, parts, body).await,
            Method::GET | Method::HEAD => Ok(Json(shown(&self.admit(parts, now)?)).into_response()),
            Method::DELETE => {
                let session = self.admit(parts, now)?;
                self.sessions.end(&session.stored.id).await;
                tracing::info!(session = session.stored.id, "signed out of the console");
                context.metrics.set_console_sessions(self.sessions.count());
                Ok(self.signed_out())
            }
            _ => Err(AdminError::method_not_allowed(&parts.method, vec!["GET", "HEAD", "POST", "DELETE"])),
        }
    }

    /// `/sessions`.
    pub(super) async fn all_sessions(&self, context: &Context, parts: &Parts) -> Result<Response, AdminError> {
        let now = context.store.now();
        match parts.method {
            Method::GET | Method::HEAD => {
                let current = self.admit(parts, now)?.stored.id;
                let sessions = self.sessions.list(now).into_iter().map(|session| summary(session, &current));
                Ok(Json(SessionList { sessions: sessions.collect() }).into_response())
            }
            Method::DELETE => {
                let session = self.admit(parts, now)?;
                let ended = self.sessions.end_all().await;
                tracing::info!(session = session.stored.id, ended, "signed out of the console everywhere");
                context.metrics.set_console_sessions(self.sessions.count());
                Ok(self.signed_out())
            }
            _ => Err(AdminError::method_not_allowed(&parts.method, vec!["GET", "HEAD", "DELETE"])),
        }
    }

    /// `/sessions/{id}`.
    pub(super) async fn one_session(&self, context: &Context, parts: &Parts, id: &str) -> Result<Response, AdminError> {
        if parts.method != Method::DELETE {
            return Err(AdminError::method_not_allowed(&parts.method, vec!["DELETE"]));
        }
        let by = self.admit(parts, context.store.now())?.stored.id;
        if !self.sessions.end(id).await {
            return Err(AdminError::own(AdminCode::NoSuchSession, "the session does not exist; it may have ended"));
        }
        tracing::info!(session = id, by, "a session of the console was ended");
        context.metrics.set_console_sessions(self.sessions.count());
        Ok(if by == id { self.signed_out() } else { StatusCode::NO_CONTENT.into_response() })
    }

    /// A form of another site cannot have this media type, so that none signs a browser in.
    async fn sign_in(
        &self,
        context: &Context,
        client: Option<IpAddr>,
        parts: &Parts,
        body: &mut IncomingBody,
    ) -> Result<Response, AdminError> {
        refuse_other_origins(&parts.headers)?;
        let media_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let media_type = media_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
        if !media_type.eq_ignore_ascii_case("application/json") {
            let text = "the body must have the media type application/json";
            return Err(AdminError::own(AdminCode::UnsupportedMediaType, text));
        }
        let bytes = body.read_bounded(MAX_SIGN_IN_BYTES).await.map_err(AdminError::of_body)?;
        // The parser's text may quote the token.
        let malformed = || {
            let text =
                "the body must be {\"token\": \"…\"}, or {\"access_key_id\": \"…\", \"access_key_secret\": \"…\"}";
            AdminError::own(AdminCode::MalformedJSON, text)
        };
        let JsonObject(asked) = serde_json::from_slice::<JsonObject<SignIn>>(&bytes).map_err(|_| malformed())?;
        let proof = Proof::of(&asked).ok_or_else(malformed)?;
        let mark = self.prove(context, client, proof)?;
        let access_key_id = asked.access_key_id;
        let user_agent = parts.headers.get(header::USER_AGENT).and_then(|value| value.to_str().ok());
        let address = client.map(|address| address.to_string()).unwrap_or_default();
        let user_agent = user_agent.unwrap_or_default();
        let browser = Browser { address: address.clone(), user_agent, access_key: access_key_id.clone().zip(mark) };
        let replaced = SessionSecret::of_request(&parts.headers, &self.cookie);
        let begun = self.sessions.begin(browser, replaced, context.store.now()).await;
        let (secret, session) = begun.map_err(|error| AdminError::internal(error.to_string()))?;
        context.metrics.count_sign_in(SignInResult::Accepted);
        context.metrics.set_console_sessions(self.sessions.count());
        tracing::info!(
            client.address = address,
            session = session.stored.id,
            access_key_id,
            "signed in to the console"
        );
        let cookie = self.cookie.set_cookie(Some(&secret));
        Ok(([(header::SET_COOKIE, cookie)], Json(shown(&session))).into_response())
    }

    /// 204, after which the browser has no session.
    fn signed_out(&self) -> Response {
        (StatusCode::NO_CONTENT, [(header::SET_COOKIE, self.cookie.set_cookie(None))]).into_response()
    }

    /// Accepts a proof, or counts a failure. Gives the mark of an access key's secret.
    fn prove(&self, context: &Context, client: Option<IpAddr>, proof: Proof<'_>) -> Result<Option<String>, AdminError> {
        let address = client.unwrap_or(IpAddr::V6(Ipv6Addr::UNSPECIFIED));
        let mut mark = None;
        let attempt = self.sign_ins.attempt(address, Instant::now(), || match proof {
            Proof::Token(token) => self.token.is(token),
            Proof::AccessKey { id, secret } => {
                mark = self.access_keys.current().administrator(id, secret, context.store.now());
                mark.is_some()
            }
        });
        let result = match attempt {
            Attempt::Accepted => return Ok(mark),
            Attempt::Wrong | Attempt::LockedOut => SignInResult::Wrong,
            Attempt::Wait(_) => SignInResult::LockedOut,
        };
        context.metrics.count_sign_in(result);
        match attempt {
            Attempt::LockedOut => {
                tracing::warn!(client.address = %address, failures = MAX_FAILURES, "console sign-ins of a client are locked out");
            }
            Attempt::Wrong => {
                tracing::info!(client.address = %address, "a console sign-in had a wrong token or access key")
            }
            Attempt::Accepted | Attempt::Wait(_) => {}
        }
        Err(match attempt {
            Attempt::Wait(wait) => too_many(wait),
            _ => AdminError::own(
                AdminCode::InvalidAdminToken,
                match proof {
                    Proof::Token(_) => "this is not the token of admin.json",
                    Proof::AccessKey { .. } => "this is not an access key with the right admin, or not its secret",
                },
            ),
        })
    }
}

fn too_many(wait: Duration) -> AdminError {
    let seconds = wait.as_secs() + 1;
    AdminError::own(AdminCode::TooManySignIns, format!("too many sign-ins have failed; try again in {seconds} s"))
        .header(header::RETRY_AFTER, HeaderValue::from(seconds))
}

fn shown(CurrentSession { stored, csrf, .. }: &CurrentSession) -> Session {
    Session {
        id: stored.id.clone(),
        csrf: csrf.clone(),
        created_at: Timestamp::from_unix_ms(stored.created_ms).iso8601(),
        idle_expires_at: stored.idle_end().iso8601(),
        expires_at: stored.end().iso8601(),
        address: stored.address.clone(),
        user_agent: stored.user_agent.clone(),
        access_key_id: stored.access_key_id.clone(),
    }
}

fn summary(session: StoredSession, current: &str) -> SessionSummary {
    SessionSummary {
        created_at: Timestamp::from_unix_ms(session.created_ms).iso8601(),
        last_used_at: Timestamp::from_unix_ms(session.last_used_ms).iso8601(),
        idle_expires_at: session.idle_end().iso8601(),
        expires_at: session.end().iso8601(),
        is_current: session.id == current,
        id: session.id,
        address: session.address,
        user_agent: session.user_agent,
        access_key_id: session.access_key_id,
    }
}
