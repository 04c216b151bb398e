//! The maps, and what changes do to them.

use super::{traffic::MemoryTraffic, versions::MemoryVersions};
use crate::{Batch, BlobCursor, BlobPage, Change, Changed, UploadPage, UploadQuery, buckets::BucketTable, upload_walk};
use coho_model::{
    AccessTable, BlobId, BucketChange, BucketEffects, BucketFound, BucketId, BucketName, BucketRecord, BucketStat,
    Collapsed, Effects, KeyFound, ListQuery, ListingCursor, ListingFold, ListingStep, ObjectKey, ObjectRecord,
    ObjectSummary, PartRecord, Refusal, Row, Timestamp, TrafficRow, UploadChange, UploadFound, UploadId, UploadRecord,
    WebsiteEdit, WebsiteVersion,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::Arc,
};

#[derive(Debug, Default)]
pub(super) struct MemoryState {
    pub(super) buckets: BucketTable,
    pub(super) contents: BTreeMap<BucketId, Contents>,
    garbage: BTreeMap<BlobId, Timestamp>,
    pub(super) traffic: MemoryTraffic,
    pub(super) access: AccessTable,
}

/// What one bucket holds.
#[derive(Debug, Default)]
pub(super) struct Contents {
    pub(super) objects: BTreeMap<String, Arc<ObjectRecord>>,
    /// Noncurrent versions and delete markers.
    pub(super) versions: MemoryVersions,
    uploads: BTreeMap<(String, UploadId), UploadRecord>,
    parts: BTreeMap<(UploadId, u16), PartRecord>,
    stat: BucketStat,
    websites: BTreeMap<u64, WebsiteVersion>,
}

/// What the change of a batch writes, and where.
#[expect(clippy::large_enum_variant, reason = "there is one at a time, on the stack")]
enum MapEffects<'a> {
    Nothing,
    Bucket(Option<Arc<BucketRecord>>, BucketEffects),
    Object(BucketId, &'a ObjectKey, Option<UploadId>, Effects),
}

impl MemoryState {
    pub(super) fn object(&self, bucket: BucketId, key: &ObjectKey) -> Option<Arc<ObjectRecord>> {
        self.contents.get(&bucket)?.objects.get(key.as_str()).cloned()
    }

    pub(super) fn upload(&self, bucket: BucketId, key: &ObjectKey, id: UploadId) -> Option<UploadRecord> {
        self.contents.get(&bucket)?.uploads.get(&(key.as_str().to_owned(), id)).cloned()
    }

    pub(super) fn parts(&self, bucket: BucketId, id: UploadId) -> Vec<PartRecord> {
        let contents = self.contents.get(&bucket).into_iter();
        contents
            .flat_map(|contents| contents.parts.range((id, 0)..=(id, u16::MAX)))
            .map(|(_, part)| part.clone())
            .collect()
    }

    pub(super) fn stat(&self, bucket: BucketId) -> BucketStat {
        self.contents.get(&bucket).map(|contents| contents.stat).unwrap_or_default()
    }

    pub(super) fn add_traffic(&mut self, rows: &[TrafficRow], at: Timestamp) {
        let known = rows.iter().filter(|row| self.buckets.has(row.bucket)).copied().collect();
        for row in &TrafficRow::with_sums(known) {
            self.traffic.add(row, at);
        }
    }

    pub(super) fn website_versions(&self, bucket: BucketId, before: Option<u64>, max: usize) -> Vec<WebsiteVersion> {
        let versions = self.contents.get(&bucket).into_iter();
        let older = versions.flat_map(|contents| contents.websites.range(..before.unwrap_or(u64::MAX)).rev());
        older.take(max).map(|(_, version)| version.clone()).collect()
    }

    pub(super) fn list_objects(&self, bucket: BucketId, query: ListQuery) -> Collapsed<ObjectSummary> {
        let mut fold = ListingFold::new(query);
        let (Some(contents), ListingCursor::From(mut from)) = (self.contents.get(&bucket), fold.cursor()) else {
            return fold.finish();
        };
        while let Some((name, object)) =
            contents.objects.range::<str, _>((Bound::Included(&*from), Bound::Unbounded)).next()
        {
            from = match fold.offer(name, || object.summary(listed_key(name))) {
                ListingStep::Next => format!("{name}\0"),
                ListingStep::Seek(to) => to,
                ListingStep::Done => break,
            };
        }
        fold.finish()
    }

