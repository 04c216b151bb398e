//! Random writes of versions against the simplest account of them, a list for each key, over every engine.

use crate::engines::fresh_overlay;
use coho_meta::{
    Change, MemoryMeta, MetaError, MetaStore, Overlay, VersionQuery,
    conformance::sample::{at, begin_upload, bucket, delete, inline, key, name, part, put, put_part, stored},
};
use coho_model::{
    BucketChange, BucketId, BucketStat, CompleteUpload, ConfigurationChange, KeyChange, KeyVersion, ListQuery, Listed,
    ListedVersion, ObjectAcl, UploadChange, UploadId, VersionId, VersionSummary, Versioning,
};
use proptest::prelude::*;
use std::{collections::BTreeMap, sync::Arc};

const KEYS: [&str; 4] = ["a", "a/b", "a/c", "b"];
const SIZES: [usize; 3] = [1, 3_000, 20_000];

#[derive(Debug, Clone)]
enum Step {
    Enable,
    Suspend,
    Put { key: usize, size: usize, inline: bool },
    Complete { key: usize },
    Delete { key: usize },
    DeleteVersion { key: usize, version: usize },
    SetAcl { key: usize, version: usize },
    Clock { to: i64 },
}

fn step() -> impl Strategy<Value = Step> {
    let key = || 0..KEYS.len();
    prop_oneof![
        2 => Just(Step::Enable),
        2 => Just(Step::Suspend),
        8 => (key(), 0..SIZES.len(), any::<bool>()).prop_map(|(key, size, inline)| Step::Put { key, size, inline }),
        2 => key().prop_map(|key| Step::Complete { key }),
        5 => key().prop_map(|key| Step::Delete { key }),
        6 => (key(), 0..8usize).prop_map(|(key, version)| Step::DeleteVersion { key, version }),
        1 => (key(), 0..8usize).prop_map(|(key, version)| Step::SetAcl { key, version }),
        1 => (0..5_000i64).prop_map(|to| Step::Clock { to }),
    ]
}

/// A version: its id, its bytes unless it is a delete marker, whether it is private.
#[derive(Debug, Clone, PartialEq)]
struct Twin {
    id: VersionId,
    bytes: Option<u64>,
    private: bool,
}

struct Run<'a> {
    store: &'a dyn MetaStore,
    bucket: BucketId,
    versioning: Versioning,
    /// Of each key, oldest first.
    keys: BTreeMap<&'static str, Vec<Twin>>,
    blob: u128,
    clock: i64,
}

