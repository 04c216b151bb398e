//! Buckets as they are recorded.

use crate::{BucketAcl, BucketId, BucketName, MirrorPolicy, StorageClass, Timestamp, website::WebsiteConfiguration};
use std::sync::Arc;

/// How many copies in how many zones; a label here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[allow(missing_docs)]
pub enum DataRedundancy {
    #[default]
    Lrs,
    Zrs,
}

/// A bucket and its settings.
#[derive(Debug, Clone, PartialEq)]
pub struct BucketRecord {
    /// The id that is never used again.
    pub id: BucketId,
    /// The name.
    pub name: BucketName,
    /// The account that made it.
    pub owner: Arc<str>,
    /// When it was made.
    pub created: Timestamp,
    /// Who may use its objects.
    pub acl: BucketAcl,
    /// The label of objects that name none.
    pub storage_class: StorageClass,
    /// The redundancy label.
    pub redundancy: DataRedundancy,
    /// Static website and back-to-origin rules.
    pub website: Option<Arc<WebsiteConfiguration>>,
    /// How it fetches from its origins.
    pub mirror: MirrorPolicy,
}

/// What a bucket holds, kept up to date with every change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BucketStat {
    /// Objects.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Multipart uploads that are neither complete nor aborted.
    pub uploads: u64,
    /// Their parts.
    pub parts: u64,
}

impl DataRedundancy {
    /// The wire text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lrs => "LRS",
            Self::Zrs => "ZRS",
        }
    }

    /// Reads the wire text; `None` if it is unknown.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Lrs, Self::Zrs].into_iter().find(|redundancy| redundancy.as_str().eq_ignore_ascii_case(text))
    }
}
