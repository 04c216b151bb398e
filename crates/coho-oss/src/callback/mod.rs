//! Upload callbacks: what an upload asks to have sent to an application after it, as OSS's page *Callback* describes.
//!
//! Pure: the parameters are read and checked before the upload stores anything, and the body is made once the object is known. Who
//! may be called, and the call itself, are decided elsewhere.

mod parameters;
mod refusal;
mod template;
#[cfg(test)]
mod tests;
mod url;
mod values;

pub use parameters::{MAX_PARAMETER_BYTES, MAX_URLS, is_json, of_form, of_request};
pub(crate) use refusal::refusal;
pub use template::MAX_BODY_BYTES;
pub use url::CallbackUrl;
pub use values::{CallbackValues, ImageInfo};

use http::HeaderValue;
use std::collections::BTreeMap;
use template::Template;

/// The form of a callback's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallbackBodyType {
    /// `application/x-www-form-urlencoded`: values are percent-encoded.
    Form,
    /// `application/json`: values are JSON strings or numbers.
    Json,
}

/// The callback of one upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Callback {
    /// Where it is sent: to the first that answers as it should.
    pub urls: Vec<CallbackUrl>,
    /// The value of `Host`, if it is not that of the URL.
    pub host: Option<HeaderValue>,
    /// The form of the body.
    pub body_type: CallbackBodyType,
    /// Whether a TLS connection names the host before it is encrypted.
    pub sends_sni: bool,
    body: Template,
    variables: BTreeMap<String, String>,
}

/// The body with its variables replaced is larger than [`MAX_BODY_BYTES`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BodyTooLong;

impl CallbackBodyType {
    /// The value of `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Form => "application/x-www-form-urlencoded",
            Self::Json => "application/json",
        }
    }
}

impl Callback {
    /// The body for an object with these values.
    ///
    /// # Errors
    /// [`BodyTooLong`]; what an upload says itself was checked before, so that it can only be the type of the object.
    pub fn body(&self, values: &CallbackValues<'_>) -> Result<Vec<u8>, BodyTooLong> {
        self.body.render(self.body_type, |name| values.get(name, &self.variables))
    }

    /// Whether the body tells the size or the format of an image, so that the object must be looked at.
    pub fn asks_for_image(&self) -> bool {
        self.body.names().any(|name| name.starts_with("imageInfo."))
    }
}

/// The text that is signed for one request: the decoded path, the query with its question mark, a line feed, the body.
pub fn signed_text(url: &CallbackUrl, body: &[u8]) -> Vec<u8> {
    let uri = url.uri();
    let mut text: Vec<u8> = percent_encoding::percent_decode_str(uri.path()).collect();
    if let Some(query) = uri.query() {
        text.push(b'?');
        text.extend_from_slice(query.as_bytes());
    }
    text.push(b'\n');
    text.extend_from_slice(body);
    text
}
