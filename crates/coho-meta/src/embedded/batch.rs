//! One transaction of the writer: changes are applied one after the other, each upon what those before it wrote.
//!
//! Invariant: a refused change writes nothing. An error of the engine ends the whole batch, which is rolled back.

use super::{
    Shared, bucket_rows,
    effects::{self, InlineBytes, InlineHome, Place},
    failure::Failure,
    job::{Change, Outcome},
    record_cache::Held,
    segments::SegmentWriter,
};
use crate::{PlacedFill, buckets::BucketTable};
use coho_model::{
    BlobId, BucketChange, BucketEffects, BucketFound, BucketId, BucketName, BucketRecord, Effects, KeyChange, KeyFound,
    ObjectKey, ObjectRecord, Refusal, Row, StatDelta, Timestamp, UploadChange, UploadFound, UploadId,
};
use rusqlite::Connection;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// What a change came to: its outcome or its refusal, or the error that ends the batch.
type Applied = Result<Result<Outcome, Refusal>, Failure>;

pub(super) struct Batch<'t, 's> {
    connection: &'t Connection,
    shared: &'s Shared,
    /// The buckets as the changes so far leave them.
    buckets: &'t mut BucketTable,
    segments: &'t mut SegmentWriter,
    counters: HashMap<BucketId, StatDelta>,
    bucket_writes: Vec<BucketWrite>,
    /// Keys whose object or fill token changed.
    touched: Vec<(BucketId, ObjectKey)>,
    /// Unsettled objects whose rows this batch has written.
    settled: HashSet<(BucketId, ObjectKey)>,
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
    /// Keys of settled objects that nothing else has touched.
    settled: Vec<(BucketId, ObjectKey)>,
    /// Dropped when the file has the new records.
    _held: Vec<Held<'c>>,
}

impl<'t, 's> Batch<'t, 's> {
    /// Begins with the buckets as they are; the transaction is open.
    pub(super) fn new(
        connection: &'t Connection,
        shared: &'s Shared,
        buckets: &'t mut BucketTable,
        segments: &'t mut SegmentWriter,
    ) -> Self {
        let (counters, bucket_writes, touched, settled) = Default::default();
        Self { connection, shared, buckets, segments, counters, bucket_writes, touched, settled }
    }

    pub(super) fn apply(&mut self, change: &Change) -> Applied {
        match change {
            Change::Bucket { name, change } => self.bucket(name, change),
            Change::Key { bucket, key, change, at } => self.key(*bucket, key, change, *at),
            Change::Upload { bucket, key, id, change, at } => self.upload(*bucket, key, *id, change, *at),
            Change::Settle { fills, at } => self.settle(fills, *at),
            Change::Forget { blobs } => self.forget(blobs),
        }
    }

