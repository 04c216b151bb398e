//! Signs requests to STS, for clients. The counterpart of `verify/sts.rs`.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::Mac;
use http::{HeaderMap, HeaderName, HeaderValue, header};
use sha2::{Digest, Sha256};

use crate::{
    canonical_sts::{self, ACS3_ALGORITHM, Blank, RPC_SIGNATURE},
    credential::Credential,
    error::SignError,
    signing_key::{mac_v1, mac_v2},
    time,
};

/// Completes the parameters of an RPC request and signs them. `form` are those of its body.
///
/// # Errors
/// [`SignError`] if the time cannot be written.
pub fn sign_rpc(
    credential: &Credential,
    method: &str,
    query: &mut Vec<(String, String)>,
    form: &[(String, String)],
    nonce: &str,
    now_unix_seconds: i64,
) -> Result<(), SignError> {
    let timestamp = time::format_iso_extended(now_unix_seconds).ok_or(SignError::InvalidValue("Timestamp"))?;
    let fixed = [
        ("AccessKeyId", &*credential.access_key_id),
        ("SignatureMethod", "HMAC-SHA1"),
        ("SignatureVersion", "1.0"),
        ("SignatureNonce", nonce),
        ("Timestamp", &timestamp),
    ];
    let token = credential.security_token.as_deref().map(|token| ("SecurityToken", token));
    query.extend(fixed.into_iter().chain(token).map(|(name, value)| (name.to_owned(), value.to_owned())));
    let text = canonical_sts::rpc(method, query.iter().chain(form), Blank::Escape);
    let secret = format!("{}&", credential.access_key_secret);
    let signature = STANDARD.encode(mac_v1(&secret, &[text.as_bytes()]).finalize().into_bytes());
    query.push((RPC_SIGNATURE.to_owned(), signature));
    Ok(())
}

/// Completes the headers of an ACS3 request and signs all of them that begin with `x-acs-`, and `host`.
///
/// # Errors
/// [`SignError`] if a value cannot be one of a header.
pub fn sign_acs3(
    credential: &Credential,
    method: &str,
    headers: &mut HeaderMap,
    query: &[(String, String)],
    body: &[u8],
    nonce: &str,
    now_unix_seconds: i64,
) -> Result<(), SignError> {
    let date = time::format_iso_extended(now_unix_seconds).ok_or(SignError::InvalidValue("x-acs-date"))?;
    let digest = hex::encode(Sha256::digest(body));
    let mut set = |name: &'static str, value: &str| {
        let value = HeaderValue::from_str(value).map_err(|_| SignError::InvalidValue(name))?;
        headers.insert(HeaderName::from_static(name), value);
        Ok(())
    };
    set("x-acs-date", &date)?;
    set("x-acs-signature-nonce", nonce)?;
    set("x-acs-content-sha256", &digest)?;
    if let Some(token) = &credential.security_token {
        set("x-acs-security-token", token)?;
    }
    let is_signed = |name: &&str| *name == "host" || name.starts_with("x-acs-");
    let mut names: Vec<_> = headers.keys().map(HeaderName::as_str).filter(is_signed).collect();
    names.sort_unstable();
    let names = names.join(";");
    let canonical = canonical_sts::acs3(method, headers, query, &names, &digest);
    let text = canonical_sts::acs3_string_to_sign(&canonical);
    let signature = hex::encode(mac_v2(&credential.access_key_secret, &[text.as_bytes()]).finalize().into_bytes());
    let id = &credential.access_key_id;
    let value = format!("{ACS3_ALGORITHM} Credential={id},SignedHeaders={names},Signature={signature}");
    let value = HeaderValue::from_str(&value).map_err(|_| SignError::InvalidValue("authorization"))?;
    headers.insert(header::AUTHORIZATION, value);
    Ok(())
}
