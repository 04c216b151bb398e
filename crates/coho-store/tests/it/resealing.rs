//! A walk that seals data keys anew, while clients write.

use crate::{
    appending,
    model::sealed_by,
    multipart,
    rig::{Engine, INLINE, LARGE, MetaEngine, Rig, bytes, key, put},
};
use bytes::Bytes;
use coho_crypt::KeyError;
use coho_model::{ByteRange, ConfigurationChange, MIN_PART_BYTES, MasterKeyId, VersionId, Versioning};
use coho_store::{
    AnnouncedBody, BodyError, BodySource, Deletion, PutObject, ResealOutcome, SealedCursor, SealedPlace, Store,
    StoreError,
};
use std::{collections::BTreeMap, sync::Arc};

/// Seals a page anew.
async fn step(rig: &Rig, cursor: &SealedCursor) -> Option<SealedCursor> {
    let page = rig.store.sealed_page(&rig.bucket, cursor).await.unwrap();
    for item in &page.items {
        let outcome = rig.store.reseal(&rig.bucket, item).await.unwrap();
        assert!(matches!(outcome, ResealOutcome::Sealed | ResealOutcome::Current), "{outcome:?}");
    }
    page.next
}

async fn walk(rig: &Rig) {
    let mut cursor = Some(SealedCursor::default());
    while let Some(at) = cursor {
        cursor = step(rig, &at).await;
    }
}

async fn rotate(rig: &Rig) -> (MasterKeyId, MasterKeyId) {
    let old = rig.keys.keyring().active().unwrap();
    (old, rig.store.rotate_master_key().await.unwrap())
}