    /// Writes what was added up, and takes the places in the record cache. The commit comes next.
    pub(super) fn finish(mut self) -> Result<Written<'s>, Failure> {
        self.segments.finish(self.connection)?;
        for (bucket, delta) in self.counters.drain().filter(|(_, delta)| *delta != StatDelta::default()) {
            effects::write_counters(self.connection, bucket, delta)?;
        }
        // Changes come sorted, so those of one key stand together.
        self.touched.dedup();
        let cache = &self.shared.cache;
        let mut settled: Vec<_> = self.settled.into_iter().collect();
        settled.retain(|place| self.touched.binary_search(place).is_err());
        let places = self.touched.iter().chain(&settled);
        let held = places.map(|(bucket, key)| cache.hold(*bucket, key)).collect();
        Ok(Written { bucket_writes: self.bucket_writes, touched: self.touched, settled, _held: held })
    }

    fn bucket(&mut self, name: &BucketName, change: &BucketChange) -> Applied {
        let bucket = self.buckets.get(name).cloned();
        let occupied = match (&bucket, change) {
            (Some(bucket), BucketChange::Delete) => {
                self.shared.fills.close_bucket(bucket.id);
                // Unsettled objects that this batch has written, and perhaps removed again, are in the rows.
                self.has_unsettled(bucket.id) || bucket_rows::is_occupied(self.connection, bucket.id)?
            }
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
        Ok(Ok(Outcome { bucket, ..Outcome::default() }))
    }

    fn key(&mut self, bucket: BucketId, key: &ObjectKey, change: &KeyChange, at: Timestamp) -> Applied {
        let bucket_exists = self.buckets.has(bucket);
        // Only a change that keeps the bytes hands them on; the others look at their place alone.
        let inline = match change {
            KeyChange::SetAcl(_) | KeyChange::Rewrite { .. } => InlineBytes::Read,
            KeyChange::Put { .. } | KeyChange::Fill { .. } | KeyChange::Delete => InlineBytes::Skip,
        };
        loop {
            let unsettled = self.unsettled(bucket, key);
            if unsettled.is_some() && inline == InlineBytes::Read {
                return Ok(Ok(Outcome { unsettled: true, ..Outcome::default() }));
            }
            let object = match &unsettled {
                Some(object) => Some(object.clone()),
                None if bucket_exists => match self.read_object(bucket, key, inline) {
                    // Of this change alone: those beside it go on.
                    Err(failure @ Failure::SegmentBody { .. }) => {
                        return Ok(Ok(Outcome { damaged: Some(failure), ..Outcome::default() }));
                    }
                    read => read?,
                },
                None => None,
            };
            let fill = self.shared.fills.get(bucket, key);
            let effects = match change.apply(key, KeyFound { bucket_exists, object: object.as_deref(), fill }) {
                Ok(effects) => effects,
                Err(refusal) => return Ok(Err(refusal)),
            };
            if self.take_over(bucket, key, &effects, unsettled.as_ref(), at)? {
                self.write(Place { bucket, key, upload: None }, &effects, object.as_deref(), at)?;
                return Ok(Ok(Outcome { object: written_object(effects), ..Outcome::default() }));
            }
        }
    }

    /// Writes the rows of unsettled objects that are still there.
    fn settle(&mut self, fills: &[PlacedFill], at: Timestamp) -> Applied {
        let segment_bytes = fills.iter().map(|fill| fill.object.body.inline_bytes());
        let segment_bytes = segment_bytes.filter(|length| self.segments.takes(*length)).sum();
        let home = if self.segments.is_worth(segment_bytes) { InlineHome::Segment } else { InlineHome::Table };
        for PlacedFill { bucket, key, object } in fills {
            let there = self.unsettled(*bucket, key).is_some_and(|there| Arc::ptr_eq(&there, object));
            if there && self.buckets.has(*bucket) {
                self.settle_one(*bucket, key, object, home, at)?;
            }
        }
        Ok(Ok(Outcome::default()))
    }

    /// Writes the row of an unsettled object, which is visible already. A fill never finds another object under its key.
    fn settle_one(
        &mut self,
        bucket: BucketId,
        key: &ObjectKey,
        object: &Arc<ObjectRecord>,
        home: InlineHome,
        at: Timestamp,
    ) -> Result<(), Failure> {
        let effects = Effects {
            object: Row::Write(object.clone()),
            stat: StatDelta { objects: 1, bytes: object.size as i64, ..StatDelta::default() },
            ..Effects::default()
        };
        let place = Place { bucket, key, upload: None };
        effects::write(self.connection, self.segments, place, &effects, None, home, at)?;
        self.counters.entry(bucket).or_default().add(effects.stat);
        self.settled.insert((bucket, key.clone()));
        Ok(())
    }

    /// The object that has its row.
    fn read_object(
        &self,
        bucket: BucketId,
        key: &ObjectKey,
        inline: InlineBytes,
    ) -> Result<Option<Arc<ObjectRecord>>, Failure> {
        let object = effects::read_object(self.connection, self.segments.segments(), bucket, key, inline)?;
        Ok(object.map(Arc::new))
    }

    /// The unsettled object under that key, unless this batch has written its row.
    fn unsettled(&self, bucket: BucketId, key: &ObjectKey) -> Option<Arc<ObjectRecord>> {
        let object = self.shared.fills.unsettled(bucket, key)?;
        (!self.settled.contains(&(bucket, key.clone()))).then_some(object)
    }

    /// Whether the bucket has an unsettled object whose row this batch has not written.
    fn has_unsettled(&self, bucket: BucketId) -> bool {
        let (unsettled, _) = self.shared.fills.unsettled_stat(bucket);
        unsettled.objects > self.settled.iter().filter(|(of, _)| *of == bucket).count() as i64
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
        loop {
            let mut unsettled = None;
            if upload.is_some() && matches!(change, UploadChange::Complete(_)) {
                unsettled = self.unsettled(bucket, key);
                object = match &unsettled {
                    Some(object) => Some(object.clone()),
                    None => self.read_object(bucket, key, InlineBytes::Skip)?,
                };
            }
            let (upload, object) = (upload.as_ref(), object.as_deref());
            let effects = match change.apply(key, UploadFound { bucket_exists, upload, parts: &parts, object }) {
                Ok(effects) => effects,
                Err(refusal) => return Ok(Err(refusal)),
            };
            if self.take_over(bucket, key, &effects, unsettled.as_ref(), at)? {
                self.write(Place { bucket, key, upload: Some(id) }, &effects, object, at)?;
                return Ok(Ok(Outcome { object: written_object(effects), ..Outcome::default() }));
            }
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
        effects::write(self.connection, self.segments, place, effects, old_inline, InlineHome::Table, at)?;
        self.counters.entry(place.bucket).or_default().add(effects.stat);
        if effects.revoke_fill || effects.object != Row::Keep {
            self.touched.push((place.bucket, place.key.clone()));
        }
        Ok(())
    }

    /// Takes the key from fills for a change that was applied: their token, and the row of the unsettled object that the
    /// change has found. `false` if one was placed meanwhile that it has not seen.
    fn take_over(
        &mut self,
        bucket: BucketId,
        key: &ObjectKey,
        effects: &Effects,
        unsettled: Option<&Arc<ObjectRecord>>,
        at: Timestamp,
    ) -> Result<bool, Failure> {
        if !effects.revoke_fill {
            return Ok(true);
        }
        if self.settled.contains(&(bucket, key.clone())) {
            // The object that is still shown has its row, and the key was taken then.
            self.shared.fills.revoke(bucket, key);
        } else if !self.shared.fills.take(bucket, key, unsettled) {
            return Ok(false);
        }
        if let Some(object) = unsettled {
            self.settle_one(bucket, key, object, InlineHome::Table, at)?;
        }
        Ok(true)
    }
}

impl Written<'_> {
    /// Shows readers what is now durable.
    pub(super) fn publish(self, shared: &Shared) {
        for (bucket, key) in &self.touched {
            shared.fills.overwritten(*bucket, key);
        }
        for (bucket, key) in &self.settled {
            shared.fills.settled(*bucket, key);
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
        // Behind the removal from sight: see `Fills::begin`.
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
