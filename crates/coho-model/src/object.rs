//! The record of an object.

use crate::{
    BlobId, Crc64, DataKeyId, ETag, LifecycleSubject, ObjectAcl, ObjectAttributes, ObjectEncryption, ObjectHeaders,
    ObjectKey, ObjectVersion, Provenance, Restore, SseAlgorithm, StorageClass, Timestamp,
};
use bytes::Bytes;
use std::sync::Arc;

/// How the object was created (`x-oss-object-type`, `<Type>` in listings).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum ObjectType {
    Normal,
    Multipart,
    Appendable,
    Symlink,
}

/// A byte range of a blob that belongs to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Extent {
    /// The blob.
    pub blob: BlobId,
    /// Offset in the blob.
    pub offset: u64,
    /// Length in bytes.
    pub length: u64,
}

/// Where an object's bytes are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// In the metadata engine, under their own blob id.
    Inline {
        /// The id.
        blob: BlobId,
        /// The bytes.
        bytes: Bytes,
    },
    /// In the blob store, as consecutive extents.
    Extents(Arc<[Extent]>),
}

/// One version of an object: the current one, unless it was read as a noncurrent version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectRecord {
    /// Length of the content in bytes.
    pub size: u64,
    /// Entity tag.
    pub etag: ETag,
    /// CRC-64 of the content.
    pub crc64: Crc64,
    /// MD5 of the content, where it is known and not the entity tag: of objects from sequential uploads.
    pub whole_md5: Option<[u8; 16]>,
    /// How the object was created.
    pub object_type: ObjectType,
    /// The storage class label.
    pub storage_class: StorageClass,
    /// The object's own ACL.
    pub acl: ObjectAcl,
    /// The time of the write.
    pub modified: Timestamp,
    /// The headers returned with the object.
    pub headers: ObjectHeaders,
    /// Where the object was mirrored from.
    pub mirrored_from: Option<Arc<Provenance>>,
    /// What few objects have.
    pub attributes: Option<Arc<ObjectAttributes>>,
    /// Which version of its key it is.
    pub version: ObjectVersion,
    /// Where the bytes are stored.
    pub body: Body,
}

/// An object as listings show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectSummary {
    /// The key.
    pub key: ObjectKey,
    /// Length in bytes.
    pub size: u64,
    /// Entity tag.
    pub etag: ETag,
    /// How the object was created.
    pub object_type: ObjectType,
    /// The storage class.
    pub storage_class: StorageClass,
    /// The last restore, of an object of an archive class.
    pub restore: Option<Restore>,
    /// The time of the write.
    pub modified: Timestamp,
}

impl ObjectRecord {
    /// Whether an origin delivered the object as it is, headers included: nothing but the origin is needed to have it again.
    pub fn is_as_fetched(&self) -> bool {
        self.mirrored_from.as_ref().is_some_and(|from| from.rewritten.is_none())
    }

    /// The object as lifecycle rules look at it.
    pub fn lifecycle_subject<'a>(&'a self, key: &'a ObjectKey) -> LifecycleSubject<'a> {
        LifecycleSubject {
            key: key.as_str(),
            size: self.size,
            modified: self.modified,
            object_type: self.object_type,
            is_sealed: self.attributes.as_ref().is_some_and(|attributes| attributes.sealed.is_some()),
            storage_class: self.storage_class,
            tags: Some(self.attributes.as_deref().map_or(&[], |attributes| attributes.tags.as_pairs())),
        }
    }
}

impl ObjectType {
    /// The wire text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "Normal",
            Self::Multipart => "Multipart",
            Self::Appendable => "Appendable",
            Self::Symlink => "Symlink",
        }
    }
}

impl Body {
    /// A body without bytes: an empty list of extents.
    pub fn empty() -> Self {
        Self::Extents(Arc::from([]))
    }

    /// The blobs in the blob store that hold the body.
    pub fn file_blobs(&self) -> impl Iterator<Item = BlobId> + '_ {
        let extents: &[Extent] = match self {
            Self::Inline { .. } => &[],
            Self::Extents(extents) => extents,
        };
        extents.iter().map(|extent| extent.blob)
    }

    /// The inline row that holds the body.
    pub fn inline_blob(&self) -> Option<BlobId> {
        match self {
            Self::Inline { blob, .. } => Some(*blob),
            Self::Extents(_) => None,
        }
    }

    /// The number of bytes stored with the metadata.
    pub fn inline_bytes(&self) -> usize {
        match self {
            Self::Inline { bytes, .. } => bytes.len(),
            Self::Extents(_) => 0,
        }
    }

    /// Whether both bodies refer to the same stored bytes.
    pub fn same_place(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Inline { blob: a, .. }, Self::Inline { blob: b, .. }) => a == b,
            (Self::Extents(a), Self::Extents(b)) => a == b,
            _ => false,
        }
    }
}

impl ObjectRecord {
    /// What a listing shows of the object.
    pub fn summary(&self, key: ObjectKey) -> ObjectSummary {
        ObjectSummary {
            key,
            size: self.size,
            etag: self.etag,
            object_type: self.object_type,
            storage_class: self.storage_class,
            restore: self.restore().filter(|_| self.storage_class.is_archived()),
            modified: self.modified,
        }
    }

    /// The key that a symbolic link names.
    pub fn symlink_target(&self) -> Option<&str> {
        self.attributes.as_ref()?.symlink_target.as_deref().filter(|_| self.object_type == ObjectType::Symlink)
    }

    /// How the bytes are encrypted, if they are.
    pub fn encryption(&self) -> Option<&ObjectEncryption> {
        self.attributes.as_ref()?.encryption.as_deref()
    }

    /// What is shown of it.
    pub fn algorithm(&self) -> Option<SseAlgorithm> {
        self.encryption().map(|encryption| encryption.algorithm)
    }

    /// The key of the bytes, if they are encrypted.
    pub(crate) fn data_key(&self) -> Option<DataKeyId> {
        self.encryption().map(|encryption| encryption.key.id)
    }

    /// What a read of this symbolic link shows. OSS: bytes, size, entity tag and checksums of the target, the later of both dates,
    /// and all else of the link.
    #[must_use]
    pub fn following(&self, target: &Self) -> Self {
        let attributes = match (self.encryption(), target.encryption()) {
            (None, None) => self.attributes.clone(),
            (_, encryption) => ObjectAttributes::with_encryption(self.attributes.as_deref(), encryption.cloned()),
        };
        Self {
            size: target.size,
            etag: target.etag,
            crc64: target.crc64,
            whole_md5: target.content_md5(),
            modified: self.modified.max(target.modified),
            body: target.body.clone(),
            attributes,
            ..self.clone()
        }
    }

    /// The MD5 of the content, which is known for objects that were uploaded in one request or in a sequential upload.
    pub fn content_md5(&self) -> Option<[u8; 16]> {
        let is_etag = self.etag.parts == 0 && matches!(self.object_type, ObjectType::Normal | ObjectType::Multipart);
        self.whole_md5.or(is_etag.then_some(self.etag.bits))
    }
}
