//! The headers of a request to an origin. Fetches, probes and explanations assemble them here and nowhere else.

use crate::{MirrorFailure, client::Client, fetch_request::FetchRequest, sign::sign};
use coho_model::Timestamp;
use http::{HeaderMap, HeaderValue, Method, Uri, header};

/// What a request to an origin is about.
pub(crate) struct OriginTarget<'a> {
    pub(crate) method: &'a Method,
    pub(crate) uri: &'a Uri,
    /// The server is the rule's, not one that it redirected to. Another one gets neither headers of the client nor a
    /// signature.
    pub(crate) is_rules_server: bool,
    /// The headers of this request alone: its range.
    pub(crate) range: &'a HeaderMap,
}

/// All headers of the request, the signature last, since it covers the others.
pub(crate) fn origin_headers(
    client: &Client,
    request: &FetchRequest,
    target: &OriginTarget<'_>,
    now: Timestamp,
) -> Result<HeaderMap, MirrorFailure> {
    let mut headers = client.headers(request.hops.as_ref());
    if target.is_rules_server {
        headers.extend(request.headers.clone());
    }
    headers.extend(target.range.clone());
    set_host(&mut headers, target.uri);
    let auth = request.mirror().and_then(|mirror| mirror.auth.as_ref());
    if let Some(auth) = auth.filter(|_| target.is_rules_server) {
        sign(auth, target.method, target.uri, &mut headers, now)?;
    }
    Ok(headers)
}

/// Names the URL's host, unless the rule has set another.
pub(crate) fn set_host(headers: &mut HeaderMap, uri: &Uri) {
    if !headers.contains_key(header::HOST)
        && uri.host().is_some()
        && let Ok(host) = HeaderValue::try_from(host(uri))
    {
        headers.insert(header::HOST, host);
    }
}

/// The URL's host, with its port unless it is the scheme's.
pub(crate) fn host(uri: &Uri) -> String {
    let host = uri.host().unwrap_or_default();
    let default = if uri.scheme_str() == Some("https") { 443 } else { 80 };
    match uri.port_u16().filter(|port| *port != default) {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}
