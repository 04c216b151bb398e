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

use coho_model::KeyNeed;

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
    ($($operation:ident $level:ident $need:ident;)*) => {
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

            /// How far a right to the operation must go.
            pub fn need(self) -> KeyNeed {
                match self { $(Self::$operation => KeyNeed::$need,)* }
            }
        }
    };
}

operations! {
    ListBuckets Service Read;
    GetPublicAccessBlock Service Read;
    PutPublicAccessBlock Service Manage;
    DeletePublicAccessBlock Service Manage;
    PutBucket Bucket Manage;
    DeleteBucket Bucket Manage;
    ListObjects Bucket Read;
    ListObjectsV2 Bucket Read;
    ListObjectVersions Bucket Read;
    ListMultipartUploads Bucket Read;
    ListLiveChannel Bucket Read;
    GetBucketInfo Bucket Read;
    GetBucketLocation Bucket Read;
    GetBucketStat Bucket Read;
    GetBucketAcl Bucket Read;
    PutBucketAcl Bucket Manage;
    GetBucketVersioning Bucket Read;
    PutBucketVersioning Bucket Manage;
    GetBucketWebsite Bucket Read;
    PutBucketWebsite Bucket Manage;
    DeleteBucketWebsite Bucket Manage;
    DeleteMultipleObjects Bucket Write;
    PostObject Bucket Write;
    PutBucketPublicAccessBlock Bucket Manage;
    DeleteBucketPublicAccessBlock Bucket Manage;
    GetBucketStorageCapacity Bucket Read;
    GetBucketOverwriteConfig Bucket Read;
    GetBucketCallbackPolicy Bucket Read;
    ListAccessPoints Bucket Read;
    GetAccessPoint Bucket Read;
    GetAccessPointPolicy Bucket Read;
    GetAccessPointForObjectProcess Bucket Read;
    GetAccessPointConfigForObjectProcess Bucket Read;
    GetAccessPointPolicyForObjectProcess Bucket Read;
    GetBucketAccessMonitor Bucket Read;
    GetBucketArchiveDirectRead Bucket Read;
    PutBucketArchiveDirectRead Bucket Manage;
    GetBucketCors Bucket Read;
    PutBucketCors Bucket Manage;
    DeleteBucketCors Bucket Manage;
    GetBucketEncryption Bucket Read;
    PutBucketEncryption Bucket Manage;
    DeleteBucketEncryption Bucket Manage;
    GetBucketHttpsConfig Bucket Read;
    GetBucketInventory Bucket Read;
    GetBucketLifecycle Bucket Read;
    PutBucketLifecycle Bucket Manage;
    DeleteBucketLifecycle Bucket Manage;
    GetBucketLogging Bucket Read;
    GetBucketPolicy Bucket Read;
    PutBucketPolicy Bucket Manage;
    DeleteBucketPolicy Bucket Manage;
    GetBucketPolicyStatus Bucket Read;
    GetBucketPublicAccessBlock Bucket Read;
    GetBucketReferer Bucket Read;
    PutBucketReferer Bucket Manage;
    GetBucketReplication Bucket Read;
    GetBucketReplicationLocation Bucket Read;
    GetBucketReplicationProgress Bucket Read;
    GetBucketRequestPayment Bucket Read;
    PutBucketRequestPayment Bucket Manage;
    GetBucketResourceGroup Bucket Read;
    GetBucketTags Bucket Read;
    PutBucketTags Bucket Manage;
    DeleteBucketTags Bucket Manage;
    GetBucketTransferAcceleration Bucket Read;
    GetBucketWorm Bucket Read;
    GetMetaQueryStatus Bucket Read;
    GetStyle Bucket Read;
    GetUserDefinedLogFieldsConfig Bucket Read;
    ListBucketDataRedundancyTransition Bucket Read;
    ListBucketInventory Bucket Read;
    ListCname Bucket Read;
    ListStyle Bucket Read;
    GetObjectTagging Object Read;
    PutObjectTagging Object Write;
    DeleteObjectTagging Object Write;
    GetSymlink Object Read;
    PutSymlink Object Write;
    GetLiveChannelInfo Object Read;
    GetObject Object Read;
    HeadObject Object Read;
    GetObjectMeta Object Read;
    PutObject Object Write;
    AppendObject Object Write;
    SealAppendObject Object Write;
    RestoreObject Object Write;
    CleanRestoredObject Object Write;
    CopyObject Object Write;
    DeleteObject Object Write;
    GetObjectAcl Object Read;
    PutObjectAcl Object Write;
    InitiateMultipartUpload Object Write;
    UploadPart Object Write;
    UploadPartCopy Object Write;
    CompleteMultipartUpload Object Write;
    AbortMultipartUpload Object Write;
    ListParts Object Read;
    OptionObject Object Read;
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}