async fn version(rig: &mut Rig, versioning: Versioning) {
    rig.store.configure_bucket(&rig.bucket.name, ConfigurationChange::Versioning(versioning)).await.unwrap();
    rig.bucket = rig.store.bucket(&rig.bucket.name).await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_data_key_gets_the_new_seal_and_no_body_is_touched() {
    for (engine, meta) in Engine::ALL.into_iter().flat_map(|engine| MetaEngine::ALL.map(|meta| (engine, meta))) {
        let mut rig = Rig::on(engine, meta).await;
        rig.encrypt(true);
        let mut bodies: BTreeMap<&str, Bytes> = BTreeMap::new();
        for (name, size) in [("inline", 100), ("full", INLINE), ("file", LARGE)] {
            bodies.insert(name, bytes(size as u64, size));
            rig.put(name, &bodies[name]).await.unwrap();
        }
        let log = bytes(5, 70_000);
        appending::append(&rig, "log", 0, &log.slice(..30_000)).await.unwrap();
        let upload = multipart::begin(&rig, "parts").await;
        let parts = [bytes(6, MIN_PART_BYTES as usize), bytes(7, 500)];
        multipart::put_part(&rig, "parts", upload, 1, &parts[0]).await.unwrap();
        let files = rig.files();

        let (old, new) = rotate(&rig).await;
        assert_eq!(sealed_by(&rig).await, BTreeMap::from([(old, 5)]));
        let refused = rig.store.retire_master_key(old, 5).await;
        assert!(matches!(refused, Err(StoreError::Key(KeyError::InUse(_, 5)))), "{refused:?}");
        walk(&rig).await;
        assert_eq!(sealed_by(&rig).await, BTreeMap::from([(new, 5)]));
        assert_eq!(rig.files(), files);
        rig.store.retire_master_key(old, 0).await.unwrap();
        rig.restart();
        for (name, body) in &bodies {
            assert!(rig.content(name).await.unwrap() == *body, "{name}");
        }
        // What had begun before continues by the same data keys.
        appending::append(&rig, "log", 30_000, &log.slice(30_000..)).await.unwrap();
        assert!(rig.content("log").await.unwrap() == log);
        multipart::put_part(&rig, "parts", upload, 2, &parts[1]).await.unwrap();
        rig.store.complete_upload(&rig.bucket, &key("parts"), upload, multipart::completion(&rig, None)).await.unwrap();
        assert!(rig.content("parts").await.unwrap() == parts.concat());
        assert_eq!(sealed_by(&rig).await, BTreeMap::from([(new, 5)]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_that_move_while_the_walk_is_between_two_pages_are_all_met() {
    for meta in MetaEngine::ALL {
        let mut rig = Rig::on(Engine::Files, meta).await;
        version(&mut rig, Versioning::Enabled).await;
        rig.encrypt(true);
        // More than a page: the first one ends within the keys of `b`.
        for name in ["a", "b"] {
            for round in 0..400 {
                rig.put(name, &bytes(round, 50)).await.unwrap();
            }
        }
        let (old, new) = rotate(&rig).await;
        let uploads_done = step(&rig, &SealedCursor::default()).await.unwrap();
        let within = step(&rig, &uploads_done).await.unwrap();
        assert!(matches!(&within, SealedCursor::Versions(key, Some(_)) if key == "b"), "{within:?}");
        let page = rig.store.sealed_page(&rig.bucket, &within).await.unwrap();
        let oldest = page.items.last().unwrap();
        // The walk has met the newest 100 versions of `b`. Once they have gone, older ones are current.
        for _ in 0..300 {
            let current = rig.object("b").await.unwrap().version.id();
            rig.store.delete_object(&rig.bucket, Deletion { key: key("b"), version: Some(current) }).await.unwrap();
        }
        rig.put("a", &bytes(1, 60)).await.unwrap();
        assert_eq!(sealed_by(&rig).await, BTreeMap::from([(old, 100), (new, 401)]));
        let mut cursor = Some(within);
        while let Some(at) = cursor {
            cursor = step(&rig, &at).await;
        }
        assert_eq!(sealed_by(&rig).await, BTreeMap::from([(new, 501)]));
        rig.store.retire_master_key(old, 0).await.unwrap();
        let SealedPlace::Version(id) = oldest.place else { panic!("it is a version") };
        let found = rig.store.version(&rig.bucket, &key("b"), id).await.unwrap().unwrap();
        let object = found.object().unwrap().clone();
        assert!(rig.read(&object, ByteRange { start: 0, end: 50 }).await.unwrap() == bytes(0, 50));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_version_null_is_met_wherever_it_is() {
    for meta in MetaEngine::ALL {
        let mut rig = Rig::on(Engine::Files, meta).await;
        rig.encrypt(true);
        rig.put("key", &bytes(1, 50)).await.unwrap();
        version(&mut rig, Versioning::Enabled).await;
        rig.encrypt(true);
        rig.put("key", &bytes(2, 50)).await.unwrap();
        let (old, new) = rotate(&rig).await;
        walk(&rig).await;
        assert_eq!(sealed_by(&rig).await, BTreeMap::from([(new, 2)]), "{meta:?}");
        rig.store.retire_master_key(old, 0).await.unwrap();
        let null = rig.store.version(&rig.bucket, &key("key"), VersionId::Null).await.unwrap().unwrap();
        let null = null.object().unwrap().clone();
        assert!(rig.read(&null, ByteRange { start: 0, end: 50 }).await.unwrap() == bytes(1, 50));
    }
}

/// A body that waits in the middle until the store has another master key and not the old one.
struct Interrupted {
    rest: Vec<Bytes>,
    store: Arc<Store>,
    retires: MasterKeyId,
}

#[async_trait::async_trait]
impl BodySource for Interrupted {
    async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        if self.rest.len() == 1 {
            self.store.rotate_master_key().await.unwrap();
            self.store.retire_master_key(self.retires, 0).await.unwrap();
        }
        Ok(self.rest.pop())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_body_that_arrives_during_a_rotation_is_kept_also_if_its_first_key_is_retired() {
    for size in [100, LARGE] {
        let mut rig = Rig::new().await;
        rig.encrypt(true);
        let (body, retires) = (bytes(1, size), rig.keys.keyring().active().unwrap());
        let rest = vec![body.slice(size / 2..), body.slice(..size / 2)];
        let mut source = Interrupted { rest, store: rig.store.clone(), retires };
        let expected = AnnouncedBody { length: Some(size as u64), ..AnnouncedBody::default() };
        let put = PutObject { encryption: rig.encryption, ..put("key", expected) };
        rig.store.put_object(&rig.bucket, put, &mut source).await.unwrap();
        let active = rig.keys.keyring().active().unwrap();
        assert_ne!(active, retires);
        assert_eq!(sealed_by(&rig).await, BTreeMap::from([(active, 1)]));
        assert!(rig.content("key").await.unwrap() == body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_data_key_whose_master_key_is_missing_stays_and_is_told() {
    let mut rig = Rig::new().await;
    rig.encrypt(true);
    rig.put("key", &bytes(1, LARGE)).await.unwrap();
    multipart::begin(&rig, "parts").await;
    rig.keys = crate::rig::keys();
    rig.restart();
    for cursor in [SealedCursor::default(), SealedCursor::Versions(String::new(), None)] {
        let page = rig.store.sealed_page(&rig.bucket, &cursor).await.unwrap();
        assert_eq!(page.items.len(), 1);
        let outcome = rig.store.reseal(&rig.bucket, &page.items[0]).await.unwrap();
        assert!(matches!(outcome, ResealOutcome::Unopened(KeyError::Missing(_))), "{outcome:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_gone_since_the_page_is_passed_over() {
    let mut rig = Rig::new().await;
    rig.encrypt(true);
    rig.put("deleted", &bytes(1, 50)).await.unwrap();
    rig.put("replaced", &bytes(2, 50)).await.unwrap();
    let upload = multipart::begin(&rig, "parts").await;
    rotate(&rig).await;
    let uploads = rig.store.sealed_page(&rig.bucket, &SealedCursor::default()).await.unwrap();
    let versions = rig.store.sealed_page(&rig.bucket, &uploads.next.unwrap()).await.unwrap();
    rig.delete("deleted").await;
    rig.put("replaced", &bytes(3, 50)).await.unwrap();
    rig.store.abort_upload(&rig.bucket, &key("parts"), upload).await.unwrap();
    let all: Vec<_> = uploads.items.into_iter().chain(versions.items).collect();
    assert_eq!(all.len(), 3);
    for item in all {
        let outcome = rig.store.reseal(&rig.bucket, &item).await.unwrap();
        assert!(matches!(outcome, ResealOutcome::Overtaken), "{item:?}: {outcome:?}");
    }
}