impl Run<'_> {
    async fn run(&mut self, step: Step) {
        self.clock += 1;
        self.blob += 1;
        match step {
            Step::Enable => self.set(Versioning::Enabled).await,
            Step::Suspend => self.set(Versioning::Suspended).await,
            Step::Clock { to } => self.clock = to,
            Step::Put { key, size, inline: in_line } => {
                let size = SIZES[size];
                let object = if in_line { inline(self.blob, &vec![7; size]) } else { stored(&[self.blob]) };
                let mut object = (*object).clone();
                (object.modified, object.acl) = (at(self.clock), ObjectAcl::Default);
                let bytes = object.size;
                let id = self.change(KEYS[key], put(Arc::new(object))).await.unwrap();
                self.written(KEYS[key], id, Some(bytes));
            }
            Step::Complete { key } => self.complete(KEYS[key]).await,
            Step::Delete { key } => {
                let id = self.change(KEYS[key], delete(at(self.clock))).await.unwrap();
                match self.versioning {
                    Versioning::Off => drop(self.keys.remove(KEYS[key])),
                    Versioning::Enabled | Versioning::Suspended => self.written(KEYS[key], id, None),
                }
            }
            Step::DeleteVersion { key, version } => {
                let (text, id) = (KEYS[key], self.chosen(key, version));
                let exists = self.keys.get(text).is_some_and(|versions| versions.iter().any(|twin| twin.id == id));
                let deleted = self.change(text, KeyChange::DeleteVersion(id)).await;
                let succeeds = exists || (self.versioning == Versioning::Off && id == VersionId::Null);
                assert_eq!(deleted.is_ok(), succeeds, "{deleted:?}");
                self.keys.entry(text).or_default().retain(|twin| twin.id != id);
            }
            Step::SetAcl { key, version } => {
                let (text, id) = (KEYS[key], self.chosen(key, version));
                let set = KeyChange::SetAcl { acl: ObjectAcl::Private, version: Some(id) };
                let set = self.change(text, set).await.is_ok();
                let twin = self.keys.entry(text).or_default().iter_mut().find(|twin| twin.id == id);
                let twin = twin.filter(|twin| twin.bytes.is_some());
                assert_eq!(set, twin.is_some());
                twin.into_iter().for_each(|twin| twin.private = true);
            }
        }
    }

    async fn set(&mut self, versioning: Versioning) {
        let change = BucketChange::Configure(ConfigurationChange::Versioning(versioning));
        self.store.change_bucket(&name("bucket-1"), change, at(0)).await.unwrap();
        self.versioning = versioning;
    }

    /// The id of the version that the change was about; `null` without versioning.
    async fn change(&self, text: &str, change: KeyChange) -> Result<VersionId, MetaError> {
        let names_version = self.versioning.is_versioned() && !matches!(change, KeyChange::SetAcl { .. });
        let change = Change::Key { bucket: self.bucket, key: key(text), change };
        let changed = self.store.commit(change.into(), at(self.clock)).await?;
        assert_eq!(changed.version.is_some(), names_version);
        Ok(changed.version.map_or(VersionId::Null, |version| version.id))
    }

    async fn complete(&mut self, text: &'static str) {
        let upload = 4 * self.blob;
        begin_upload(self.store, self.bucket, upload, text).await;
        put_part(self.store, self.bucket, upload, text, part(1, 9, self.blob)).await;
        let complete = UploadChange::Complete(CompleteUpload {
            parts: None,
            modified: at(self.clock),
            forbid_overwrite: false,
            acl: Some(ObjectAcl::Default),
            crc64: None,
            seed: self.blob as u64,
            whole_md5: None,
        });
        let written = self.store.change_upload(self.bucket, &key(text), UploadId(upload), complete, at(0)).await;
        let id = written.unwrap().unwrap().version.id();
        self.written(text, id, Some(9));
    }

    fn written(&mut self, text: &'static str, id: VersionId, bytes: Option<u64>) {
        let versions = self.keys.entry(text).or_default();
        match self.versioning {
            Versioning::Off => versions.clear(),
            Versioning::Enabled => assert!(versions.iter().all(|twin| twin.id != id), "ids are never used twice"),
            Versioning::Suspended => {
                assert_eq!(id, VersionId::Null);
                versions.retain(|twin| twin.id != id);
            }
        }
        versions.push(Twin { id, bytes, private: false });
    }

    /// One of the key's versions, or one that it has not.
    fn chosen(&self, key: usize, version: usize) -> VersionId {
        let twin = self.keys.get(KEYS[key]).and_then(|versions| versions.get(version));
        twin.map_or(VersionId::Null, |twin| twin.id)
    }

    /// Everything that can be read says what the twins say.
    async fn compare(&self) {
        let mut expected = Vec::new();
        let mut counted = BucketStat::default();
        for (text, versions) in &self.keys {
            for (place, twin) in versions.iter().rev().enumerate() {
                expected.push(((*text).to_owned(), twin.id, twin.bytes, place == 0));
                match twin.bytes {
                    Some(bytes) => (counted.objects, counted.bytes) = (counted.objects + 1, counted.bytes + bytes),
                    None => counted.delete_markers += 1,
                }
                let found = self.store.version(self.bucket, &key(text), twin.id).await.unwrap();
                let found = found.expect("it exists");
                assert_eq!(found.object().map(|object| object.size), twin.bytes);
                if let KeyVersion::Object(object) = &found {
                    if object.mirrored_from.is_some() {
                        counted.mirrored_objects += 1;
                        counted.mirrored_bytes += object.size;
                    }
                    assert_eq!(object.acl == ObjectAcl::Private, twin.private);
                    assert!(object.body.inline_blob().is_none() || object.body.inline_bytes() as u64 == object.size);
                }
            }
            let current = self.store.object(self.bucket, &key(text)).await.unwrap();
            let newest = versions.last();
            let expected = newest.filter(|twin| twin.bytes.is_some()).map(|twin| twin.id);
            assert_eq!(current.map(|object| object.version.id()), expected);
            let marker = self.store.current_marker(self.bucket, &key(text)).await.unwrap();
            let expected = newest.filter(|twin| twin.bytes.is_none()).map(|twin| twin.id);
            assert_eq!(marker.map(|marker| marker.version.id()), expected);
        }
        assert_eq!(self.store.bucket_stat(self.bucket).await.unwrap(), counted);
        for max in [1, 3, 1000] {
            assert_eq!(self.listed(max).await, expected, "pages of {max}");
        }
        if self.keys.values().any(|versions| !versions.is_empty()) {
            assert!(self.store.change_bucket(&name("bucket-1"), BucketChange::Delete, at(0)).await.is_err());
        }
    }

    async fn listed(&self, max: usize) -> Vec<(String, VersionId, Option<u64>, bool)> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let (marker, after_version) = after.unwrap_or_default();
            let list = ListQuery { prefix: String::new(), delimiter: String::new(), after: marker, max };
            let page = self.store.list_versions(self.bucket, VersionQuery { list, after_version }).await.unwrap();
            all.extend(page.entries.into_iter().map(|entry| match entry {
                Listed::Row(VersionSummary { version, is_latest, listed }) => {
                    let bytes = match &listed {
                        ListedVersion::Object(object) => Some(object.size),
                        ListedVersion::Marker { .. } => None,
                    };
                    (listed.key().as_str().to_owned(), version.id(), bytes, is_latest)
                }
                Listed::Prefix(prefix) => panic!("{prefix} without a delimiter"),
            }));
            after = page.next;
            if after.is_none() {
                return all;
            }
        }
    }
}

async fn check(store: &dyn MetaStore, steps: Vec<Step>) {
    let bucket = bucket(store, 1).await;
    let (versioning, keys) = (Versioning::Off, BTreeMap::new());
    let mut run = Run { store, bucket, versioning, keys, blob: 0, clock: 1_000 };
    for step in steps {
        run.run(step).await;
        run.compare().await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, max_shrink_iters: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_engine_keeps_the_versions_that_a_list_keeps(steps in proptest::collection::vec(step(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            check(&Overlay::new(Arc::new(MemoryMeta::new())), steps.clone()).await;
            let (sqlite, _directory) = fresh_overlay();
            check(&sqlite, steps).await;
        });
    }
}
