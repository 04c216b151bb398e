//! The supported operations, and the routing of requests to them.
//!
//! A request is routed by method, level, query and headers alone, without lookups; the usual GET of an object costs one
//! pass over its headers. Features that OSS has and Coho lacks are refused by name.

mod refuse;
mod route;
#[cfg(test)]
mod tests;

/// The resource level of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// The service: the request names no bucket.
    Service,
    /// A bucket.
    Bucket,
    /// An object: the request names bucket and key.
    Object,
}

/// How an operation uses the body of its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RequestBody {
    /// Not at all.
    Unused,
    /// Reads it completely, up to this many bytes.
    Document {
        /// The limit in bytes.
        max_bytes: usize,
    },
    /// Stores it.
    Content,
}

macro_rules! operations {
    ($($operation:ident $level:ident $body:expr;)*) => {
        /// An operation, under OSS's own name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs)]
        pub enum Operation { $($operation,)* }

        impl Operation {
            /// Every operation.
            pub const ALL: &'static [Self] = &[$(Self::$operation,)*];

            /// OSS's name, as in RAM actions and logs.
            pub fn name(self) -> &'static str {
                match self { $(Self::$operation => stringify!($operation),)* }
            }

            /// The resource level.
            pub fn level(self) -> Level {
                match self { $(Self::$operation => Level::$level,)* }
            }

            /// How it uses the body of the request.
            pub fn request_body(self) -> RequestBody {
                match self { $(Self::$operation => $body,)* }
            }
        }
    };
}

use RequestBody::{Content, Unused};

const fn document(max_bytes: usize) -> RequestBody {
    RequestBody::Document { max_bytes }
}

operations! {
    ListBuckets Service Unused;
    PutBucket Bucket document(crate::document::create_bucket::MAX_BYTES);
    DeleteBucket Bucket Unused;
    ListObjects Bucket Unused;
    ListObjectsV2 Bucket Unused;
    ListObjectVersions Bucket Unused;
    ListMultipartUploads Bucket Unused;
    ListLiveChannel Bucket Unused;
    GetBucketInfo Bucket Unused;
    GetBucketLocation Bucket Unused;
    GetBucketStat Bucket Unused;
    GetBucketAcl Bucket Unused;
    PutBucketAcl Bucket Unused;
    GetBucketVersioning Bucket Unused;
    PutBucketVersioning Bucket Unused;
    GetBucketWebsite Bucket Unused;
    PutBucketWebsite Bucket document(crate::document::website::MAX_WEBSITE_BYTES);
    DeleteBucketWebsite Bucket Unused;
    DeleteMultipleObjects Bucket document(crate::document::delete_multiple_objects::MAX_BYTES);
    GetObject Object Unused;
    HeadObject Object Unused;
    GetObjectMeta Object Unused;
    PutObject Object Content;
    CopyObject Object Unused;
    DeleteObject Object Unused;
    GetObjectAcl Object Unused;
    PutObjectAcl Object Unused;
    InitiateMultipartUpload Object Unused;
    UploadPart Object Content;
    UploadPartCopy Object Unused;
    CompleteMultipartUpload Object document(crate::document::complete_multipart_upload::MAX_BYTES);
    AbortMultipartUpload Object Unused;
    ListParts Object Unused;
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
