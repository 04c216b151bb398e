//! Completes a request's headers and signs them, for clients: the CLI, tests and load generators.

use http::{HeaderMap, HeaderValue, header};

use crate::{
    canonical_v4::UNSIGNED_PAYLOAD,
    credential::Credential,
    error::SignError,
    request::{AuthRequest, Resource},
    sign_v1::sign_v1,
    sign_v2::sign_v2,
    sign_v4::{Scope, sign_v4},
    time,
};

/// Signs a request with OSS V1 and sets `Authorization`. Adds the token of a temporary key, and `Date` unless it is
/// set.
///
/// # Errors
/// [`SignError`] if the time or the token cannot be written into a header, or if the existing date is invalid.
pub fn authorize_v1(
    credential: &Credential,
    method: &str,
    headers: &mut HeaderMap,
    query: &[(String, String)],
    resource: &Resource<'_>,
    now_unix_seconds: i64,
) -> Result<(), SignError> {
    set_date(headers, now_unix_seconds)?;
    set_token(headers, credential)?;
    let authorization = sign_v1(credential, &AuthRequest { method, headers, query }, resource)?.authorization;
    set(headers, "authorization", &authorization)
}

/// Signs a request with OSS V2 and sets `Authorization`. Adds the token of a temporary key, and `Date` unless it is set. Additional
/// headers that are absent from the request are omitted.
///
/// # Errors
/// [`SignError`] if the time or the token cannot be written into a header, or if the existing date is invalid.
pub fn authorize_v2(
    credential: &Credential,
    method: &str,
    headers: &mut HeaderMap,
    query: &[(String, String)],
    resource: &Resource<'_>,
    additional_headers: &[&str],
    now_unix_seconds: i64,
) -> Result<(), SignError> {
    set_date(headers, now_unix_seconds)?;
    set_token(headers, credential)?;
    let request = AuthRequest { method, headers, query };
    let authorization = sign_v2(credential, &request, resource, additional_headers)?.authorization;
    set(headers, "authorization", &authorization)
}

/// Signs a request with OSS V4 and sets `Authorization`. Sets `x-oss-date`, the token of a temporary key, and
/// `x-oss-content-sha256: UNSIGNED-PAYLOAD` unless a digest is set.
///
/// # Errors
/// [`SignError`] if the time, the token or the scope cannot be written into a header.
pub fn authorize_v4(
    credential: &Credential,
    method: &str,
    headers: &mut HeaderMap,
    query: &[(String, String)],
    resource: &Resource<'_>,
    scope: Scope<'_>,
    now_unix_seconds: i64,
) -> Result<(), SignError> {
    let date = time::format_iso_basic(now_unix_seconds).ok_or(SignError::InvalidValue("x-oss-date"))?;
    set(headers, "x-oss-date", &date)?;
    headers.entry("x-oss-content-sha256").or_insert(HeaderValue::from_static(UNSIGNED_PAYLOAD));
    set_token(headers, credential)?;
    let authorization =
        sign_v4(credential, &AuthRequest { method, headers, query }, resource, scope, &[])?.authorization;
    set(headers, "authorization", &authorization)
}

fn set_date(headers: &mut HeaderMap, now_unix_seconds: i64) -> Result<(), SignError> {
    if headers.contains_key("x-oss-date") || headers.contains_key(header::DATE) {
        return Ok(());
    }
    let date = time::format_http_date(now_unix_seconds).ok_or(SignError::InvalidValue("date"))?;
    set(headers, "date", &date)
}

fn set_token(headers: &mut HeaderMap, credential: &Credential) -> Result<(), SignError> {
    match &credential.security_token {
        Some(token) => set(headers, "x-oss-security-token", token),
        None => Ok(()),
    }
}

fn set(headers: &mut HeaderMap, name: &'static str, value: &str) -> Result<(), SignError> {
    let value = HeaderValue::from_str(value).map_err(|_| SignError::InvalidValue(name))?;
    headers.insert(name, value);
    Ok(())
}
