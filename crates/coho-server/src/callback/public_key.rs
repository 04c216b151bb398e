//! The public key that verifies callbacks, for everyone. Its path is one of no bucket.

use super::Callbacks;
use crate::{answer::Outcome, body::ResponseBody, call::Call, context::Context};
use http::{HeaderValue, Method, Response, header, request::Parts};

/// The path of the key.
const PATH: &str = "/.well-known/coho/callback_pub_key_v1.pem";
/// Its first segment: no bucket has this name.
const FIRST_SEGMENT: &str = ".well-known";
/// Hosts of Alibaba Cloud: some clients send one whatever server they connect to.
const PUBLIC_DOMAIN: &str = ".aliyuncs.com";

/// The key, if the request asks for it in an address that names no bucket.
pub(crate) async fn public_key(context: &Context, parts: &Parts, host: &str) -> Option<Outcome> {
    if parts.uri.path() != PATH || !matches!(parts.method, Method::GET | Method::HEAD) {
        return None;
    }
    let readings = context.addressing.readings(host, PATH).ok()?;
    if readings.first()?.bucket.as_deref() != Some(FIRST_SEGMENT) {
        return None;
    }
    let key = match context.callbacks.key().await {
        Ok(key) => key,
        Err(failure) => return Some(Err(failure)),
    };
    let mut response = Response::new(ResponseBody::Empty);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/x-pem-file"));
    // A HEAD says the length of what a GET sends.
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(key.public_pem().len()));
    if parts.method == Method::GET {
        *response.body_mut() = ResponseBody::bytes(key.public_pem().to_owned());
    }
    Some(Ok(response))
}

impl Callbacks {
    /// Where the receiver of a call's callback finds the key.
    pub(super) fn public_key_url(&self, call: &Call) -> String {
        if let Some(url) = &self.public_key_url {
            return url.clone();
        }
        let (host, scheme) = (call.endpoint(), call.peer.scheme.as_str());
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name).to_ascii_lowercase();
        match self.endpoint {
            Some(endpoint) if host.is_empty() || name.ends_with(PUBLIC_DOMAIN) => {
                format!("{scheme}://{endpoint}{PATH}")
            }
            _ => format!("{scheme}://{host}{PATH}"),
        }
    }
}
