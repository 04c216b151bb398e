//! The two names of the protocol, each checked once at the edge and trusted from then on.

mod bucket_name;
mod object_key;

pub use bucket_name::{BucketName, InvalidBucketName};
pub use object_key::{InvalidObjectKey, MAX_KEY_BYTES, ObjectKey};
