//! The whole store against the twin. What the twin cannot know, ids and some entity tags, it learns from the first sight.

use super::{World, objects::tags};
use crate::{
    model::{
        step::KEYS,
        twin::{Frozen, Id, Kind, Object, State, Twin, Version},
    },
    rig::key as object_key,
};
use coho_meta::{UploadQuery, VersionQuery};
use coho_model::{
    BlobId, BucketStat, ByteRange, Crc64, KeyVersion, ListQuery, Listed, ObjectKey, ObjectRecord, ObjectType,
    RestoreState, UploadId, VersionId, VersionSummary,
};
use coho_store::md5;
use std::{collections::BTreeSet, fmt::Debug, sync::Arc};

/// Versions of a page: so few that a key has several pages.
const PAGE: usize = 2;

fn same<T: PartialEq + Debug>(what: &str, found: T, expected: T) -> Result<(), String> {
    if found == expected { Ok(()) } else { Err(format!("{what} is {found:?} instead of {expected:?}")) }
}

impl World {
    /// Compares everything; bytes that were read before only if asked to.
    pub(in super::super) async fn check(&mut self, reads_all: bool) -> Result<(), String> {
        let mut twin = self.twin.clone();
        if reads_all {
            self.read.clear();
        }
        for (key, name) in KEYS.iter().enumerate() {
            self.compare_key(&mut twin, key).await.map_err(|wrong| format!("{name}: {wrong}"))?;
        }
        self.compare_uploads(&twin).await?;
        self.compare_listing(&twin).await?;
        let stat = self.rig.store.bucket_stat(&self.rig.bucket).await.map_err(|error| format!("{error:?}"))?;
        same("the count", stat, counted(&twin))?;
        self.twin = twin;
        Ok(())
    }

    pub(super) async fn compare_key(&mut self, twin: &mut Twin, key: usize) -> Result<(), String> {
        let found = self.versions_of(key).await?;
        let now = twin.now;
        let mut none = Vec::new();
        let versions = twin.keys.get_mut(&key).unwrap_or(&mut none);
        let shown: Vec<_> =
            found.iter().map(|(summary, version)| (summary.is_latest, version.object().is_some())).collect();
        let expected: Vec<_> = versions.iter().enumerate().map(|(at, it)| (at == 0, it.object.is_some())).collect();
        same("the list of versions", shown, expected)?;
        let ids: BTreeSet<_> = found.iter().map(|(summary, _)| summary.version.id().to_string()).collect();
        same("the number of ids", ids.len(), found.len())?;
        for ((summary, found), version) in found.iter().zip(versions.iter_mut()) {
            learn(version, summary.version.id())?;
            if let (KeyVersion::Object(record), Some(object)) = (found, &mut version.object) {
                compare_object(record, object, now)?;
                self.compare_bytes(record, object).await?;
            }
        }
        let (store, bucket, name) = (&self.rig.store, &self.rig.bucket, object_key(KEYS[key]));
        let current = store.object(bucket, &name).await.map_err(|error| format!("{error:?}"))?;
        let newest = found.first().and_then(|(_, version)| version.object()).cloned();
        same("the current object", current, newest)?;
        let marker = store.current_marker(bucket, &name).await.map_err(|error| format!("{error:?}"))?;
        let is_marker = versions.first().is_some_and(|version| version.object.is_none());
        same("whether a delete marker is current", marker.is_some(), is_marker)
    }

