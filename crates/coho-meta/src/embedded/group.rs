//! One transaction of the writer: a group of batches, each applied to what those before it have written.
//!
//! Invariant: a batch is decided whole before any of it is written, so a refused batch writes nothing. An error of the engine
//! ends the whole group, which is rolled back.

use super::{
    Shared, access, bucket_rows,
    effects::{self, InlineBytes, InlineHome, RowPlace},
    failure::Failure,
    job::Work,
    record_cache::Held,
    segments::SegmentWriter,
    traffic::{self, TrafficSizes},
    versions, website_versions,
};
use crate::{Batch, Change, Changed, MetaError, buckets::BucketTable};
use coho_model::{
    AccessChange, BlobId, BucketChange, BucketEffects, BucketFound, BucketId, BucketName, BucketRecord, Effects,
    KeyChange, KeyFound, KeyHistory, ObjectKey, ObjectRecord, PartRecord, PersistFill, Row, StatDelta, Timestamp,
    TrafficRow, UploadChange, UploadFound, UploadId, UploadRecord, VersionId, Versioning,
};
use rusqlite::Connection;
use std::{collections::HashMap, sync::Arc};

/// What a batch came to: what it changed or why it was not made, or the error that ends the group.
type Applied = Result<Result<Changed, MetaError>, Failure>;

pub(super) struct Group<'t, 's> {
    connection: &'t Connection,
    shared: &'s Shared,
    /// The buckets as the batches so far leave them.
    buckets: &'t mut BucketTable,
    segments: &'t mut SegmentWriter,
    traffic_sizes: &'t mut TrafficSizes,
    counters: HashMap<BucketId, StatDelta>,
    bucket_writes: Vec<BucketWrite>,
    /// Keys whose object changed.
    touched: Vec<(BucketId, ObjectKey)>,
}

/// A change to the buckets that readers do not see yet.
enum BucketWrite {
    Write(Arc<BucketRecord>),
    Remove(BucketName),
}

/// What is made visible once the group is committed.
pub(super) struct Written<'c> {
    bucket_writes: Vec<BucketWrite>,
    /// Dropped when the file has the new records.
    _held: Vec<Held<'c>>,
}

/// What the change of a batch writes, and where.
#[expect(clippy::large_enum_variant, reason = "there is one at a time, on the stack")]
enum RowEffects<'b> {
    Nothing,
    Bucket(Option<Arc<BucketRecord>>, BucketEffects),
    Object { place: RowPlace<'b>, effects: Effects, old_inline: Option<BlobId> },
}

/// Why a batch is not made.
enum NotMade {
    /// The batch alone; the others of the group are made.
    Batch(MetaError),
    Group(Failure),
}

impl<F: Into<Failure>> From<F> for NotMade {
    fn from(failure: F) -> Self {
        Self::Group(failure.into())
    }
}

impl<'t, 's> Group<'t, 's> {
    /// Begins with the buckets as they are; the transaction is open.
    pub(super) fn new(
        connection: &'t Connection,
        shared: &'s Shared,
        buckets: &'t mut BucketTable,
        segments: &'t mut SegmentWriter,
        traffic_sizes: &'t mut TrafficSizes,
    ) -> Self {
        let (counters, bucket_writes, touched) = Default::default();
        Self { connection, shared, buckets, segments, traffic_sizes, counters, bucket_writes, touched }
    }

    pub(super) fn apply(&mut self, work: &Work) -> Applied {
        let (batch, at) = match work {
            Work::Commit { batch, at } => (batch, *at),
            Work::Forget { blobs } => return self.forget(blobs),
            Work::AddTraffic { rows, at } => return self.add_traffic(rows, *at),
            Work::ChangeAccess(change) => return self.change_access(change),
        };
        match self.decide(batch) {
            Ok((fills, decided)) => Ok(Ok(self.write_batch(batch, &fills, decided, at)?)),
            Err(NotMade::Batch(error)) => Ok(Err(error)),
            Err(NotMade::Group(failure)) => Err(failure),
        }
    }

