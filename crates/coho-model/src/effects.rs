//! What a change writes, as data that every engine can make atomic and durable.

use crate::{BlobId, ObjectRecord, PartRecord, UploadRecord};
use std::sync::Arc;

/// What becomes of one row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Row<T> {
    /// It stays as it is.
    #[default]
    Keep,
    /// It is written, over an older one if there is one.
    Write(T),
    /// It goes.
    Remove,
}

/// How a bucket's counters move.
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

/// All that follows from one change of a key or an upload.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Effects {
    /// The object's row.
    pub object: Row<Arc<ObjectRecord>>,
    /// The upload's row.
    pub upload: Row<UploadRecord>,
    /// A part to write, over an older one of its number.
    pub part: Option<PartRecord>,
    /// All parts of the upload go.
    pub remove_parts: bool,
    /// Files that nothing refers to any more; the sweeper removes them.
    pub garbage: Vec<BlobId>,
    /// Inline bodies that nothing refers to any more.
    pub inline_garbage: Vec<BlobId>,
    /// How the counters of the bucket move.
    pub stat: StatDelta,
    /// The key's fill token goes: what is written now came after the fill began.
    pub revoke_fill: bool,
}

impl StatDelta {
    /// Adds another move.
    pub fn add(&mut self, other: Self) {
        self.objects += other.objects;
        self.bytes += other.bytes;
        self.uploads += other.uploads;
        self.parts += other.parts;
    }
}

impl Effects {
    /// Puts `new` (or nothing) in the place of `old`, and counts what that frees.
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
        self.revoke_fill = true;
    }
}
