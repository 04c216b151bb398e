//! Steps that write, copy, change and delete objects.

use super::{Stop, World};
use crate::{
    appending,
    model::{
        step::{KEYS, Place, Step},
        twin::{Id, Kind, Object, State},
    },
    rig::{headers, key as object_key, put, within},
    source::Script,
};
use coho_model::{
    ChangedVersion, ETag, KeyVersion, ObjectAcl, ObjectAttributes, RestoreRequest, StorageClass, TagSet, VersionId,
};
use coho_store::{AnnouncedBody, AppendObject, Deletion, NewSymlink, PutObject, Replaced, StoreError, md5};
use std::sync::Arc;

pub(super) fn tags(text: Option<&str>) -> TagSet {
    text.map_or_else(TagSet::default, |text| TagSet::parse_header(text).unwrap())
}

impl World {
    pub(super) async fn write_object(&mut self, step: &Step) -> Result<(), Stop> {
        match *step {
            Step::Put { key, size, forbid, class, tagged } => self.put(key, size, forbid, class, tagged).await,
            Step::Append { key, size, fits, forbid, acl } => self.append(key, size, fits, forbid, acl).await,
            Step::Seal { key, fits } => {
                let position = self.position(key, fits);
                let sealed = self.twin.revise(key, None, |object, _| object.seal(position));
                let found = self.rig.store.seal_object(&self.rig.bucket, &object_key(KEYS[key]), position).await;
                self.judge(&sealed, found).map(drop)
            }
            Step::Symlink { key, target, forbid } => {
                let name = KEYS[target];
                let etag = Some(ETag::simple(md5(name.as_bytes())));
                let object = self.object(Default::default(), Kind::Link(name));
                let written = self.twin.put(key, Object { etag, encrypted: false, ..object }, forbid);
                let link = NewSymlink {
                    key: object_key(KEYS[key]),
                    target: object_key(name),
                    headers: headers("text/plain"),
                    acl: ObjectAcl::Default,
                    tags: TagSet::default(),
                    storage_class: StorageClass::Standard,
                    forbid_overwrite: forbid,
                };
                let found = self.rig.store.put_symlink(&self.rig.bucket, link).await;
                self.judge(&written, found).map(drop)
            }
            _ => unreachable!("{step:?} writes no object"),
        }
    }

    async fn put(
        &mut self,
        key: usize,
        size: usize,
        forbid: bool,
        class: StorageClass,
        tagged: bool,
    ) -> Result<(), Stop> {
        let body = self.body(size);
        let tagged = tagged.then(|| format!("kept=no&seed={}", self.seed));
        let attributes = ObjectAttributes { tags: tags(tagged.as_deref()), ..ObjectAttributes::default() };
        let object = Object { class, tags: tagged, ..self.object(body.clone(), Kind::Normal) };
        let written = self.twin.put(key, object, forbid);
        let expected = AnnouncedBody { length: Some(body.len() as u64), ..AnnouncedBody::default() };
        let put = PutObject {
            encryption: self.rig.encryption,
            attributes: attributes.into_record(),
            storage_class: class,
            forbid_overwrite: forbid,
            ..put(KEYS[key], expected)
        };
        let found = self.rig.put_from(put, &mut Script::of(&body, 50_000)).await;
        self.judge(&written, found).map(drop)
    }

    /// The length of an object, or another one.
    fn position(&self, key: usize, fits: bool) -> u64 {
        let length = self.twin.current(key).map_or(0, |object| object.bytes.len() as u64);
        length + u64::from(!fits)
    }

    async fn append(&mut self, key: usize, size: usize, fits: bool, forbid: bool, acl: bool) -> Result<(), Stop> {
        let (body, position) = (self.body(size), self.position(key, fits));
        let acl = acl.then_some(ObjectAcl::PublicRead);
        let added = Object { acl: acl.unwrap_or_default(), ..self.object(body.clone(), Kind::Appendable) };
        let written = self.twin.append(key, position, added, acl, forbid);
        let expected = AnnouncedBody { length: Some(body.len() as u64), ..AnnouncedBody::default() };
        let request = AppendObject {
            encryption: self.rig.encryption,
            acl,
            forbid_overwrite: forbid,
            ..appending::request(KEYS[key], position, expected)
        };
        let mut source = Script::of(&body, 50_000);
        let appended = self.rig.store.append_object(&self.rig.bucket, request, &mut source);
        let found = within("an append", appended).await;
        self.judge(&written, found).map(drop)
    }