    /// The versions of a key as listings show them, with their records.
    pub(super) async fn versions_of(&self, key: usize) -> Result<Vec<(VersionSummary, KeyVersion)>, String> {
        let (mut all, mut after, mut after_version) = (Vec::new(), String::new(), None);
        let name = object_key(KEYS[key]);
        loop {
            let list = ListQuery { prefix: KEYS[key].into(), after, max: PAGE, ..ListQuery::default() };
            let page = self.rig.store.list_versions(&self.rig.bucket, VersionQuery { list, after_version }).await;
            let page = page.map_err(|error| format!("{error:?}"))?;
            for entry in page.entries {
                let Listed::Row(summary) = entry else { return Err("a prefix without a delimiter".into()) };
                if *summary.listed.key() != name {
                    continue;
                }
                let id = summary.version.id();
                let version = self.rig.store.version(&self.rig.bucket, &name, id).await;
                let version = version.map_err(|error| format!("{error:?}"))?.ok_or(format!("{id} is listed alone"))?;
                same("a listed version", summary.clone(), version.summary(name.clone(), summary.is_latest))?;
                all.push((summary, version));
            }
            match page.next {
                Some(next) => (after, after_version) = next,
                None => return Ok(all),
            }
        }
    }

    async fn compare_bytes(&mut self, record: &Arc<ObjectRecord>, object: &Object) -> Result<(), String> {
        let place = record.body.file_blobs().chain(record.body.inline_blob()).collect();
        if !self.read.insert(place) {
            return Ok(());
        }
        let read = self.rig.read(record, ByteRange { start: 0, end: record.size }).await;
        let read = read.map_err(|error| format!("reading {record:?}: {error:?}"))?;
        same("the CRC-64", record.crc64, Crc64::of(&object.bytes))?;
        if object.kind == (Kind::Multipart { sequential: true }) {
            same("the MD5", record.content_md5(), Some(md5(&object.bytes)))?;
        }
        if read == object.bytes { Ok(()) } else { Err(format!("other bytes in {record:?}")) }
    }

    pub(super) async fn compare_uploads(&self, twin: &Twin) -> Result<(), String> {
        let found = self.uploads().await?;
        let mut expected: Vec<_> =
            twin.uploads.iter().map(|upload| (object_key(KEYS[upload.key]), upload.id)).collect();
        expected.sort_by_key(|(key, id)| (key.to_string(), id.to_string()));
        same("the list of uploads", found, expected)?;
        for upload in &twin.uploads {
            let name = object_key(KEYS[upload.key]);
            let parts = self.rig.store.list_parts(&self.rig.bucket, &name, upload.id, 0, 100).await;
            let (_, parts) = parts.map_err(|error| format!("{error:?}"))?;
            let found: Vec<_> = parts.parts.iter().map(|part| (part.number, part.size, part.etag)).collect();
            let part =
                |(number, part): (&u16, &super::super::twin::Part)| (*number, part.bytes.len() as u64, part.etag);
            same("the list of parts", found, upload.parts.iter().map(part).collect())?;
        }
        Ok(())
    }

    /// In the order of keys, then of ids.
    pub(super) async fn uploads(&self) -> Result<Vec<(ObjectKey, UploadId)>, String> {
        let list = ListQuery { max: 100, ..ListQuery::default() };
        let page = self.rig.store.list_uploads(&self.rig.bucket, UploadQuery { list, after_upload: None }).await;
        let page = page.map_err(|error| format!("{error:?}"))?;
        let rows = page.entries.into_iter().map(|entry| match entry {
            Listed::Row(upload) => Ok((upload.key, upload.id)),
            Listed::Prefix(prefix) => Err(format!("prefix {prefix} without a delimiter")),
        });
        rows.collect()
    }

    async fn compare_listing(&self, twin: &Twin) -> Result<(), String> {
        let list = ListQuery { max: 100, ..ListQuery::default() };
        let page = self.rig.store.list_objects(&self.rig.bucket, list).await.map_err(|error| format!("{error:?}"))?;
        let found = page.entries.iter().map(|entry| match entry {
            Listed::Row(row) => (row.key.as_str(), row.size),
            Listed::Prefix(prefix) => (prefix.as_str(), u64::MAX),
        });
        let current = |key: usize| Some((KEYS[key], twin.current(key)?.bytes.len() as u64));
        let mut expected: Vec<_> = (0..KEYS.len()).filter_map(current).collect();
        expected.sort_unstable();
        same("the list of objects", found.collect(), expected)
    }

