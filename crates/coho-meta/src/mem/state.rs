//! The maps, and what changes do to them.

use crate::{
    BlobCursor, BlobPage, PlacedFill, UploadPage, UploadQuery,
    buckets::BucketTable,
    fills::{Fills, summary},
    upload_walk,
};
use coho_model::{
    BlobId, BucketChange, BucketEffects, BucketFound, BucketId, BucketName, BucketRecord, BucketStat, Collapsed,
    Effects, KeyChange, KeyFound, ListQuery, ListingCursor, ListingFold, ListingStep, ObjectKey, ObjectRecord,
    ObjectSummary, PartRecord, Refusal, Row, StatDelta, Timestamp, UploadChange, UploadFound, UploadId, UploadRecord,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Bound,
    sync::Arc,
};

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) buckets: BucketTable,
    contents: BTreeMap<BucketId, Contents>,
    garbage: BTreeMap<BlobId, Timestamp>,
}

/// What one bucket holds.
#[derive(Debug, Default)]
struct Contents {
    objects: BTreeMap<String, Arc<ObjectRecord>>,
    uploads: BTreeMap<(String, UploadId), UploadRecord>,
    parts: BTreeMap<(UploadId, u16), PartRecord>,
    stat: BucketStat,
}

type Changed<T> = Result<Option<Arc<T>>, Refusal>;

impl State {
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

    pub(super) fn list_objects(&self, bucket: BucketId, query: ListQuery) -> Collapsed<ObjectSummary> {
        let mut fold = ListingFold::new(query);
        let (Some(contents), ListingCursor::From(mut from)) = (self.contents.get(&bucket), fold.cursor()) else {
            return fold.finish();
        };
        while let Some((name, object)) =
            contents.objects.range::<str, _>((Bound::Included(&*from), Bound::Unbounded)).next()
        {
            from = match fold.offer(name, || summary(listed_key(name), object)) {
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

    pub(super) fn change_bucket(
        &mut self,
        name: &BucketName,
        change: &BucketChange,
    ) -> Result<(Option<Arc<BucketRecord>>, Option<BucketId>), Refusal> {
        let bucket = self.buckets.get(name).cloned();
        let contents = bucket.as_ref().and_then(|bucket| self.contents.get(&bucket.id));
        let occupied = contents.is_some_and(|contents| !contents.objects.is_empty() || !contents.uploads.is_empty());
        let owned = match change {
            BucketChange::Create(new) => self.buckets.owned_by(&new.owner),
            _ => 0,
        };
        match change.apply(name, BucketFound { bucket: bucket.as_deref(), occupied, owned })? {
            BucketEffects::Keep => Ok((bucket, None)),
            BucketEffects::Write(record) => {
                self.contents.entry(record.id).or_default();
                self.buckets.write(record.clone());
                Ok((Some(record), None))
            }
            BucketEffects::Remove(id) => {
                self.contents.remove(&id);
                self.buckets.remove(name);
                Ok((None, Some(id)))
            }
        }
    }

    pub(super) fn change_key(
        &mut self,
        fills: &Fills,
        bucket: BucketId,
        key: &ObjectKey,
        change: &KeyChange,
        at: Timestamp,
    ) -> Changed<ObjectRecord> {
        let object = self.object(bucket, key);
        let (bucket_exists, fill) = (self.buckets.has(bucket), fills.get(bucket, key));
        let effects = change.apply(key, KeyFound { bucket_exists, object: object.as_deref(), fill })?;
        Ok(self.write(fills, bucket, key, None, effects, at))
    }

    pub(super) fn withdraw(&mut self, fill: &PlacedFill) -> bool {
        let Some(contents) = self.contents.get_mut(&fill.bucket) else { return false };
        let there = contents.objects.get(fill.key.as_str()).is_some_and(|object| Arc::ptr_eq(object, &fill.object));
        if there {
            contents.objects.remove(fill.key.as_str());
            contents.stat.objects -= 1;
            contents.stat.bytes -= fill.object.size;
        }
        there
    }

    pub(super) fn change_upload(
        &mut self,
        fills: &Fills,
        (bucket, key, id): (BucketId, &ObjectKey, UploadId),
        change: &UploadChange,
        at: Timestamp,
    ) -> Changed<ObjectRecord> {
        let (upload, object) = (self.upload(bucket, key, id), self.object(bucket, key));
        let mut parts = self.parts(bucket, id);
        if let UploadChange::PutPart(part) = change {
            parts.retain(|there| there.number == part.number);
        }
        let bucket_exists = self.buckets.has(bucket);
        let found = UploadFound { bucket_exists, upload: upload.as_ref(), parts: &parts, object: object.as_deref() };
        let effects = change.apply(key, found)?;
        Ok(self.write(fills, bucket, key, Some(id), effects, at))
    }

    fn write(
        &mut self,
        fills: &Fills,
        bucket: BucketId,
        key: &ObjectKey,
        upload: Option<UploadId>,
        effects: Effects,
        at: Timestamp,
    ) -> Option<Arc<ObjectRecord>> {
        if effects.revoke_fill {
            fills.revoke(bucket, key);
        }
        for blob in effects.garbage.iter() {
            self.garbage.entry(*blob).or_insert(at);
        }
        let contents = self.contents.entry(bucket).or_default();
        contents.stat = moved(contents.stat, effects.stat);
        if let Some(id) = upload {
            contents.write_upload(key, id, &effects);
        }
        match effects.object {
            Row::Keep => None,
            Row::Write(object) => {
                contents.objects.insert(key.as_str().to_owned(), object.clone());
                Some(object)
            }
            Row::Remove => {
                contents.objects.remove(key.as_str());
                None
            }
        }
    }

    pub(super) fn garbage_before(&self, unused_since: Timestamp, max: usize) -> Vec<BlobId> {
        let old = self.garbage.iter().filter(|(_, since)| **since < unused_since);
        let by_age: BTreeSet<_> = old.map(|(blob, since)| (*since, *blob)).collect();
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

fn moved(stat: BucketStat, delta: StatDelta) -> BucketStat {
    BucketStat {
        objects: stat.objects.saturating_add_signed(delta.objects),
        bytes: stat.bytes.saturating_add_signed(delta.bytes),
        uploads: stat.uploads.saturating_add_signed(delta.uploads),
        parts: stat.parts.saturating_add_signed(delta.parts),
    }
}

fn listed_key(name: &str) -> ObjectKey {
    ObjectKey::parse(name).expect("the name of a record was a key")
}
