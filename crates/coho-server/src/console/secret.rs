//! The secret of a session, which only its cookie holds, and what is derived of it.

use crate::admin::AdminToken;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use coho_origin::CONSOLE_COOKIE_PREFIX;
use http::{HeaderMap, header};
use sha2::{Digest, Sha256};
use std::fmt;

/// Bytes of a secret.
const SECRET_BYTES: usize = 32;
/// Most cookies of the name that are looked at: a page of the same host on another port can set one as well.
const MAX_COOKIES: usize = 4;

/// The name of a console's cookie, which differs between data folders: a browser has one set of cookies for all ports of a host, and two
/// consoles of one host would end each other's sessions. Their ports may be the same, each in a container of its own.
#[derive(Debug)]
pub(super) struct CookieName(String);

/// A secret.
pub(super) struct SessionSecret([u8; SECRET_BYTES]);

impl fmt::Debug for SessionSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionSecret(…)")
    }
}

impl CookieName {
    /// That of the data folder with this token.
    pub(super) fn new(token: &AdminToken) -> Self {
        Self(format!("{CONSOLE_COOKIE_PREFIX}_{}", token.folder_name()))
    }

    /// `Set-Cookie` with this secret; without one the browser removes the cookie.
    pub(super) fn set_cookie(&self, secret: Option<&SessionSecret>) -> String {
        let value = secret.map(SessionSecret::cookie).unwrap_or_default();
        let age = if secret.is_none() { "; Max-Age=0" } else { "" };
        format!("{}={value}; HttpOnly; SameSite=Strict; Path=/{age}", self.0)
    }
}

impl SessionSecret {
    /// A new one, from the randomness of the operating system.
    pub(super) fn generate() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; SECRET_BYTES];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// Those that a request carries in cookies of this name.
    pub(super) fn of_request(headers: &HeaderMap, cookie: &CookieName) -> impl Iterator<Item = Self> {
        let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
        let pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let values = pairs.filter(|(name, _)| *name == cookie.0).map(|(_, value)| value);
        values.take(MAX_COOKIES).filter_map(|value| {
            // A longer text is not decoded.
            let bytes = (value.len() <= 2 * SECRET_BYTES).then(|| URL_SAFE_NO_PAD.decode(value).ok()).flatten()?;
            Some(Self(bytes.try_into().ok()?))
        })
    }

    /// The value of the cookie.
    fn cookie(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// What is kept of it.
    pub(super) fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.0).into()
    }

    /// The token that the page sends in a header. A page of another origin can send the cookie, but learns no token.
    pub(super) fn csrf(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.derive(b"coho console csrf"))
    }

    /// The name of the session for people: it opens nothing.
    pub(super) fn id(&self) -> String {
        hex(&self.derive(b"coho console id")[..8])
    }

    fn derive(&self, purpose: &[u8]) -> [u8; 32] {
        Sha256::new().chain_update(purpose).chain_update(self.0).finalize().into()
    }
}

/// In lower case.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn only_whole_secrets_of_the_cookie_are_read_and_not_many() {
        let secret = SessionSecret::generate().unwrap();
        let cookie = secret.cookie();
        let check = |lines: &[String], expected: usize| {
            let headers: HeaderMap =
                lines.iter().map(|line| (header::COOKIE, HeaderValue::from_str(line).unwrap())).collect();
            let found: Vec<_> = SessionSecret::of_request(&headers, &CookieName("coho_session_1".to_owned())).collect();
            assert_eq!(found.len(), expected, "{lines:?}");
            assert!(found.iter().all(|found| found.digest() == secret.digest()));
        };
        check(&[], 0);
        check(&[format!("coho_session_1={cookie}")], 1);
        check(&[format!("a=b; coho_session_1={cookie}; c=d")], 1);
        check(&["a=b".to_owned(), format!("coho_session_1={cookie}")], 1);
        check(
            &[
                format!("Coho_Session_1={cookie}"),
                format!("xcoho_session_1={cookie}"),
                format!("coho_session_12={cookie}"),
            ],
            0,
        );
        check(&[format!("coho_session_1={}", &cookie[1..]), format!("coho_session_1={cookie}A")], 0);
        check(&[format!("coho_session_1={cookie}="), "coho_session_1=".to_owned(), "coho_session_1".to_owned()], 0);
        check(&[format!("coho_session_1=wrong; coho_session_1={cookie}")], 1);
        check(&[format!("coho_session_1={cookie};").repeat(99)], MAX_COOKIES);
    }

    #[test]
    fn the_name_of_the_cookie_is_that_of_the_data_folder() {
        let name = |token| CookieName::new(&AdminToken::new(token)).0;
        assert_eq!(name("one"), name("one"));
        assert_ne!(name("one"), name("two"));
        let suffix = name("one").strip_prefix("coho_session_").unwrap().to_owned();
        assert!(suffix.len() == 8 && suffix.bytes().all(|byte| byte.is_ascii_hexdigit()), "{suffix}");
    }

    #[test]
    fn what_is_shown_of_a_secret_does_not_tell_the_rest() {
        let secret = SessionSecret::generate().unwrap();
        let shown = [secret.cookie(), secret.csrf(), secret.id(), hex(&secret.digest())];
        for (at, one) in shown.iter().enumerate() {
            assert!(shown.iter().skip(at + 1).all(|other| !other.contains(one.as_str()) && !one.contains(other)));
        }
        assert_eq!(format!("{secret:?}"), "SessionSecret(…)");
    }
}