    pub(super) fn list_uploads(&self, bucket: BucketId, query: UploadQuery) -> UploadPage {
        let mut walk_from = upload_walk::start(&query).map(|(name, behind)| match behind {
            Some(id) => Bound::Excluded((name, id)),
            None => Bound::Included((name, UploadId(0))),
        });
        let mut fold = ListingFold::new(query.list);
        while let (Some(from), Some(contents)) = (walk_from, self.contents.get(&bucket)) {
            let Some(((name, id), upload)) = contents.uploads.range((from, Bound::Unbounded)).next() else { break };
            walk_from = match fold.offer(name, || upload.clone()) {
                ListingStep::Next => Some(Bound::Excluded((name.clone(), *id))),
                ListingStep::Seek(to) => Some(Bound::Included((to, UploadId(0)))),
                ListingStep::Done => None,
            };
        }
        upload_walk::page(fold.finish())
    }

    /// Decides the whole batch before it writes any of it.
    pub(super) fn commit(&mut self, batch: &Batch, at: Timestamp) -> Result<Changed, Refusal> {
        let mut fills = Vec::with_capacity(batch.fills.len());
        for fill in &batch.fills {
            let object = self.object(fill.bucket, &fill.key);
            let history = self.history(fill.bucket, &fill.key, None);
            let bucket = self.buckets.versioning(fill.bucket);
            fills.push(fill.apply(KeyFound { bucket, object: object.as_deref(), history: history.as_ref() })?);
        }
        let decided = self.decide(batch)?;
        for (fill, effects) in batch.fills.iter().zip(fills) {
            self.write(fill.bucket, &fill.key, None, effects, at);
        }
        Ok(match decided {
            MapEffects::Nothing => Changed::default(),
            MapEffects::Bucket(bucket, effects) => {
                Changed { bucket: self.write_bucket(bucket, effects, at), ..Changed::default() }
            }
            MapEffects::Object(bucket, key, upload, effects) => {
                let version = effects.version;
                Changed { bucket: None, object: self.write(bucket, key, upload, effects, at), version }
            }
        })
    }

