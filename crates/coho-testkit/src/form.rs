//! Form uploads (PostObject) as a browser sends them.

use crate::http::{Request, Response};
use crate::oss::Oss;

/// The boundary of every form.
const BOUNDARY: &str = "CohoFormBoundary";

/// The version of a form's signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormVersion {
    /// `OSSAccessKeyId` and `Signature`.
    V1,
    /// `OSS2`.
    V2,
    /// `OSS4-HMAC-SHA256`.
    V4,
}

/// A form: parts with their heads, in order.
#[derive(Debug, Clone, Default)]
pub struct Form {
    body: Vec<u8>,
}

impl Form {
    /// A form without fields.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a field.
    #[must_use]
    pub fn field(self, name: &str, value: &str) -> Self {
        self.part(&format!("Content-Disposition: form-data; name=\"{name}\""), value.as_bytes())
    }

    /// Adds fields.
    #[must_use]
    pub fn fields<'a>(self, fields: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        fields.into_iter().fold(self, |form, (name, value)| form.field(name, value))
    }

    /// Adds a file with a name and a type.
    #[must_use]
    pub fn file(self, name: &str, content_type: &str, bytes: &[u8]) -> Self {
        let disposition = format!("Content-Disposition: form-data; name=\"file\"; filename=\"{name}\"");
        self.part(&format!("{disposition}\r\nContent-Type: {content_type}"), bytes)
    }

    /// Adds a part with this head, whose lines end with CR LF but for the last.
    #[must_use]
    pub fn part(mut self, head: &str, body: &[u8]) -> Self {
        self.body.extend_from_slice(format!("--{BOUNDARY}\r\n{head}\r\n\r\n").as_bytes());
        self.body.extend_from_slice(body);
        self.body.extend_from_slice(b"\r\n");
        self
    }

    /// The body, with the last delimiter.
    #[must_use]
    pub fn body(&self) -> Vec<u8> {
        [self.body.as_slice(), format!("--{BOUNDARY}--\r\n").as_bytes()].concat()
    }

    /// The request that sends it to this target in path style.
    #[must_use]
    pub fn request(&self, oss: &Oss, target: &str) -> Request {
        self.request_of(oss, target, &self.body())
    }

    /// The request that sends this body as a form.
    #[must_use]
    pub fn request_of(&self, oss: &Oss, target: &str, body: &[u8]) -> Request {
        let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
        oss.request("POST", target).header("Content-Type", &content_type).body(body)
    }

    /// Sends it to the bucket and reads the answer.
    ///
    /// # Panics
    /// When no answer comes.
    #[must_use]
    pub fn post(&self, oss: &Oss, bucket: &str) -> Response {
        oss.anonymous(&self.request(oss, &format!("/{bucket}/")))
    }
}
