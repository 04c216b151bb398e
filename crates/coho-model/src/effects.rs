//! What a change writes, as data that every engine makes atomic and durable.

use crate::{BlobId, DeleteMarker, ObjectRecord, PartRecord, UploadRecord, VersionId};
use std::sync::Arc;

/// What happens to one row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Row<T> {
    /// The row stays as it is.
    #[default]
    Keep,
    /// The row is written and replaces an older one.
    Write(T),
    /// The row is removed.
    Remove,
}

/// A difference to a bucket's counters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StatDelta {
    /// Objects.
    pub objects: i64,
    /// Their bytes.
    pub bytes: i64,
    /// Objects among them whose bytes came from an origin.
    pub mirrored_objects: i64,
    /// Their bytes.
    pub mirrored_bytes: i64,
    /// Uploads.
    pub uploads: i64,
    /// Parts.
    pub parts: i64,
    /// Delete markers.
    pub delete_markers: i64,
}

/// A noncurrent version or a delete marker that is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemovedVersion {
    /// Its sequence number.
    pub sequence: u64,
    /// Its inline body, which is removed with it.
    pub inline: Option<BlobId>,
}

/// The version that a change was about, in a bucket whose versioning is or was enabled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangedVersion {
    /// Its id.
    pub id: VersionId,
    /// Whether it is, or was, a delete marker.
    pub is_marker: bool,
}

/// Everything that one change of a key or an upload writes.
///
/// An engine keeps the current object of a key apart from its noncurrent versions and delete markers. It writes in the order of the
/// fields here: a version may leave a place before another one takes it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Effects {
    /// Noncurrent versions and delete markers that are removed.
    pub removed_versions: Vec<RemovedVersion>,
    /// Whether the current object becomes a noncurrent version, with its bytes where they are.
    pub retire: bool,
    /// The object's row.
    pub object: Row<Arc<ObjectRecord>>,
    /// A delete marker to write.
    pub marker: Option<DeleteMarker>,
    /// The noncurrent version with this sequence number becomes the current object, with its bytes where they are.
    pub promote: Option<u64>,
    /// A noncurrent version whose headers, ACL, storage class or attributes are replaced.
    pub revised_version: Option<Arc<ObjectRecord>>,
    /// The version that the change was about.
    pub version: Option<ChangedVersion>,
    /// The upload's row.
    pub upload: Row<UploadRecord>,
    /// A part to write; it replaces an older one of the same number.
    pub part: Option<PartRecord>,
    /// Whether all parts of the upload are removed.
    pub remove_parts: bool,
    /// Files without any reference left; the sweeper removes them.
    pub garbage: Vec<BlobId>,
    /// Inline bodies of the current object without any reference left.
    pub inline_garbage: Vec<BlobId>,
    /// The difference to the bucket's counters.
    pub stat: StatDelta,
}

impl StatDelta {
    /// Adds another difference.
    pub fn add(&mut self, other: Self) {
        self.objects += other.objects;
        self.bytes += other.bytes;
        self.mirrored_objects += other.mirrored_objects;
        self.mirrored_bytes += other.mirrored_bytes;
        self.uploads += other.uploads;
        self.parts += other.parts;
        self.delete_markers += other.delete_markers;
    }

    /// Counts an object that is stored now.
    pub fn count(&mut self, object: &ObjectRecord) {
        self.count_times(object, 1);
    }

    /// Counts an object that is removed.
    pub fn discount(&mut self, object: &ObjectRecord) {
        self.count_times(object, -1);
    }

    fn count_times(&mut self, object: &ObjectRecord, times: i64) {
        let bytes = times * object.size as i64;
        self.objects += times;
        self.bytes += bytes;
        if object.mirrored_from.is_some() {
            self.mirrored_objects += times;
            self.mirrored_bytes += bytes;
        }
    }
}

impl Effects {
    /// Whether reads of the key's current object give something else than before.
    pub fn touches_object(&self) -> bool {
        self.retire || self.promote.is_some() || self.object != Row::Keep
    }

    /// Replaces `old` by `new`, or removes it, and records the garbage.
    pub(crate) fn replace_object(&mut self, old: Option<&ObjectRecord>, new: Option<Arc<ObjectRecord>>) {
        if let Some(old) = old {
            self.stat.discount(old);
            let kept = new.as_ref().is_some_and(|new| new.body.same_place(&old.body));
            if !kept {
                self.garbage.extend(old.body.file_blobs());
                self.inline_garbage.extend(old.body.inline_blob());
            }
        }
        if let Some(new) = &new {
            self.stat.count(new);
        }
        self.object = match new {
            Some(new) => Row::Write(new),
            None if old.is_some() => Row::Remove,
            None => Row::Keep,
        };
    }
}
