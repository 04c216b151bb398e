//! Signed calls in path style, the way an SDK with an IP endpoint makes them, for tests that are about
//! something else than the call itself. Where a test is about the wire, it builds its [`Request`] by hand.
//! A call that gets no answer panics: to the test that is the failure.

use std::net::SocketAddr;

use crate::form::FormVersion;
use crate::http::{Client, Request, Response};
use crate::server::{Credentials, Server};
use crate::sign;

/// The region the fixture's server has and the signatures name.
pub const REGION: &str = "cn-hangzhou";

/// Which signature is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scheme {
    /// `OSS`
    V1,
    /// `OSS2`
    V2,
    /// `OSS4-HMAC-SHA256`
    V4,
}

/// A caller with an endpoint and credentials.
#[derive(Debug, Clone)]
pub struct Oss {
    address: SocketAddr,
    credentials: Credentials,
    scheme: Scheme,
}

impl Oss {
    /// The owner of everything, signing with V4.
    #[must_use]
    pub fn new(server: &Server) -> Self {
        Self::with_credentials(server.endpoint(), server.credentials().clone())
    }

    /// A client with these credentials, signing with V4.
    #[must_use]
    pub fn with_credentials(address: SocketAddr, credentials: Credentials) -> Self {
        Self { address, credentials, scheme: Scheme::V4 }
    }

    /// The same caller with the other signature.
    #[must_use]
    pub fn scheme(mut self, scheme: Scheme) -> Self {
        self.scheme = scheme;
        self
    }

    /// The address called.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A path-style request with its `Host`, unsigned. `target` begins with a slash and is already encoded.
    #[must_use]
    pub fn request(&self, method: &str, target: &str) -> Request {
        Request::new(method, target).header("Host", &self.address.to_string())
    }

    /// The request, signed in the header; bucket and key are read from the path-style target.
    #[must_use]
    pub fn signed(&self, request: Request) -> Request {
        let (bucket, key) = path_style(&request.target);
        self.signed_as(request, bucket.as_deref(), key.as_deref())
    }

    /// The request, signed for this bucket and key whatever its target looks like.
    #[must_use]
    pub fn signed_as(&self, request: Request, bucket: Option<&str>, key: Option<&str>) -> Request {
        match self.scheme {
            Scheme::V1 => sign::v1(request, &self.credentials, bucket, key),
            Scheme::V2 => sign::v2(request, &self.credentials, bucket, key),
            Scheme::V4 => sign::v4(request, &self.credentials, REGION, bucket, key),
        }
    }

    /// Signs, sends on a connection of its own, and reads the answer.
    ///
    /// # Panics
    /// When no answer comes.
    #[must_use]
    pub fn call(&self, request: Request) -> Response {
        self.anonymous(&self.signed(request))
    }

    /// As [`Oss::call`], for a server that may be killed meanwhile.
    ///
    /// # Errors
    /// When no answer comes.
    pub fn try_call(&self, request: Request) -> std::io::Result<Response> {
        Client::connect(self.address)?.exchange(&self.signed(request))
    }

    /// Sends the request as it is and reads the answer.
    ///
    /// # Panics
    /// When no answer comes.
    #[must_use]
    pub fn anonymous(&self, request: &Request) -> Response {
        let answer = Client::connect(self.address).and_then(|mut client| client.exchange(request));
        answer.unwrap_or_else(|error| panic!("{} {}: {error}", request.method, request.target))
    }

    /// The fields that sign this policy of a form.
    #[must_use]
    pub fn form_signature(&self, version: FormVersion, policy: &str) -> Vec<(&'static str, String)> {
        sign::form(policy, version, &self.credentials, REGION)
    }

    /// Makes a bucket with this ACL.
    ///
    /// # Panics
    /// When it is refused.
    pub fn put_bucket(&self, bucket: &str, acl: &str) {
        let request = self.request("PUT", &format!("/{bucket}/")).header("x-oss-acl", acl).body("");
        expect(200, &self.call(request));
    }

