//! Determines which signature scheme a request uses, if any.
//!
//! An anonymous request is recognised by one header lookup and one pass over the query, without allocating. Only the
//! form is checked here: that every part required by the scheme is present.

use coho_model::MAX_QUERY_PAIRS;
use http::header::AUTHORIZATION;

use crate::{
    authorization::{self, Authorization, V1Claim, V2_ALGORITHM, V2Claim, V4_ALGORITHM, V4Claim, V4Credential},
    error::AuthError,
    request::AuthRequest,
};

#[derive(Debug)]
pub(crate) enum Scheme<'a> {
    Anonymous,
    V1Header(V1Claim<'a>),
    V1Url { claim: V1Claim<'a>, expires: &'a str },
    V2Header(V2Claim<'a>),
    V2Url { claim: V2Claim<'a>, expires: &'a str },
    V4Header(V4Claim<'a>),
    V4Url(V4Claim<'a>),
}

/// The parameters that mark a signed URL; the first value of each.
#[derive(Default)]
struct UrlSignature<'a> {
    access_key_id: Option<&'a str>,
    expires: Option<&'a str>,
    signature: Option<&'a str>,
    version: Option<&'a str>,
}

/// Classifies a request.
pub(crate) fn classify<'a>(request: &AuthRequest<'a>) -> Result<Scheme<'a>, AuthError> {
    let header = request.header(AUTHORIZATION);
    let url = UrlSignature::find(request);
    if header.is_none() && !url.is_present() {
        return Ok(Scheme::Anonymous);
    }
    // Before anything is sorted or hashed.
    if request.query.len() > MAX_QUERY_PAIRS {
        return Err(AuthError::TooManyParameters { count: request.query.len() });
    }
    match header {
        Some(_) if url.is_present() => Err(AuthError::HeaderAndUrl),
        Some(header) => Ok(match authorization::parse(header)? {
            Authorization::V1(claim) => Scheme::V1Header(claim),
            Authorization::V2(claim) => Scheme::V2Header(claim),
            Authorization::V4(claim) => Scheme::V4Header(claim),
        }),
        None => classify_url(request, &url),
    }
}

/// The version parameter takes precedence over the three V1 names, which are ordinary parameters in a V2 or V4 URL.
fn classify_url<'a>(request: &AuthRequest<'a>, url: &UrlSignature<'a>) -> Result<Scheme<'a>, AuthError> {
    match url.version {
        None => url.v1(),
        Some(V2_ALGORITHM) => Ok(Scheme::V2Url {
            claim: V2Claim {
                access_key_id: required_parameter(request, "x-oss-access-key-id")?,
                additional_headers: request.parameter("x-oss-additional-headers").unwrap_or_default(),
                signature: required_parameter(request, "x-oss-signature")?,
            },
            expires: request.parameter("x-oss-expires").filter(|v| !v.is_empty()).ok_or(AuthError::ExpiresMissing)?,
        }),
        Some(V4_ALGORITHM) => Ok(Scheme::V4Url(V4Claim {
            credential: V4Credential::parse(required_parameter(request, "x-oss-credential")?)?,
            additional_headers: request.parameter("x-oss-additional-headers").unwrap_or_default(),
            signature: required_parameter(request, "x-oss-signature")?,
        })),
        Some(_) => Err(AuthError::UnknownSignatureVersion),
    }
}

fn required_parameter<'a>(request: &AuthRequest<'a>, parameter: &'static str) -> Result<&'a str, AuthError> {
    request.parameter(parameter).filter(|v| !v.is_empty()).ok_or(AuthError::IncompleteUrlV4 { parameter })
}

impl<'a> UrlSignature<'a> {
    fn find(request: &AuthRequest<'a>) -> Self {
        let mut found = Self::default();
        for (name, value) in request.query {
            let slot = match name.as_str() {
                "OSSAccessKeyId" => &mut found.access_key_id,
                "Expires" => &mut found.expires,
                "Signature" => &mut found.signature,
                "x-oss-signature-version" => &mut found.version,
                _ => continue,
            };
            slot.get_or_insert(value);
        }
        found
    }

    fn is_present(&self) -> bool {
        self.version.or(self.signature).or(self.access_key_id).or(self.expires).is_some()
    }

    fn v1(&self) -> Result<Scheme<'a>, AuthError> {
        let required = |value: Option<&'a str>, parameter| {
            value.filter(|v| !v.is_empty()).ok_or(AuthError::IncompleteUrl { parameter })
        };
        let access_key_id = required(self.access_key_id, "OSSAccessKeyId")?;
        let signature = required(self.signature, "Signature")?;
        let expires = self.expires.filter(|v| !v.is_empty()).ok_or(AuthError::ExpiresMissing)?;
        Ok(Scheme::V1Url { claim: V1Claim { access_key_id, signature }, expires })
    }
}
