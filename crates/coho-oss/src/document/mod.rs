//! The XML documents of OSS, one module each.
//!
//! Writers take plain structs that borrow stored values. Readers return owned values and refuse a document as
//! `MalformedXML` unless a more specific error is known. Names are percent-encoded if the client asked for it
//! (`encoding-type=url`), which the document then declares.

pub mod access_control_policy;
pub mod archive_direct_read;
pub mod bucket_info;
pub mod bucket_stat;
pub mod complete_multipart_upload;
pub mod continuation_token;
pub mod copy_result;
pub mod cors;
pub mod create_bucket;
pub mod delete_multiple_objects;
pub mod encryption;
pub mod initiate_multipart_upload;
pub mod lifecycle;
pub mod list_buckets;
pub mod list_live_channel;
pub mod list_multipart_uploads;
pub mod list_object_versions;
pub mod list_objects;
pub mod list_parts;
pub mod location;
mod naming;
mod owner;
pub mod policy;
pub mod public_access_block;
pub mod referer;
pub mod request_payment;
pub mod restore_request;
pub mod tagging;
#[cfg(test)]
mod tests;
pub mod unset;
pub mod versioning;
pub mod website;
pub mod website_text;

pub use naming::Naming;
pub use owner::{Owner, Placement};
