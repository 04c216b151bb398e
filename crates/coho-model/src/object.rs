//! Objects as they are recorded.

use crate::{BlobId, Crc64, ETag, ObjectAcl, ObjectHeaders, ObjectKey, Provenance, StorageClass, Timestamp};
use bytes::Bytes;
use std::sync::Arc;

/// How an object came to be (`x-oss-object-type`, `<Type>` in lists).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum ObjectType {
    Normal,
    Multipart,
}

/// A run of bytes of an object: a part of a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Extent {
    /// The blob that holds them.
    pub blob: BlobId,
    /// Where in the blob they begin.
    pub offset: u64,
    /// How many bytes.
    pub length: u64,
}

/// Where an object's bytes are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// In the metadata engine, under a blob id of their own.
    Inline {
        /// The id.
        blob: BlobId,
        /// The bytes.
        bytes: Bytes,
    },
    /// In the blob store, one run after the other.
    Extents(Arc<[Extent]>),
}

/// The current version of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectRecord {
    /// Length of the content in bytes.
    pub size: u64,
    /// Entity tag.
    pub etag: ETag,
    /// CRC-64 of the content.
    pub crc64: Crc64,
    /// How it was made.
    pub object_type: ObjectType,
    /// Its label.
    pub storage_class: StorageClass,
    /// Its own ACL.
    pub acl: ObjectAcl,
    /// When it was written.
    pub modified: Timestamp,
    /// What is given back with it.
    pub headers: ObjectHeaders,
    /// Where it was mirrored from.
    pub mirrored_from: Option<Arc<Provenance>>,
    /// Its bytes.
    pub body: Body,
}

/// What a listing shows of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectSummary {
    /// Its name.
    pub key: ObjectKey,
    /// Length in bytes.
    pub size: u64,
    /// Entity tag.
    pub etag: ETag,
    /// How it was made.
    pub object_type: ObjectType,
    /// Its label.
    pub storage_class: StorageClass,
    /// When it was written.
    pub modified: Timestamp,
}

impl ObjectType {
    /// The wire text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::Multipart => "Multipart",
        }
    }
}

impl Body {
    /// An empty run of extents: no bytes at all.
    pub fn empty() -> Self {
        Self::Extents(Arc::from([]))
    }

    /// The files that hold it.
    pub fn file_blobs(&self) -> impl Iterator<Item = BlobId> + '_ {
        let extents: &[Extent] = match self {
            Self::Inline { .. } => &[],
            Self::Extents(extents) => extents,
        };
        extents.iter().map(|extent| extent.blob)
    }

    /// The inline row that holds it.
    pub fn inline_blob(&self) -> Option<BlobId> {
        match self {
            Self::Inline { blob, .. } => Some(*blob),
            Self::Extents(_) => None,
        }
    }

    /// How many bytes are kept with the metadata.
    pub fn inline_bytes(&self) -> usize {
        match self {
            Self::Inline { bytes, .. } => bytes.len(),
            Self::Extents(_) => 0,
        }
    }

    /// Whether both are the same bytes at the same place.
    pub fn same_place(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Inline { blob: a, .. }, Self::Inline { blob: b, .. }) => a == b,
            (Self::Extents(a), Self::Extents(b)) => a == b,
            _ => false,
        }
    }
}

impl ObjectRecord {
    /// MD5 of the content, known for objects that were uploaded in one piece.
    pub fn content_md5(&self) -> Option<[u8; 16]> {
        (self.etag.parts == 0).then_some(self.etag.md5)
    }
}
