//! Parses the `Authorization` header and the V4 credential.
//!
//! SDKs order and space the V2 and V4 fields differently, so the fields are parsed as an unordered list; the first occurrence
//! of a repeated field counts. This module neither looks up keys nor verifies signatures.

use crate::error::AuthError;

/// Maximum length in bytes of an `Authorization` header, or of the V4 credential of a URL; longer ones are refused
/// unread.
pub const MAX_AUTHORIZATION_BYTES: usize = 4096;

/// Name of the V4 scheme, in the header as in `x-oss-signature-version`.
pub(crate) const V4_ALGORITHM: &str = "OSS4-HMAC-SHA256";
/// Name of the V2 scheme, in the header as in `x-oss-signature-version`.
pub(crate) const V2_ALGORITHM: &str = "OSS2";
/// Last part of every V4 credential.
pub(crate) const V4_TERMINATOR: &str = "aliyun_v4_request";

/// The claims of a V1 request: the access key id and the base64 signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct V1Claim<'a> {
    pub(crate) access_key_id: &'a str,
    pub(crate) signature: &'a str,
}

/// The claims of a V2 request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct V2Claim<'a> {
    pub(crate) access_key_id: &'a str,
    /// Header names separated by `;`, as sent.
    pub(crate) additional_headers: &'a str,
    pub(crate) signature: &'a str,
}

/// The claims of a V4 request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct V4Claim<'a> {
    pub(crate) credential: V4Credential<'a>,
    /// Header names separated by `;`, as sent.
    pub(crate) additional_headers: &'a str,
    pub(crate) signature: &'a str,
}

/// `<access key id>/<YYYYMMDD>/<region>/<product>/aliyun_v4_request`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct V4Credential<'a> {
    pub(crate) text: &'a str,
    pub(crate) access_key_id: &'a str,
    pub(crate) day: &'a str,
    pub(crate) region: &'a str,
    pub(crate) product: &'a str,
    pub(crate) terminator: &'a str,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Authorization<'a> {
    V1(V1Claim<'a>),
    V2(V2Claim<'a>),
    V4(V4Claim<'a>),
}

/// Parses an OSS `Authorization` header.
pub(crate) fn parse(header: &[u8]) -> Result<Authorization<'_>, AuthError> {
    if header.len() > MAX_AUTHORIZATION_BYTES {
        return Err(malformed("it is too long"));
    }
    let text = std::str::from_utf8(header).map_err(|_| malformed("it is not text"))?.trim();
    let (scheme, rest) = text.split_once(' ').ok_or_else(|| malformed("it has no scheme"))?;
    match scheme {
        "OSS" => parse_v1(rest.trim()).map(Authorization::V1),
        V2_ALGORITHM => parse_v2(rest).map(Authorization::V2),
        V4_ALGORITHM => parse_v4(rest).map(Authorization::V4),
        _ => Err(malformed("its scheme is unknown")),
    }
}

fn parse_v1(rest: &str) -> Result<V1Claim<'_>, AuthError> {
    match rest.rsplit_once(':') {
        Some((access_key_id, signature)) if !access_key_id.is_empty() && !signature.is_empty() => {
            Ok(V1Claim { access_key_id, signature })
        }
        _ => Err(malformed("it is not <access key id>:<signature>")),
    }
}

fn parse_v2(rest: &str) -> Result<V2Claim<'_>, AuthError> {
    let (mut access_key_id, mut additional_headers, mut signature) = (None, None, None);
    for field in rest.split(',') {
        let Some((name, value)) = field.split_once(':') else {
            return Err(malformed("a field is not name:value"));
        };
        let slot = match name.trim() {
            "AccessKeyId" => &mut access_key_id,
            "AdditionalHeaders" => &mut additional_headers,
            "Signature" => &mut signature,
            _ => return Err(malformed("a field is unknown")),
        };
        slot.get_or_insert(value.trim());
    }
    let signature = signature.filter(|s| !s.is_empty()).ok_or_else(|| malformed("Signature is missing"))?;
    let access_key_id = access_key_id.filter(|id| !id.is_empty()).ok_or_else(|| malformed("AccessKeyId is missing"))?;
    Ok(V2Claim { access_key_id, additional_headers: additional_headers.unwrap_or_default(), signature })
}

fn parse_v4(rest: &str) -> Result<V4Claim<'_>, AuthError> {
    let (mut credential, mut additional_headers, mut signature) = (None, None, None);
    for field in rest.split(',') {
        let Some((name, value)) = field.split_once('=') else {
            return Err(malformed("a field is not name=value"));
        };
        let slot = match name.trim() {
            "Credential" => &mut credential,
            "AdditionalHeaders" => &mut additional_headers,
            "Signature" => &mut signature,
            _ => return Err(malformed("a field is unknown")),
        };
        slot.get_or_insert(value.trim());
    }
    let signature = signature.filter(|s| !s.is_empty()).ok_or_else(|| malformed("Signature is missing"))?;
    let credential = credential.ok_or_else(|| malformed("Credential is missing"))?;
    let additional_headers = additional_headers.unwrap_or_default();
    Ok(V4Claim { credential: V4Credential::parse(credential)?, additional_headers, signature })
}

impl<'a> V4Credential<'a> {
    /// Splits a credential into its five parts, none of which may be empty.
    pub(crate) fn parse(text: &'a str) -> Result<Self, AuthError> {
        if text.len() > MAX_AUTHORIZATION_BYTES {
            return Err(malformed("the credential is too long"));
        }
        let mut parts = text.split('/');
        let mut part =
            || parts.next().filter(|p| !p.is_empty()).ok_or_else(|| malformed("the credential is incomplete"));
        let (access_key_id, day, region, product, terminator) = (part()?, part()?, part()?, part()?, part()?);
        if parts.next().is_some() {
            return Err(malformed("the credential has too many parts"));
        }
        Ok(Self { text, access_key_id, day, region, product, terminator })
    }

    /// The credential without the access key id, the third line of the string to sign.
    pub(crate) fn scope(&self) -> &'a str {
        &self.text[self.access_key_id.len() + 1..]
    }
}

fn malformed(reason: &'static str) -> AuthError {
    AuthError::MalformedAuthorization { reason }
}

#[cfg(test)]
mod tests;