    pub(super) async fn delete(&mut self, step: &Step) -> Result<(), Stop> {
        match *step {
            Step::Delete { key } => {
                self.twin.delete(key);
                let deletion = Deletion { key: object_key(KEYS[key]), version: None };
                let found = self.rig.store.delete_object(&self.rig.bucket, deletion).await;
                let changed = self.judge(&Ok(()), found)?.flatten();
                Ok(self.is_marker(key, changed, true)?)
            }
            Step::DeleteMany { keys } => {
                let chosen: Vec<_> = (0..KEYS.len()).filter(|key| keys[*key]).collect();
                chosen.iter().for_each(|key| self.twin.delete(*key));
                let deletion = |key: &usize| Deletion { key: object_key(KEYS[*key]), version: None };
                let deletions = chosen.iter().map(deletion).collect();
                let found = self.rig.store.delete_objects(&self.rig.bucket, deletions).await;
                let changed = self.judge(&Ok(()), found)?.unwrap_or_default();
                chosen.into_iter().zip(changed).try_for_each(|(key, changed)| self.is_marker(key, changed, true))?;
                Ok(())
            }
            Step::DeleteVersion { key, version } => {
                let Some((id, seen)) = self.id(key, Some(version)) else { return Ok(()) };
                let deleted = self.twin.delete_version(key, id);
                let deletion = Deletion { key: object_key(KEYS[key]), version: Some(seen) };
                let found = self.rig.store.delete_object(&self.rig.bucket, deletion).await;
                let changed = self.judge(&deleted.clone().map(drop), found)?.flatten();
                match deleted {
                    Ok(is_marker) => Ok(self.is_marker(key, changed, is_marker)?),
                    Err(_) => Ok(()),
                }
            }
            _ => unreachable!("{step:?} deletes nothing"),
        }
    }

    /// The answer to a deletion names a version if the bucket has any, and tells whether it is a delete marker.
    fn is_marker(&self, key: usize, changed: Option<ChangedVersion>, expected: bool) -> Result<(), String> {
        let expected = (self.twin.state != State::Unversioned).then_some(expected);
        let found = changed.map(|changed| changed.is_marker);
        if found == expected { Ok(()) } else { Err(format!("{changed:?} for a deletion of {}", KEYS[key])) }
    }

    /// The object that a copy reads, in the store and in the twin.
    pub(super) async fn source(
        &self,
        key: usize,
        version: Option<Place>,
    ) -> Result<Option<(Arc<coho_model::ObjectRecord>, Object)>, Stop> {
        let id = self.id(key, version);
        let twin = match id {
            None => self.twin.current(key).cloned(),
            Some((id, _)) => {
                let version = self.twin.versions(key).iter().find(|version| version.id == id);
                version.and_then(|version| version.object.clone())
            }
        };
        let (bucket, name) = (&self.rig.bucket, object_key(KEYS[key]));
        let found = match id {
            None => self.rig.store.object(bucket, &name).await,
            Some((_, seen)) => {
                let version = self.rig.store.version(bucket, &name, seen).await;
                version.map(|version| version.as_ref().and_then(KeyVersion::object).cloned())
            }
        };
        match (self.judge(&Ok(()), found)?.flatten(), twin) {
            (Some(record), Some(twin)) => Ok(Some((record, twin))),
            (None, None) => Ok(None),
            (found, twin) => Err(format!("{found:?} instead of {twin:?}").into()),
        }
    }

