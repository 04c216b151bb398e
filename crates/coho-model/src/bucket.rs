//! The record of a bucket.

use crate::{
    BucketAcl, BucketConfigurations, BucketId, BucketName, MirrorPolicy, StatDelta, StorageClass, Timestamp,
    Versioning, website::WebsiteConfiguration,
};
use std::sync::Arc;

/// The redundancy type. Coho only stores it as a label.
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
    /// The id, which is never reused.
    pub id: BucketId,
    /// The name.
    pub name: BucketName,
    /// The account that created the bucket.
    pub owner: Arc<str>,
    /// The creation time.
    pub created: Timestamp,
    /// Access to the bucket's objects.
    pub acl: BucketAcl,
    /// The storage class of objects that are written without one.
    pub storage_class: StorageClass,
    /// The redundancy label.
    pub redundancy: DataRedundancy,
    /// Static website and back-to-origin rules.
    pub website: Option<Arc<WebsiteConfiguration>>,
    /// How the bucket fetches from its origins.
    pub mirror: MirrorPolicy,
    /// Its further configurations.
    pub configurations: Arc<BucketConfigurations>,
}

/// The contents of a bucket as counters, updated with every change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BucketStat {
    /// Number of objects; every version counts.
    pub objects: u64,
    /// Total bytes of the objects, of all their versions.
    pub bytes: u64,
    /// Number of objects among them whose bytes came from an origin.
    pub mirrored_objects: u64,
    /// Their bytes.
    pub mirrored_bytes: u64,
    /// Number of multipart uploads that are neither completed nor aborted.
    pub uploads: u64,
    /// Number of parts of these uploads.
    pub parts: u64,
    /// Number of delete markers.
    pub delete_markers: u64,
}

impl BucketStat {
    /// The counters after a difference.
    #[must_use]
    pub fn moved(self, delta: StatDelta) -> Self {
        Self {
            objects: self.objects.saturating_add_signed(delta.objects),
            bytes: self.bytes.saturating_add_signed(delta.bytes),
            mirrored_objects: self.mirrored_objects.saturating_add_signed(delta.mirrored_objects),
            mirrored_bytes: self.mirrored_bytes.saturating_add_signed(delta.mirrored_bytes),
            uploads: self.uploads.saturating_add_signed(delta.uploads),
            parts: self.parts.saturating_add_signed(delta.parts),
            delete_markers: self.delete_markers.saturating_add_signed(delta.delete_markers),
        }
    }
}

impl BucketRecord {
    /// Whether the versions of its objects are kept.
    pub fn versioning(&self) -> Versioning {
        self.configurations.versioning
    }
}

impl DataRedundancy {
    /// The wire text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lrs => "LRS",
            Self::Zrs => "ZRS",
        }
    }

    /// Parses the wire text; `None` if it is unknown.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Lrs, Self::Zrs].into_iter().find(|redundancy| redundancy.as_str().eq_ignore_ascii_case(text))
    }
}
