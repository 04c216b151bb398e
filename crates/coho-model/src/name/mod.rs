//! Bucket names and object keys. Each is validated once on input and trusted afterwards.

mod bucket_name;
mod object_key;

pub use bucket_name::{BucketName, InvalidBucketName};
pub use object_key::{InvalidObjectKey, MAX_KEY_BYTES, ObjectKey};
