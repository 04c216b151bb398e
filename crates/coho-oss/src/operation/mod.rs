//! The supported operations, and the routing of requests to them.
//!
//! A request is routed by method, level, query and headers alone, without lookups; the usual GET of an object costs one
//! pass over its headers. Features that OSS has and Coho lacks are refused by name.

mod action;
mod refuse;
mod route;
#[cfg(test)]
mod tests;
mod version;

pub use version::version_id;

pub use action::action_on_version;
pub(crate) use action::names_an_action;

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

macro_rules! operations {
    ($($operation:ident $level:ident;)*) => {
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

            /// The action of the same name.
            fn own_action(self) -> &'static str {
                match self { $(Self::$operation => concat!("oss:", stringify!($operation)),)* }
            }

            /// The resource level.
            pub fn level(self) -> Level {
                match self { $(Self::$operation => Level::$level,)* }
            }
        }
    };
}

operations! {
    ListBuckets Service;
    GetPublicAccessBlock Service;
    PutPublicAccessBlock Service;
    DeletePublicAccessBlock Service;
    PutBucket Bucket;
    DeleteBucket Bucket;
    ListObjects Bucket;
    ListObjectsV2 Bucket;
    ListObjectVersions Bucket;
    ListMultipartUploads Bucket;
    ListLiveChannel Bucket;
    GetBucketInfo Bucket;
    GetBucketLocation Bucket;
    GetBucketStat Bucket;
    GetBucketAcl Bucket;
    PutBucketAcl Bucket;
    GetBucketVersioning Bucket;
    PutBucketVersioning Bucket;
    GetBucketWebsite Bucket;
    PutBucketWebsite Bucket;
    DeleteBucketWebsite Bucket;
    DeleteMultipleObjects Bucket;
    PostObject Bucket;
    PutBucketPublicAccessBlock Bucket;
    DeleteBucketPublicAccessBlock Bucket;
    GetBucketStorageCapacity Bucket;
    GetBucketOverwriteConfig Bucket;
    GetBucketCallbackPolicy Bucket;
    ListAccessPoints Bucket;
    GetAccessPoint Bucket;
    GetAccessPointPolicy Bucket;
    GetAccessPointForObjectProcess Bucket;
    GetAccessPointConfigForObjectProcess Bucket;
    GetAccessPointPolicyForObjectProcess Bucket;
    GetBucketAccessMonitor Bucket;
    GetBucketArchiveDirectRead Bucket;
    PutBucketArchiveDirectRead Bucket;
    GetBucketCors Bucket;
    PutBucketCors Bucket;
    DeleteBucketCors Bucket;
    GetBucketEncryption Bucket;
    PutBucketEncryption Bucket;
    DeleteBucketEncryption Bucket;
    GetBucketHttpsConfig Bucket;
    GetBucketInventory Bucket;
    GetBucketLifecycle Bucket;
    PutBucketLifecycle Bucket;
    DeleteBucketLifecycle Bucket;
    GetBucketLogging Bucket;
    GetBucketPolicy Bucket;
    PutBucketPolicy Bucket;
    DeleteBucketPolicy Bucket;
    GetBucketPolicyStatus Bucket;
    GetBucketPublicAccessBlock Bucket;
    GetBucketReferer Bucket;
    PutBucketReferer Bucket;
    GetBucketReplication Bucket;
    GetBucketReplicationLocation Bucket;
    GetBucketReplicationProgress Bucket;
    GetBucketRequestPayment Bucket;
    PutBucketRequestPayment Bucket;
    GetBucketResourceGroup Bucket;
    GetBucketTags Bucket;
    PutBucketTags Bucket;
    DeleteBucketTags Bucket;
    GetBucketTransferAcceleration Bucket;
    GetBucketWorm Bucket;
    GetMetaQueryStatus Bucket;
    GetStyle Bucket;
    GetUserDefinedLogFieldsConfig Bucket;
    ListBucketDataRedundancyTransition Bucket;
    ListBucketInventory Bucket;
    ListCname Bucket;
    ListStyle Bucket;
    GetObjectTagging Object;
    PutObjectTagging Object;
    DeleteObjectTagging Object;
    GetSymlink Object;
    PutSymlink Object;
    GetLiveChannelInfo Object;
    GetObject Object;
    HeadObject Object;
    GetObjectMeta Object;
    PutObject Object;
    AppendObject Object;
    SealAppendObject Object;
    RestoreObject Object;
    CleanRestoredObject Object;
    CopyObject Object;
    DeleteObject Object;
    GetObjectAcl Object;
    PutObjectAcl Object;
    InitiateMultipartUpload Object;
    UploadPart Object;
    UploadPartCopy Object;
    CompleteMultipartUpload Object;
    AbortMultipartUpload Object;
    ListParts Object;
    OptionObject Object;
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
