//! One transaction of the writer: changes are applied one after the other, each upon what those before it wrote.
//!
//! Invariant: a refused change writes nothing. An error of the engine ends the whole batch, which is rolled back.

use super::{
    Shared, bucket_rows,
    effects::{self, InlineBytes, Place},
    failure::Failure,
    job::{Change, Outcome},
    record_cache::Held,
};
use crate::buckets::BucketTable;
use coho_model::{
    BlobId, BucketChange, BucketEffects, BucketFound, BucketId, BucketName, BucketRecord, Effects, KeyChange, KeyFound,
    ObjectKey, ObjectRecord, Refusal, Row, StatDelta, Timestamp, UploadChange, UploadFound, UploadId,
};
use rusqlite::Connection;
use std::{collections::HashMap, sync::Arc};

/// What a change came to: its outcome or its refusal, or the error that ends the batch.
type Applied = Result<Result<Outcome, Refusal>, Failure>;

pub(super) struct Batch<'t, 's> {
    connection: &'t Connection,
    shared: &'s Shared,
    /// The buckets as the changes so far leave them.
    buckets: &'t mut BucketTable,
    counters: HashMap<BucketId, StatDelta>,
    bucket_writes: Vec<BucketWrite>,
    /// Keys whose object or fill token changed.
    touched: Vec<(BucketId, ObjectKey)>,
}

/// A change to the buckets that readers do not see yet.
enum BucketWrite {
    Write(Arc<BucketRecord>),
    Remove(BucketName, BucketId),
}

/// What is to be made visible once the batch is committed.
pub(super) struct Written<'c> {
    bucket_writes: Vec<BucketWrite>,
    touched: Vec<(BucketId, ObjectKey)>,
    /// Dropped when the file has the new records.
    _held: Vec<Held<'c>>,
}

impl<'t, 's> Batch<'t, 's> {
    /// Begins with the buckets as they are; the transaction is open.
    pub(super) fn new(connection: &'t Connection, shared: &'s Shared, buckets: &'t mut BucketTable) -> Self {
        let (counters, bucket_writes, touched) = Default::default();
        Self { connection, shared, buckets, counters, bucket_writes, touched }
    }

    pub(super) fn apply(&mut self, change: &Change) -> Applied {
        match change {
            Change::Bucket { name, change } => self.bucket(name, change),
            Change::Key { bucket, key, change, at } => self.key(*bucket, key, change, *at),
            Change::Upload { bucket, key, id, change, at } => self.upload(*bucket, key, *id, change, *at),
            Change::Forget { blobs } => self.forget(blobs),
        }
    }