    fn decide<'b>(&self, batch: &'b Batch) -> Result<MapEffects<'b>, Refusal> {
        match &batch.change {
            None => Ok(MapEffects::Nothing),
            Some(Change::Bucket { name, change }) => self.decide_bucket(batch, name, change),
            Some(Change::Key { bucket, key, change }) => {
                let object = self.object_after(batch, *bucket, key);
                let history = self.history(*bucket, key, change.named_version());
                let versioning = self.buckets.versioning(*bucket);
                let found = KeyFound { bucket: versioning, object: object.as_deref(), history: history.as_ref() };
                Ok(MapEffects::Object(*bucket, key, None, change.apply(key, found)?))
            }
            Some(Change::Upload { bucket, key, id, change }) => {
                let effects = self.decide_upload(batch, (*bucket, key, *id), change)?;
                Ok(MapEffects::Object(*bucket, key, Some(*id), effects))
            }
        }
    }

    fn decide_bucket<'b>(
        &self,
        batch: &Batch,
        name: &BucketName,
        change: &BucketChange,
    ) -> Result<MapEffects<'b>, Refusal> {
        let bucket = self.buckets.get(name).cloned();
        let occupied = bucket.as_ref().is_some_and(|bucket| {
            batch.fills_bucket(bucket.id) || self.contents.get(&bucket.id).is_some_and(Contents::is_occupied)
        });
        let owned = match change {
            BucketChange::Create(new) => self.buckets.owned_by(&new.owner),
            _ => 0,
        };
        let contents = bucket.as_ref().and_then(|bucket| self.contents.get(&bucket.id));
        let website_version = contents.map_or(0, Contents::website_version);
        let effects =
            change.apply(name, BucketFound { bucket: bucket.as_deref(), occupied, owned, website_version })?;
        Ok(MapEffects::Bucket(bucket, effects))
    }

    fn decide_upload(
        &self,
        batch: &Batch,
        (bucket, key, id): (BucketId, &ObjectKey, UploadId),
        change: &UploadChange,
    ) -> Result<Effects, Refusal> {
        let (upload, object) = (self.upload(bucket, key, id), self.object_after(batch, bucket, key));
        let mut parts = self.parts(bucket, id);
        if let UploadChange::PutPart(part) = change {
            parts.retain(|there| (part.number.saturating_sub(1)..=part.number).contains(&there.number));
        }
        let history = self.history(bucket, key, None);
        let versioning = self.buckets.versioning(bucket);
        let found = KeyFound { bucket: versioning, object: object.as_deref(), history: history.as_ref() };
        change.apply(key, UploadFound { key: found, upload: upload.as_ref(), parts: &parts })
    }

    /// The object under a key after the batch's fills.
    fn object_after(&self, batch: &Batch, bucket: BucketId, key: &ObjectKey) -> Option<Arc<ObjectRecord>> {
        batch.filled(bucket, key).cloned().or_else(|| self.object(bucket, key))
    }

    fn write_bucket(
        &mut self,
        bucket: Option<Arc<BucketRecord>>,
        effects: BucketEffects,
        at: Timestamp,
    ) -> Option<Arc<BucketRecord>> {
        match effects {
            BucketEffects::Keep => bucket,
            BucketEffects::Write(record) => {
                self.contents.entry(record.id).or_default();
                self.buckets.write(record.clone());
                Some(record)
            }
            BucketEffects::WriteWebsite(record, edit) => {
                self.contents.entry(record.id).or_default().write_website(&record, edit, at);
                self.buckets.write(record.clone());
                Some(record)
            }
            BucketEffects::Remove(id) => {
                self.contents.remove(&id);
                self.traffic.remove(id);
                if let Some(bucket) = bucket {
                    self.buckets.remove(&bucket.name);
                }
                None
            }
        }
    }

    fn write(
        &mut self,
        bucket: BucketId,
        key: &ObjectKey,
        upload: Option<UploadId>,
        effects: Effects,
        at: Timestamp,
    ) -> Option<Arc<ObjectRecord>> {
        for blob in effects.garbage.iter() {
            self.garbage.entry(*blob).or_insert(at);
        }
        let contents = self.contents.entry(bucket).or_default();
        contents.stat = contents.stat.moved(effects.stat);
        if let Some(id) = upload {
            contents.write_upload(key, id, &effects);
        }
        contents.write_versions(key.as_str(), &effects)
    }

    /// The garbage of those times, oldest first.
    pub(super) fn garbage(&self, is_wanted: impl Fn(Timestamp) -> bool, max: usize) -> Vec<BlobId> {
        let wanted = self.garbage.iter().filter(|(_, since)| is_wanted(**since));
        let by_age: BTreeSet<_> = wanted.map(|(blob, since)| (*since, *blob)).collect();
        by_age.into_iter().take(max).map(|(_, blob)| blob).collect()
    }

    pub(super) fn forget(&mut self, blob: BlobId) {
        self.garbage.remove(&blob);
    }

    /// In order of the ids, so that a cursor is the last id.
    pub(super) fn referenced_blobs(&self, after: Option<BlobCursor>, max: usize) -> BlobPage {
        let mut all: BTreeSet<BlobId> = self.garbage.keys().copied().collect();
        for contents in self.contents.values() {
            all.extend(contents.objects.values().flat_map(|object| object.body.file_blobs()));
            all.extend(contents.versions.file_blobs());
            all.extend(contents.parts.values().filter_map(|part| part.extent).map(|extent| extent.blob));
        }
        let after = after.and_then(|cursor| cursor.0.try_into().ok()).map(BlobId::from_bytes);
        let mut behind = all.into_iter().filter(|blob| after.is_none_or(|after| *blob > after));
        let blobs: Vec<_> = behind.by_ref().take(max.max(1)).collect();
        let more = behind.next().is_some();
        let next = blobs.last().filter(|_| more).map(|blob| BlobCursor(blob.to_bytes().to_vec()));
        BlobPage { blobs, next }
    }
}

impl Contents {
    fn is_occupied(&self) -> bool {
        !self.objects.is_empty() || !self.uploads.is_empty() || !self.versions.is_empty()
    }

    /// The newest version of the website; 0 without one.
    fn website_version(&self) -> u64 {
        self.websites.last_key_value().map_or(0, |(id, _)| *id)
    }

    fn write_website(&mut self, bucket: &BucketRecord, edit: WebsiteEdit, at: Timestamp) {
        let id = self.website_version() + 1;
        let WebsiteEdit { author, keep, condition: _ } = edit;
        self.websites.insert(id, WebsiteVersion { id, at: Some(at), author, website: bucket.website.clone() });
        while self.websites.len() > keep.max(1) {
            self.websites.pop_first();
        }
    }

    fn write_upload(&mut self, key: &ObjectKey, id: UploadId, effects: &Effects) {
        let name = || (key.as_str().to_owned(), id);
        match &effects.upload {
            Row::Keep => {}
            Row::Write(upload) => drop(self.uploads.insert(name(), upload.clone())),
            Row::Remove => drop(self.uploads.remove(&name())),
        }
        if effects.remove_parts {
            self.parts.retain(|(upload, _), _| *upload != id);
        }
        if let Some(part) = &effects.part {
            self.parts.insert((id, part.number), part.clone());
        }
    }
}

pub(super) fn listed_key(name: &str) -> ObjectKey {
    ObjectKey::parse(name).expect("the name of a record was a key")
}