    pub(super) async fn copy(
        &mut self,
        from: usize,
        version: Option<Place>,
        to: usize,
        forbid: bool,
        replaces: bool,
    ) -> Result<(), Stop> {
        let Some((record, source)) = self.source(from, version).await? else { return Ok(()) };
        let kind = if let Kind::Link(_) = source.kind { source.kind } else { Kind::Normal };
        let is_link = kind != Kind::Normal;
        let acl = replaces.then_some(ObjectAcl::PublicRead);
        let new_tags = replaces.then(|| "kept=no&copied=yes".to_owned());
        // A link has no bytes that could be encrypted.
        let encryption = self.rig.encryption.filter(|_| !is_link);
        let fresh = self.object(source.bytes.clone(), kind);
        let copy = Object {
            etag: if is_link { source.etag } else { fresh.etag },
            content_type: if replaces { "text/html" } else { source.content_type },
            acl: acl.unwrap_or_default(),
            tags: new_tags.clone().or(source.tags),
            encrypted: encryption.is_some(),
            ..fresh
        };
        let written = self.twin.put(to, copy, forbid);
        let replaced = Replaced {
            headers: replaces.then(|| headers("text/html")),
            acl,
            tags: new_tags.as_deref().map(|text| tags(Some(text))),
            encryption,
            ..Replaced::default()
        };
        let target = object_key(KEYS[to]);
        let copied = self.rig.store.copy_object(record, &self.rig.bucket, &target, replaced, forbid);
        let found = within("a copy", copied).await;
        self.judge(&written, found).map(drop)
    }

    /// A copy onto itself without versioning: the bytes stay.
    pub(super) async fn rewrite(
        &mut self,
        key: usize,
        class: Option<StorageClass>,
        replaces: bool,
    ) -> Result<(), Stop> {
        if self.twin.state != State::Unversioned {
            return Ok(());
        }
        let Some((record, _)) = self.source(key, None).await? else { return Ok(()) };
        let text = format!("kept=no&rewritten={}", self.twin.now);
        let written = self.twin.revise(key, None, |object, now| {
            object.modified = now;
            object.move_to(class.unwrap_or(object.class));
            if replaces {
                object.content_type = "text/html";
                object.tags = Some(text.clone());
            }
            Ok(())
        });
        let replaced = Replaced {
            headers: replaces.then(|| headers("text/html")),
            storage_class: class,
            tags: replaces.then(|| tags(Some(&text))),
            ..Replaced::default()
        };
        let name = object_key(KEYS[key]);
        let found = self.rig.store.rewrite_object(&self.rig.bucket, &name, record, replaced).await;
        self.judge(&written, found).map(drop)
    }

    pub(super) async fn revise(&mut self, step: &Step) -> Result<(), Stop> {
        let (Step::SetAcl { key, version }
        | Step::SetTags { key, version, .. }
        | Step::Restore { key, version, .. }
        | Step::CleanRestored { key, version }) = *step
        else {
            unreachable!("{step:?} changes no object")
        };
        let id = self.id(key, version);
        let (id, seen): (Option<Id>, Option<VersionId>) = id.unzip();
        let (store, bucket, name) = (self.rig.store.clone(), self.rig.bucket.clone(), object_key(KEYS[key]));
        let text = format!("kept=no&set={}", self.twin.now);
        let (expected, found): (_, Result<VersionId, StoreError>) = match *step {
            Step::SetTags { some, .. } => {
                let text = some.then_some(text);
                let new = tags(text.as_deref());
                (
                    self.twin.revise(key, id, |object, _| {
                        object.tags = text;
                        Ok(())
                    }),
                    store.set_object_tags(&bucket, &name, seen, new).await,
                )
            }
            Step::Restore { days, .. } => {
                let request = RestoreRequest { days: Some(days), tier: None };
                (
                    self.twin.revise(key, id, |object, now| object.restore(days, now)),
                    store.restore_object(&bucket, &name, seen, request).await,
                )
            }
            Step::CleanRestored { .. } => {
                (self.twin.revise(key, id, Object::clean), store.clean_restored_object(&bucket, &name, seen).await)
            }
            _ => (
                self.twin.revise(key, id, |object, _| {
                    object.acl = ObjectAcl::Private;
                    Ok(())
                }),
                store.set_object_acl(&bucket, &name, seen, ObjectAcl::Private).await,
            ),
        };
        match (self.judge(&expected, found)?, seen) {
            (Some(changed), Some(seen)) if changed != seen => Err(format!("{changed} was changed").into()),
            _ => Ok(()),
        }
    }
}
