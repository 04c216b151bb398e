//! What a change writes, as data that every engine makes atomic and durable.

use crate::{BlobId, ObjectRecord, PartRecord, UploadRecord};
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
    /// Uploads.
    pub uploads: i64,
    /// Parts.
    pub parts: i64,
}

/// Everything that one change of a key or an upload writes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Effects {
    /// The object's row.
    pub object: Row<Arc<ObjectRecord>>,
    /// The upload's row.
    pub upload: Row<UploadRecord>,
    /// A part to write; it replaces an older one of the same number.
    pub part: Option<PartRecord>,
    /// Whether all parts of the upload are removed.
    pub remove_parts: bool,
    /// Files without any reference left; the sweeper removes them.
    pub garbage: Vec<BlobId>,
    /// Inline bodies without any reference left.
    pub inline_garbage: Vec<BlobId>,
    /// The difference to the bucket's counters.
    pub stat: StatDelta,
}

impl StatDelta {
    /// Adds another difference.
    pub fn add(&mut self, other: Self) {
        self.objects += other.objects;
        self.bytes += other.bytes;
        self.uploads += other.uploads;
        self.parts += other.parts;
    }
}

impl Effects {
    /// Replaces `old` by `new`, or removes it, and records the garbage.
    pub(crate) fn replace_object(&mut self, old: Option<&ObjectRecord>, new: Option<Arc<ObjectRecord>>) {
        if let Some(old) = old {
            self.stat.objects -= 1;
            self.stat.bytes -= old.size as i64;
            let kept = new.as_ref().is_some_and(|new| new.body.same_place(&old.body));
            if !kept {
                self.garbage.extend(old.body.file_blobs());
                self.inline_garbage.extend(old.body.inline_blob());
            }
        }
        if let Some(new) = &new {
            self.stat.objects += 1;
            self.stat.bytes += new.size as i64;
        }
        self.object = match new {
            Some(new) => Row::Write(new),
            None if old.is_some() => Row::Remove,
            None => Row::Keep,
        };
    }
}
