//! The operations that are there, and which of them a request names.
//!
//! A request is routed by method, level, query and headers alone: nothing is looked up, and the usual GET of an
//! object costs a walk over its headers. What OSS has and Coho has not is refused by name.

mod refuse;
mod route;
#[cfg(test)]
mod tests;

/// What a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Level {
    /// The whole service: no bucket is named.
    Service,
    /// A bucket.
    Bucket,
    /// An object: bucket and key are named.
    Object,
}

/// What an operation does with the body of its request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RequestBody {
    /// Nothing.
    Unused,
    /// Reads it whole, up to this many bytes.
    Document {
        /// The limit.
        max_bytes: usize,
    },
    /// Stores it.
    Content,
}

macro_rules! operations {
    ($($operation:ident $level:ident $body:expr;)*) => {
        /// An operation under OSS's own name.
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

            /// What it is about.
            pub fn level(self) -> Level {
                match self { $(Self::$operation => Level::$level,)* }
            }

            /// What it does with the body of the request.
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