    /// Stores an object.
    ///
    /// # Panics
    /// When it is refused.
    pub fn put(&self, bucket: &str, key: &str, body: &[u8]) {
        expect(200, &self.call(self.request("PUT", &object(bucket, key)).body(body)));
    }

    /// Signed GET of an object.
    #[must_use]
    pub fn get(&self, bucket: &str, key: &str) -> Response {
        self.call(self.request("GET", &object(bucket, key)))
    }

    /// GET of an object without a signature.
    #[must_use]
    pub fn get_anonymous(&self, bucket: &str, key: &str) -> Response {
        self.anonymous(&self.request("GET", &object(bucket, key)))
    }

    /// Signed HEAD of an object.
    #[must_use]
    pub fn head(&self, bucket: &str, key: &str) -> Response {
        self.call(self.request("HEAD", &object(bucket, key)))
    }

    /// Signed DELETE of an object.
    ///
    /// # Panics
    /// When the answer is not 204.
    pub fn delete(&self, bucket: &str, key: &str) {
        expect(204, &self.call(self.request("DELETE", &object(bucket, key))));
    }

    /// Sets the bucket's website configuration.
    #[must_use]
    pub fn put_website(&self, bucket: &str, xml: &str) -> Response {
        self.call(self.request("PUT", &format!("/{bucket}/?website")).body(xml))
    }

    /// All keys of a bucket below 1000, in the order of the listing.
    ///
    /// # Panics
    /// When the listing fails or is truncated.
    #[must_use]
    pub fn keys(&self, bucket: &str) -> Vec<String> {
        let answer = self.call(self.request("GET", &format!("/{bucket}/?list-type=2&max-keys=1000")));
        expect(200, &answer);
        assert_eq!(answer.element("IsTruncated").as_deref(), Some("false"), "{answer:?}");
        let text = answer.text();
        text.split("<Key>").skip(1).filter_map(|rest| rest.split("</Key>").next()).map(str::to_owned).collect()
    }
}

/// The path-style target of an object: each byte outside the unreserved set and `/` percent-encoded.
#[must_use]
pub fn object(bucket: &str, key: &str) -> String {
    format!("/{bucket}/{}", encode(key, b"-_.~/"))
}

/// Percent-encodes all but letters, digits and these, with upper-case digits.
#[must_use]
pub fn encode(text: &str, kept: &[u8]) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || kept.contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// Asserts the status and shows the whole answer when it is another one.
///
/// # Panics
/// When it is another one.
#[track_caller]
pub fn expect(status: u16, answer: &Response) {
    assert_eq!(answer.status(), status, "{answer:?}");
}

fn path_style(target: &str) -> (Option<String>, Option<String>) {
    let path = target.split('?').next().unwrap_or_default().trim_start_matches('/');
    let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
    let some = |text: &str| (!text.is_empty()).then(|| decode(text));
    (some(bucket), some(key))
}

/// Undoes percent-encoding; a `%` without two digits stays.
#[must_use]
pub fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let digits = text.get(at + 1..at + 3).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match digits {
            Some(byte) if bytes[at] == b'%' => {
                out.push(byte);
                at += 3;
            }
            _ => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{decode, object, path_style};

    fn check(target: &str, bucket: Option<&str>, key: Option<&str>) {
        let (b, k) = path_style(target);
        assert_eq!((b.as_deref(), k.as_deref()), (bucket, key), "{target}");
    }

    #[test]
    fn bucket_and_key_are_read_from_a_path_style_target() {
        check("/", None, None);
        check("/?max-keys=1", None, None);
        check("/b", Some("b"), None);
        check("/b/?acl", Some("b"), None);
        check("/b/a/c%2Fd%20e?x=1", Some("b"), Some("a/c/d e"));
        check("/b//a", Some("b"), Some("/a"));
    }

    #[test]
    fn keys_survive_encoding() {
        for key in ["a b+c%2", "ü/你", "100%"] {
            assert_eq!(decode(object("b", key).strip_prefix("/b/").unwrap()), key);
        }
    }
}