    /// The blobs that records name.
    pub(super) async fn named_blobs(&self) -> Result<BTreeSet<BlobId>, String> {
        let mut named = BTreeSet::new();
        for key in 0..KEYS.len() {
            let versions = self.versions_of(key).await?;
            let objects = versions.iter().filter_map(|(_, version)| version.object());
            named.extend(objects.flat_map(|object| object.body.file_blobs()));
        }
        for (_, upload) in self.uploads().await? {
            let parts = self.rig.meta.list_parts(self.rig.bucket.id, upload, 0, 100).await;
            let parts = parts.map_err(|error| format!("{error:?}"))?.parts;
            named.extend(parts.iter().filter_map(|part| part.extent).map(|extent| extent.blob));
        }
        Ok(named)
    }
}

fn learn(version: &mut Version, found: VersionId) -> Result<(), String> {
    match version.id {
        Id::Unseen if found != VersionId::Null => {
            version.id = Id::Seen(found);
            Ok(())
        }
        Id::Unseen => Err("a version while versioning is enabled has the id null".into()),
        Id::Null => same("the id of a version", found, VersionId::Null),
        Id::Seen(seen) => same("the id of a version", found, seen),
    }
}

fn compare_object(record: &ObjectRecord, object: &mut Object, now: i64) -> Result<(), String> {
    let kind = match object.kind {
        Kind::Normal => ObjectType::Normal,
        Kind::Multipart { .. } => ObjectType::Multipart,
        Kind::Appendable => ObjectType::Appendable,
        Kind::Link(_) => ObjectType::Symlink,
    };
    let target = if let Kind::Link(target) = object.kind { Some(target) } else { None };
    let sealed = record.attributes.as_ref().is_some_and(|attributes| attributes.sealed.is_some());
    let kept = record.attributes.as_ref().map(|attributes| attributes.tags.clone()).unwrap_or_default();
    same("the type", (record.object_type, record.symlink_target()), (kind, target))?;
    same("the length", record.size, object.bytes.len() as u64)?;
    same("the entity tag", record.etag, *object.etag.get_or_insert(record.etag))?;
    same("the class", record.storage_class, object.class)?;
    same("the ACL", record.acl, object.acl)?;
    same("the date", record.modified.unix_ms(), object.modified)?;
    same("the content type", record.headers.get("content-type"), Some(object.content_type.as_bytes()))?;
    same("the tags", kept, tags(object.tags.as_deref()))?;
    same("whether it is sealed", sealed, object.sealed)?;
    same("whether it is encrypted", record.algorithm().is_some(), object.encrypted)?;
    same("whether it is mirrored", record.mirrored_from.is_some(), object.mirrored)?;
    let frozen = match record.restore_state(coho_model::Timestamp::from_unix_ms(now)) {
        RestoreState::NotArchived => Frozen::Never,
        RestoreState::Frozen => Frozen::Yes,
        RestoreState::Restoring => Frozen::Thawing,
        RestoreState::Restored(until) => Frozen::Until(until.unix_ms()),
    };
    same("the state of restoring", frozen, object.frozen(now))
}

fn counted(twin: &Twin) -> BucketStat {
    let objects = || twin.keys.values().flatten().filter_map(|version| version.object.as_ref());
    let mirrored = || objects().filter(|object| object.mirrored);
    let markers = twin.keys.values().flatten().filter(|version| version.object.is_none());
    debug_assert!(twin.state != State::Unversioned || markers.clone().count() == 0);
    BucketStat {
        objects: objects().count() as u64,
        bytes: objects().map(|object| object.bytes.len() as u64).sum(),
        mirrored_objects: mirrored().count() as u64,
        mirrored_bytes: mirrored().map(|object| object.bytes.len() as u64).sum(),
        uploads: twin.uploads.len() as u64,
        parts: twin.uploads.iter().map(|upload| upload.parts.len() as u64).sum(),
        delete_markers: markers.count() as u64,
    }
}
