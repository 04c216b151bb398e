//! PostObject: an object and its headers as an HTML form, and the policy that the form is signed with.
//!
//! Out of scope: the signature, which is `coho-auth`'s, and reading the body.

mod disposition;
mod fields;
mod multipart;
mod policy;
mod redirect;
mod refusal;
#[cfg(test)]
mod tests;

pub use fields::FormFields;
pub use multipart::{FilePart, FormEvent, MultipartParser, boundary};
pub use policy::{FormPolicy, MAX_CONDITIONS, MAX_POLICY_BYTES, SizeRange};
pub use redirect::redirect_url;
pub(crate) use refusal::refusal;

use crate::XmlWriter;
use coho_model::{BucketName, ETag, ObjectKey};

/// Writes `PostResponse`, the answer where the form wants the status 201.
pub fn to_xml(bucket: &BucketName, key: &ObjectKey, etag: ETag, location: &str) -> Vec<u8> {
    XmlWriter::document("PostResponse", 512, |w| {
        w.text("Bucket", bucket.as_str());
        w.plain("ETag", format_args!("\"{etag}\""));
        w.text("Key", key.as_str());
        w.text("Location", location);
    })
}
