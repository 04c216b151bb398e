//! The OSS API below `/oss`, in path style: the requests of the API's listener, with the administrator of a session in place
//! of a signature.

use super::{Console, gate};
use crate::{
    body::ResponseBody,
    failure::Failure,
    service::{Caller, Connection, serve_as},
};
use coho_auth::Identity;
use coho_model::RequestRefusal;
use coho_oss::persistent_headers;
use http::{HeaderName, HeaderValue, Method, Request, Response, Uri, header, request::Parts};
use hyper::body::Incoming;

/// What every answer has. An uploaded page has an origin of its own and no scripts, so that it never runs as the console;
/// `Content-Type` is the client's, and no browser guesses another.
const HEADERS: [(HeaderName, HeaderValue); 5] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("sandbox")),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("SAMEORIGIN")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
];
/// What an origin or a client may have stored with an object and a browser would obey for the whole console.
const REMOVED: [HeaderName; 4] = [
    header::SET_COOKIE,
    header::REFRESH,
    HeaderName::from_static("clear-site-data"),
    HeaderName::from_static("service-worker-allowed"),
];

/// On the answer to a HEAD: the object's custom headers, as `x-oss-persistent-headers` takes them, before some are removed or replaced.
const PERSISTENT: HeaderName = HeaderName::from_static("x-coho-persistent-headers");

/// A location within the OSS API as it is found here, or None for one elsewhere.
fn below_oss(location: &str, host: &str) -> Option<HeaderValue> {
    let origin = format!("http://{host}");
    let (start, path) = match location.strip_prefix(&*origin) {
        Some(path) => (&*origin, path),
        None => ("", location),
    };
    let is_path = path.starts_with('/') && !path.starts_with("//");
    is_path.then(|| HeaderValue::try_from(format!("{start}/oss{path}")).ok()).flatten()
}

impl Console {
    /// Answers a request. `path` is that of the OSS API.
    pub(super) async fn oss(
        &self,
        connection: Connection,
        request: Request<Incoming>,
        path: &str,
    ) -> Response<ResponseBody> {
        let now = connection.context.store.now();
        let (mut parts, body) = request.into_parts();
        let caller = self.oss_caller(&mut parts, path, now);
        let shows_body = parts.method != Method::HEAD;
        let host = parts.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default().to_owned();
        let mut response = serve_as(connection, Request::from_parts(parts, body), caller).await;
        let headers = response.headers_mut();
        let persistent = if shows_body { None } else { persistent_headers::of_answer(headers) };
        for name in REMOVED {
            headers.remove(name);
        }
        for (name, value) in HEADERS {
            headers.insert(name, value);
        }
        if let Some(value) = persistent {
            headers.insert(PERSISTENT, value);
        }
        let location = headers.get(header::LOCATION).and_then(|location| location.to_str().ok());
        if let Some(location) = location.and_then(|location| below_oss(location, &host)) {
            headers.insert(header::LOCATION, location);
        }
        // A HEAD tells an editor which headers the object has; another one would be saved as the object's own.
        if shows_body {
            headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
        }
        response
    }

    /// The administrator, or why there is none. The request is rewritten to the one of the OSS API.
    fn oss_caller(&self, parts: &mut Parts, path: &str, now: coho_model::Timestamp) -> Result<Caller, Failure> {
        gate::refuse_code(&parts.headers)?;
        self.admit(parts, now)?;
        // Rules can pass headers on to an origin.
        for name in [header::COOKIE, gate::CSRF, header::AUTHORIZATION] {
            parts.headers.remove(name);
        }
        let target = match parts.uri.query() {
            Some(query) => format!("{path}?{query}"),
            None => path.to_owned(),
        };
        // A path may begin with two slashes, which would be read as a host in another place.
        let uri = Uri::builder().path_and_query(target).build();
        parts.uri = uri.map_err(|_| RequestRefusal::invalid_object_key(path))?;
        Ok(Caller::Authenticated(Identity::Administrator { account: self.account.clone() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_within_the_api_is_below_oss() {
        for (location, expected) in [
            ("/bucket/dir/", Some("/oss/bucket/dir/")),
            ("http://localhost:9020/bucket/k?a=b", Some("http://localhost:9020/oss/bucket/k?a=b")),
            ("http://localhost:90201/bucket/k", None),
            ("http://localhost:9020", None),
            ("http://localhost:9020.example.com/", None),
            ("https://localhost:9020/bucket/", None),
            ("http://example.com/bucket/", None),
            ("//example.com/bucket/", None),
            ("http://localhost:9020//example.com/", None),
            ("bucket/", None),
            ("", None),
        ] {
            assert_eq!(below_oss(location, "localhost:9020"), expected.map(HeaderValue::from_static), "{location}");
        }
    }
}
