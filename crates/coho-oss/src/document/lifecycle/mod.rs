//! `LifecycleConfiguration` (PutBucketLifecycle, GetBucketLifecycle).

mod read;
#[cfg(test)]
mod tests;
mod write;

pub use read::parse;
pub use write::{expiration_header, to_xml};

/// Maximum bytes of the request.
pub const MAX_BYTES: usize = 1024 * 1024;
