//! What a request must prove before it reaches an API: that a page of this console sent it, in a session.

use super::{
    Console,
    secret::SessionSecret,
    sessions::{CurrentSession, StoredSession},
};
use crate::failure::{Failure, FailureKind};
use coho_model::Timestamp;
use http::{HeaderMap, HeaderName, Method, request::Parts};
use subtle::ConstantTimeEq;

/// The header with the token of the session. A page of another origin cannot set it.
pub(super) const CSRF: HeaderName = HeaderName::from_static("x-coho-csrf");
/// Where a browser says what page a request comes from.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// Where a browser says what it will do with the answer.
const FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");

/// What a browser may do with an object. Not on the list is what would make it code or style of the page: the page's policy
/// allows scripts of its own origin, and objects have that origin, too.
const DESTINATIONS: [&str; 9] = ["empty", "document", "iframe", "image", "video", "audio", "track", "object", "embed"];

impl Console {
    /// The session of a request that may go on.
    pub(super) fn admit(&self, parts: &Parts, now: Timestamp) -> Result<CurrentSession, Failure> {
        refuse_other_origins(&parts.headers)?;
        let session = self.sessions.find(SessionSecret::of_request(&parts.headers, &self.cookie), now);
        // Of a key that was disabled the session ends at once, and is removed by the next sweep.
        let session = session.filter(|session| self.may_go_on(&session.stored, now));
        let session = session.ok_or(FailureKind::SessionRequired)?;
        let is_read = matches!(parts.method, Method::GET | Method::HEAD);
        if !is_read && !has_token(&parts.headers, &session.csrf) {
            return Err(FailureKind::CsrfTokenRequired.into());
        }
        Ok(session)
    }

    /// Whether the access key that has signed in, if it was one, still may, with the secret that it had.
    pub(super) fn may_go_on(&self, session: &StoredSession, now: Timestamp) -> bool {
        let keys = self.access_keys.current();
        let mark = session.access_key_mark.as_deref().unwrap_or_default();
        session.access_key_id.as_deref().is_none_or(|id| keys.may_administer(id, mark, now))
    }
}

/// A page on another port of this host is of the same site, so that its requests carry the cookie: objects of the API are
/// served on such a port.
pub(super) fn refuse_other_origins(headers: &HeaderMap) -> Result<(), Failure> {
    let site = headers.get(FETCH_SITE).map(|site| site.as_bytes());
    match site {
        None | Some(b"same-origin" | b"none") => Ok(()),
        Some(_) => Err(FailureKind::CrossOriginRequest.into()),
    }
}

/// Refuses an object that would be executed.
pub(super) fn refuse_code(headers: &HeaderMap) -> Result<(), Failure> {
    let destination = headers.get(FETCH_DEST).map(|destination| destination.as_bytes());
    match destination {
        Some(destination) if !DESTINATIONS.iter().any(|allowed| allowed.as_bytes() == destination) => {
            Err(FailureKind::CrossOriginRequest.into())
        }
        _ => Ok(()),
    }
}

fn has_token(headers: &HeaderMap, expected: &str) -> bool {
    let mut given = headers.get_all(CSRF).iter();
    match (given.next(), given.next()) {
        (Some(one), None) => one.as_bytes().ct_eq(expected.as_bytes()).into(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn requests_of_other_origins_and_objects_as_code_are_refused() {
        for (site, allowed) in
            [("same-origin", true), ("none", true), ("same-site", false), ("cross-site", false), ("", false)]
        {
            assert_eq!(refuse_other_origins(&headers(&[(FETCH_SITE, site)])).is_ok(), allowed, "{site}");
        }
        for (destination, allowed) in [
            ("empty", true),
            ("image", true),
            ("iframe", true),
            ("script", false),
            ("style", false),
            ("worker", false),
            ("serviceworker", false),
            ("manifest", false),
            ("", false),
        ] {
            assert_eq!(refuse_code(&headers(&[(FETCH_DEST, destination)])).is_ok(), allowed, "{destination}");
        }
        assert!(refuse_other_origins(&HeaderMap::new()).is_ok() && refuse_code(&HeaderMap::new()).is_ok());
    }

    #[test]
    fn only_the_one_token_is_the_token() {
        for (given, expected) in [
            (&["token"][..], true),
            (&[], false),
            (&[""], false),
            (&["Token"], false),
            (&["tokens"], false),
            (&["token", "token"], false),
        ] {
            let pairs: Vec<_> = given.iter().map(|value| (CSRF, *value)).collect();
            assert_eq!(has_token(&headers(&pairs), "token"), expected, "{given:?}");
        }
    }
}
