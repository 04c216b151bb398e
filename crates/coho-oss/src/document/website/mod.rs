//! `WebsiteConfiguration` (PutBucketWebsite, GetBucketWebsite).
//!
//! The stored form preserves the document element for element; the form shown to clients has OSS's defaults filled in
//! and no secrets.

mod fields;
mod read;
mod read_redirect;
#[cfg(test)]
mod tests;
mod write;

pub use read::{MAX_WEBSITE_BYTES, parse, parse_stored};
pub use write::{to_stored_xml, to_xml};