    /// Writes what was added up, and takes the places in the record cache. The commit comes next.
    pub(super) fn finish(mut self) -> Result<Written<'s>, Failure> {
        self.segments.finish(self.connection)?;
        for (bucket, delta) in self.counters.drain().filter(|(_, delta)| *delta != StatDelta::default()) {
            effects::write_counters(self.connection, bucket, delta)?;
        }
        self.touched.sort_unstable();
        self.touched.dedup();
        let cache = &self.shared.cache;
        let held = self.touched.iter().map(|(bucket, key)| cache.hold(*bucket, key)).collect();
        Ok(Written { bucket_writes: self.bucket_writes, _held: held })
    }

    fn decide<'b>(&self, batch: &'b Batch) -> Result<(Vec<Effects>, RowEffects<'b>), NotMade> {
        let fills = batch.fills.iter().map(|fill| self.decide_fill(fill)).collect::<Result<_, _>>()?;
        let decided = match &batch.change {
            None => RowEffects::Nothing,
            Some(Change::Bucket { name, change }) => self.decide_bucket(batch, name, change)?,
            Some(Change::Key { bucket, key, change }) => self.decide_key(batch, *bucket, key, change)?,
            Some(Change::Upload { bucket, key, id, change }) => self.decide_upload(batch, *bucket, key, *id, change)?,
        };
        Ok((fills, decided))
    }

    fn decide_fill(&self, fill: &PersistFill) -> Result<Effects, NotMade> {
        let object = self.row(fill.bucket, &fill.key, InlineBytes::Skip)?;
        let (bucket, history) = self.versions(fill.bucket, &fill.key, None)?;
        let found = KeyFound { bucket, object: object.as_deref(), history: history.as_ref() };
        fill.apply(found).map_err(NotMade::refused)
    }

    fn decide_bucket<'b>(
        &self,
        batch: &Batch,
        name: &BucketName,
        change: &BucketChange,
    ) -> Result<RowEffects<'b>, NotMade> {
        let bucket = self.buckets.get(name).cloned();
        let occupied = match (&bucket, change) {
            (Some(bucket), BucketChange::Delete) => {
                batch.fills_bucket(bucket.id) || bucket_rows::is_occupied(self.connection, bucket.id)?
            }
            _ => false,
        };
        let owned = match change {
            BucketChange::Create(new) => self.buckets.owned_by(&new.owner),
            _ => 0,
        };
        let website_version = match &bucket {
            Some(bucket) if change.needs_website_version() => website_versions::newest(self.connection, bucket.id)?,
            _ => 0,
        };
        let found = BucketFound { bucket: bucket.as_deref(), occupied, owned, website_version };
        let effects = change.apply(name, found).map_err(NotMade::refused)?;
        Ok(RowEffects::Bucket(bucket, effects))
    }

    fn decide_key<'b>(
        &self,
        batch: &Batch,
        bucket: BucketId,
        key: &'b ObjectKey,
        change: &KeyChange,
    ) -> Result<RowEffects<'b>, NotMade> {
        // Only a change that keeps the bytes copies them; the others need their place alone.
        let inline = if change.keeps_bytes() { InlineBytes::Read } else { InlineBytes::Skip };
        let object = self.object_after(batch, bucket, key, inline)?;
        let (versioning, history) = self.versions(bucket, key, change.named_version())?;
        let found = KeyFound { bucket: versioning, object: object.as_deref(), history: history.as_ref() };
        let effects = change.apply(key, found).map_err(NotMade::refused)?;
        let old_inline = object.and_then(|old| old.body.inline_blob());
        Ok(RowEffects::Object { place: RowPlace { bucket, key, upload: None }, effects, old_inline })
    }

    fn decide_upload<'b>(
        &self,
        batch: &Batch,
        bucket: BucketId,
        key: &'b ObjectKey,
        id: UploadId,
        change: &UploadChange,
    ) -> Result<RowEffects<'b>, NotMade> {
        let bucket_exists = self.buckets.has(bucket);
        let mut upload = None;
        if bucket_exists && !matches!(change, UploadChange::Begin(_)) {
            upload = effects::read_upload(self.connection, bucket, key, id)?;
        }
        let parts = self.parts_for(bucket, upload.as_ref(), change)?;
        let mut object = None;
        if upload.is_some() && change.writes_object() {
            object = self.object_after(batch, bucket, key, InlineBytes::Skip)?;
        }
        let (versioning, mut history) = (self.buckets.versioning(bucket), None);
        if change.writes_object() {
            history = self.versions(bucket, key, None)?.1;
        }
        let key_found = KeyFound { bucket: versioning, object: object.as_deref(), history: history.as_ref() };
        let found = UploadFound { key: key_found, upload: upload.as_ref(), parts: &parts };
        let effects = change.apply(key, found).map_err(NotMade::refused)?;
        let old_inline = object.and_then(|old| old.body.inline_blob());
        Ok(RowEffects::Object { place: RowPlace { bucket, key, upload: Some(id) }, effects, old_inline })
    }

    /// The versioning of a bucket, and what else than its object is stored of a key.
    fn versions(
        &self,
        bucket: BucketId,
        key: &ObjectKey,
        named: Option<VersionId>,
    ) -> Result<(Option<Versioning>, Option<KeyHistory>), Failure> {
        let versioning = self.buckets.versioning(bucket);
        let history = match versioning {
            Some(versioning) if versioning.is_versioned() => {
                Some(versions::history(self.connection, bucket, key, named)?)
            }
            Some(_) | None => None,
        };
        Ok((versioning, history))
    }

    /// The parts that the change looks at.
    fn parts_for(
        &self,
        bucket: BucketId,
        upload: Option<&UploadRecord>,
        change: &UploadChange,
    ) -> Result<Vec<PartRecord>, Failure> {
        let Some(upload) = upload else { return Ok(Vec::new()) };
        match change {
            UploadChange::Begin(_) | UploadChange::Reseal(_) => Ok(Vec::new()),
            UploadChange::PutPart(part) => {
                let wanted = if upload.is_sequential { 2 } else { 1 };
                let before = part.number.saturating_sub(wanted);
                let mut parts = effects::read_parts(self.connection, bucket, upload.id, before, wanted.into())?;
                parts.retain(|there| there.number <= part.number);
                Ok(parts)
            }
            UploadChange::Complete(_) | UploadChange::Abort => {
                effects::read_parts(self.connection, bucket, upload.id, 0, usize::MAX)
            }
        }
    }

    /// The object under a key after the batch's fills.
    fn object_after(
        &self,
        batch: &Batch,
        bucket: BucketId,
        key: &ObjectKey,
        inline: InlineBytes,
    ) -> Result<Option<Arc<ObjectRecord>>, NotMade> {
        match batch.filled(bucket, key) {
            Some(object) => Ok(Some(object.clone())),
            None => self.row(bucket, key, inline),
        }
    }

    fn row(
        &self,
        bucket: BucketId,
        key: &ObjectKey,
        inline: InlineBytes,
    ) -> Result<Option<Arc<ObjectRecord>>, NotMade> {
        if !self.buckets.has(bucket) {
            return Ok(None);
        }
        match effects::read_object(self.connection, self.segments.segments(), bucket, key, inline) {
            // It fails the changes of this object only.
            Err(failure @ Failure::SegmentBody { .. }) => {
                let segments = self.segments.segments();
                let record = || effects::read_object(self.connection, segments, bucket, key, InlineBytes::Skip);
                Err(NotMade::Batch(failure.of_object(record)))
            }
            read => Ok(read?.map(Arc::new)),
        }
    }

    fn write_batch(
        &mut self,
        batch: &Batch,
        fills: &[Effects],
        decided: RowEffects<'_>,
        at: Timestamp,
    ) -> Result<Changed, Failure> {
        let home = self.home(batch);
        for (PersistFill { bucket, key, .. }, effects) in batch.fills.iter().zip(fills) {
            self.write(RowPlace { bucket: *bucket, key, upload: None }, effects, None, home, at)?;
        }
        match decided {
            RowEffects::Nothing => Ok(Changed::default()),
            RowEffects::Bucket(bucket, effects) => {
                Ok(Changed { bucket: self.write_bucket(bucket, effects, at)?, ..Changed::default() })
            }
            RowEffects::Object { place, effects, old_inline } => {
                self.write(place, &effects, old_inline, InlineHome::Table, at)?;
                let version = effects.version;
                Ok(Changed { bucket: None, object: written_object(effects), version })
            }
        }
    }

    /// Where the inline bodies of a batch's fills go. Those that a change meets are replaced at once.
    fn home(&self, batch: &Batch) -> InlineHome {
        if batch.change.is_some() {
            return InlineHome::Table;
        }
        let lengths = batch.fills.iter().map(|fill| fill.object.body.inline_bytes());
        let bytes = lengths.filter(|length| self.segments.takes(*length)).sum();
        if self.segments.is_worth(bytes) { InlineHome::Segment } else { InlineHome::Table }
    }

    fn write_bucket(
        &mut self,
        bucket: Option<Arc<BucketRecord>>,
        effects: BucketEffects,
        at: Timestamp,
    ) -> Result<Option<Arc<BucketRecord>>, Failure> {
        match effects {
            BucketEffects::Keep => Ok(bucket),
            BucketEffects::Write(record) => self.write_record(record).map(Some),
            BucketEffects::WriteWebsite(record, edit) => {
                website_versions::write(self.connection, &record, &edit, at)?;
                self.write_record(record).map(Some)
            }
            BucketEffects::Remove(id) => {
                bucket_rows::remove(self.connection, id)?;
                self.traffic_sizes.remove(id);
                if let Some(bucket) = bucket {
                    self.buckets.remove(&bucket.name);
                    self.bucket_writes.push(BucketWrite::Remove(bucket.name.clone()));
                }
                Ok(None)
            }
        }
    }

    fn write_record(&mut self, record: Arc<BucketRecord>) -> Result<Arc<BucketRecord>, Failure> {
        bucket_rows::write(self.connection, &record)?;
        self.buckets.write(record.clone());
        self.bucket_writes.push(BucketWrite::Write(record.clone()));
        Ok(record)
    }

    fn add_traffic(&mut self, rows: &[TrafficRow], at: Timestamp) -> Applied {
        let known = rows.iter().filter(|row| self.buckets.has(row.bucket)).copied().collect();
        for row in &TrafficRow::with_sums(known) {
            traffic::add(self.connection, self.traffic_sizes, row, at)?;
        }
        Ok(Ok(Changed::default()))
    }

    fn change_access(&mut self, change: &AccessChange) -> Applied {
        match change.apply(&access::read(self.connection)?) {
            Ok(effects) => {
                effects.iter().try_for_each(|effect| access::write(self.connection, effect))?;
                Ok(Ok(Changed::default()))
            }
            Err(refusal) => Ok(Err(MetaError::Refused(refusal.into()))),
        }
    }

    fn forget(&mut self, blobs: &[BlobId]) -> Applied {
        for blob in blobs {
            effects::execute(self.connection, "DELETE FROM garbage WHERE blob_id = ?1", (blob.to_bytes(),))?;
        }
        Ok(Ok(Changed::default()))
    }

    fn write(
        &mut self,
        place: RowPlace<'_>,
        effects: &Effects,
        old_inline: Option<BlobId>,
        home: InlineHome,
        at: Timestamp,
    ) -> Result<(), Failure> {
        effects::write(self.connection, self.segments, place, effects, old_inline, home, at)?;
        self.counters.entry(place.bucket).or_default().add(effects.stat);
        if effects.touches_object() {
            self.touched.push((place.bucket, place.key.clone()));
        }
        Ok(())
    }
}

impl NotMade {
    fn refused(refusal: coho_model::Refusal) -> Self {
        Self::Batch(refusal.into())
    }
}

impl Written<'_> {
    /// Shows readers what is now durable.
    pub(super) fn show(self, shared: &Shared) {
        if self.bucket_writes.is_empty() {
            return;
        }
        let mut buckets = shared.buckets_mut();
        for write in self.bucket_writes {
            match write {
                BucketWrite::Write(record) => buckets.write(record),
                BucketWrite::Remove(name) => buckets.remove(&name),
            }
        }
    }
}

fn written_object(effects: Effects) -> Option<Arc<ObjectRecord>> {
    match effects.object {
        Row::Write(object) => Some(object),
        Row::Keep | Row::Remove => None,
    }
}