    /// Writes what was added up, and takes the places in the record cache. The commit comes next.
    pub(super) fn finish(mut self) -> Result<Written<'s>, Failure> {
        for (bucket, delta) in self.counters.drain().filter(|(_, delta)| *delta != StatDelta::default()) {
            effects::write_counters(self.connection, bucket, delta)?;
        }
        // Changes come sorted, so those of one key stand together.
        self.touched.dedup();
        let cache = &self.shared.cache;
        let held = self.touched.iter().map(|(bucket, key)| cache.hold(*bucket, key)).collect();
        Ok(Written { bucket_writes: self.bucket_writes, touched: self.touched, _held: held })
    }

    fn bucket(&mut self, name: &BucketName, change: &BucketChange) -> Applied {
        let bucket = self.buckets.get(name).cloned();
        let occupied = match (&bucket, change) {
            (Some(bucket), BucketChange::Delete) => bucket_rows::is_occupied(self.connection, bucket.id)?,
            _ => false,
        };
        let owned = match change {
            BucketChange::Create(new) => self.buckets.owned_by(&new.owner),
            _ => 0,
        };
        let found = BucketFound { bucket: bucket.as_deref(), occupied, owned };
        let effects = match change.apply(name, found) {
            Ok(effects) => effects,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let bucket = match effects {
            BucketEffects::Keep => bucket,
            BucketEffects::Write(record) => {
                bucket_rows::write(self.connection, &record, &*self.shared.settings)?;
                self.buckets.write(record.clone());
                self.bucket_writes.push(BucketWrite::Write(record.clone()));
                Some(record)
            }
            BucketEffects::Remove(id) => {
                bucket_rows::remove(self.connection, id)?;
                self.buckets.remove(name);
                self.bucket_writes.push(BucketWrite::Remove(name.clone(), id));
                None
            }
        };
        Ok(Ok(Outcome { bucket, object: None }))
    }

    fn key(&mut self, bucket: BucketId, key: &ObjectKey, change: &KeyChange, at: Timestamp) -> Applied {
        let bucket_exists = self.buckets.has(bucket);
        // Only a change that keeps the bytes hands them on; the others look at their place alone.
        let inline = match change {
            KeyChange::SetAcl(_) | KeyChange::Rewrite { .. } => InlineBytes::Read,
            KeyChange::Put { .. } | KeyChange::Fill { .. } | KeyChange::Delete => InlineBytes::Skip,
        };
        let object = if bucket_exists { effects::read_object(self.connection, bucket, key, inline)? } else { None };
        let fill = self.shared.fills.get(bucket, key);
        match change.apply(key, KeyFound { bucket_exists, object: object.as_ref(), fill }) {
            Ok(effects) => {
                self.write(Place { bucket, key, upload: None }, &effects, object.as_ref(), at)?;
                Ok(Ok(Outcome { bucket: None, object: written_object(effects) }))
            }
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    fn upload(
        &mut self,
        bucket: BucketId,
        key: &ObjectKey,
        id: UploadId,
        change: &UploadChange,
        at: Timestamp,
    ) -> Applied {
        let connection = self.connection;
        let bucket_exists = self.buckets.has(bucket);
        let (mut upload, mut parts, mut object) = (None, Vec::new(), None);
        if bucket_exists && !matches!(change, UploadChange::Begin(_)) {
            upload = effects::read_upload(connection, bucket, key, id)?;
        }
        match change {
            _ if upload.is_none() => {}
            UploadChange::Begin(_) => {}
            UploadChange::PutPart(part) => {
                let before = part.number.saturating_sub(1);
                parts = effects::read_parts(connection, bucket, id, before, 1)?;
                parts.retain(|there| there.number == part.number);
            }
            UploadChange::Complete(_) | UploadChange::Abort => {
                parts = effects::read_parts(connection, bucket, id, 0, usize::MAX)?;
            }
        }
        if upload.is_some() && matches!(change, UploadChange::Complete(_)) {
            object = effects::read_object(connection, bucket, key, InlineBytes::Skip)?;
        }
        let found = UploadFound { bucket_exists, upload: upload.as_ref(), parts: &parts, object: object.as_ref() };
        match change.apply(key, found) {
            Ok(effects) => {
                self.write(Place { bucket, key, upload: Some(id) }, &effects, object.as_ref(), at)?;
                Ok(Ok(Outcome { bucket: None, object: written_object(effects) }))
            }
            Err(refusal) => Ok(Err(refusal)),
        }
    }

    fn forget(&mut self, blobs: &[BlobId]) -> Applied {
        for blob in blobs {
            effects::execute(self.connection, "DELETE FROM garbage WHERE blob_id = ?1", (blob.to_bytes(),))?;
        }
        Ok(Ok(Outcome::default()))
    }

    fn write(
        &mut self,
        place: Place<'_>,
        effects: &Effects,
        old: Option<&ObjectRecord>,
        at: Timestamp,
    ) -> Result<(), Failure> {
        let old_inline = old.and_then(|old| old.body.inline_blob());
        effects::write(self.connection, place, effects, old_inline, at)?;
        self.counters.entry(place.bucket).or_default().add(effects.stat);
        if effects.revoke_fill {
            self.shared.fills.revoke(place.bucket, place.key);
        }
        if effects.revoke_fill || effects.object != Row::Keep {
            self.touched.push((place.bucket, place.key.clone()));
        }
        Ok(())
    }
}

impl Written<'_> {
    /// Shows readers what is now durable.
    pub(super) fn publish(self, shared: &Shared) {
        for (bucket, key) in &self.touched {
            shared.fills.revoke(*bucket, key);
        }
        if self.bucket_writes.is_empty() {
            return;
        }
        let mut removed = Vec::new();
        {
            let mut buckets = shared.buckets_mut();
            for write in self.bucket_writes {
                match write {
                    BucketWrite::Write(record) => buckets.write(record),
                    BucketWrite::Remove(name, id) => {
                        buckets.remove(&name);
                        removed.push(id);
                    }
                }
            }
        }
        // Behind the removal from sight: see `FillTokens::begin`.
        for id in removed {
            shared.fills.drop_bucket(id);
        }
    }
}

fn written_object(effects: Effects) -> Option<Arc<ObjectRecord>> {
    match effects.object {
        Row::Write(object) => Some(object),
        Row::Keep | Row::Remove => None,
    }
}
