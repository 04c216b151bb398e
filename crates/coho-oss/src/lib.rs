//! The OSS dialect: operations, error codes, headers, and XML documents in both directions; and AssumeRole of STS.
//!
//! Pure translation between the wire and `coho-model`; it neither authenticates nor executes anything.

pub mod callback;
mod code;
pub mod document;
mod error;
pub mod form;
pub mod header;
mod operation;
pub mod persistent_headers;
mod refusal;
pub mod server_side_encryption;
pub mod sts;
pub mod tag_filter;
pub mod traffic_limit;
mod xml;

pub use code::ErrorCode;
pub use error::OssError;
pub use operation::{Level, Operation, action_on_version, version_id};
pub use xml::{Element, MAX_DEPTH, MAX_ELEMENTS, XmlError, XmlWriter, read_document, url_encoded};
