//! Random changes with fills: over SQLite, opened again now and then, they must do what they do over the maps in memory.

use crate::{counters, engines::open, segments};
use coho_meta::{
    BucketQuery, Change, Changed, FillStore, MemoryMeta, MetaError, MetaStore, Overlay, SqliteMeta, UploadQuery,
    VersionQuery,
    conformance::sample::{
        appended, at, begin_upload, delete, edit, inline, key, name, new_bucket, object_of_appends, part, stored, tags,
        upload,
    },
};
use coho_model::{
    BlobId, Body, BucketAcl, BucketChange, BucketId, CompleteUpload, ConfigurationChange, Extent, FillToken, KeyChange,
    ListQuery, Listed, ListedPart, ObjectAcl, ObjectHeaders, ObjectRecord, ObjectType, PersistFill, TagSet,
    UploadChange, UploadId, VersionId, VersionSummary, Versioning, website::WebsiteConfiguration,
};
use proptest::prelude::*;
use std::{collections::BTreeSet, fmt::Debug, sync::Arc};

const KEYS: [&str; 5] = ["a", "a/b", "a/c", "b", "b0"];
const BUCKETS: [&str; 2] = ["first", "second"];
const SIZES: [usize; 4] = [0, 5, 3_000, 20_000];

/// A step; its numbers choose among what exists by then.
#[derive(Debug, Clone)]
enum Step {
    MakeBucket { bucket: usize, owner: bool },
    DeleteBucket { bucket: usize },
    SetBucket { bucket: usize, setting: u8 },
    Put { bucket: usize, key: usize, inline: bool, size: usize, careful: bool },
    Delete { bucket: usize, key: usize },
    SetAcl { bucket: usize, key: usize, version: Option<usize> },
    DeleteVersion { bucket: usize, key: usize, version: usize },
    SetVersioning { bucket: usize, suspended: bool },
    SetTags { bucket: usize, key: usize, version: Option<usize>, some: bool },
    Rewrite { bucket: usize, key: usize, seen: bool },
    Append { bucket: usize, key: usize, fits: bool },
    Merge { bucket: usize, key: usize, seen: bool },
    Seal { bucket: usize, key: usize },
    BeginFill { bucket: usize, key: usize },
    EndFill { fill: usize },
    Publish { fill: usize, inline: bool },
    Persist { max: usize },
    Withdraw { published: usize },
    BeginUpload { bucket: usize, key: usize },
    PutPart { upload: usize, number: u16, large: bool, empty: bool },
    Complete { upload: usize, all: bool, careful: bool },
    Abort { upload: usize },
    Forget { max: usize },
    Reopen { close: bool },
}

fn step() -> impl Strategy<Value = Step> {
    let (bucket, key) = (|| 0..BUCKETS.len(), || 0..KEYS.len());
    let any_of = || any::<prop::sample::Index>().prop_map(|index| index.index(64));
    prop_oneof![
        3 => (bucket(), any::<bool>()).prop_map(|(bucket, owner)| Step::MakeBucket { bucket, owner }),
        2 => bucket().prop_map(|bucket| Step::DeleteBucket { bucket }),
        1 => (bucket(), 0..4u8).prop_map(|(bucket, setting)| Step::SetBucket { bucket, setting }),
        8 => (bucket(), key(), any::<bool>(), 0..SIZES.len(), any::<bool>())
            .prop_map(|(bucket, key, inline, size, careful)| Step::Put { bucket, key, inline, size, careful }),
        4 => (bucket(), key()).prop_map(|(bucket, key)| Step::Delete { bucket, key }),
        2 => (bucket(), key(), prop::option::of(any_of()))
            .prop_map(|(bucket, key, version)| Step::SetAcl { bucket, key, version }),
        4 => (bucket(), key(), any_of())
            .prop_map(|(bucket, key, version)| Step::DeleteVersion { bucket, key, version }),
        1 => (bucket(), any::<bool>()).prop_map(|(bucket, suspended)| Step::SetVersioning { bucket, suspended }),
        2 => (bucket(), key(), prop::option::of(any_of()), any::<bool>())
            .prop_map(|(bucket, key, version, some)| Step::SetTags { bucket, key, version, some }),
        2 => (bucket(), key(), any::<bool>()).prop_map(|(bucket, key, seen)| Step::Rewrite { bucket, key, seen }),
        8 => (bucket(), key(), prop::bool::weighted(0.8)).prop_map(|(bucket, key, fits)| Step::Append { bucket, key, fits }),
        3 => (bucket(), key(), any::<bool>()).prop_map(|(bucket, key, seen)| Step::Merge { bucket, key, seen }),
        1 => (bucket(), key()).prop_map(|(bucket, key)| Step::Seal { bucket, key }),
        4 => (bucket(), key()).prop_map(|(bucket, key)| Step::BeginFill { bucket, key }),
        1 => any_of().prop_map(|fill| Step::EndFill { fill }),
        6 => (any_of(), any::<bool>()).prop_map(|(fill, inline)| Step::Publish { fill, inline }),
        2 => (1..4usize).prop_map(|max| Step::Persist { max }),
        1 => any_of().prop_map(|published| Step::Withdraw { published }),
        4 => (bucket(), key()).prop_map(|(bucket, key)| Step::BeginUpload { bucket, key }),
        8 => (any_of(), 1..5u16, any::<bool>(), prop::bool::weighted(0.1))
            .prop_map(|(upload, number, large, empty)| Step::PutPart { upload, number, large, empty }),
        3 => (any_of(), any::<bool>(), prop::bool::weighted(0.2))
            .prop_map(|(upload, all, careful)| Step::Complete { upload, all, careful }),
        2 => any_of().prop_map(|upload| Step::Abort { upload }),
        1 => (0..5usize).prop_map(|max| Step::Forget { max }),
        1 => any::<bool>().prop_map(|close| Step::Reopen { close }),
    ]
}

type Fill = (BucketId, &'static str, [FillToken; 2]);

/// Both engines, and what the steps need to know to name things.
struct Pair {
    directory: tempfile::TempDir,
    sqlite: Option<Overlay<SqliteMeta>>,
    memory: Overlay<MemoryMeta>,
    /// Ids are never used again, so one counter gives them all.
    last_id: u128,
    clock: i64,
    buckets: [BucketId; BUCKETS.len()],
    /// With the token of either store.
    fills: Vec<Fill>,
    uploads: Vec<(BucketId, &'static str, UploadId)>,
    /// A version of some key, there or not.
    some_version: Option<VersionId>,
    /// Not persisted or withdrawn; some may have been replaced.
    published: Vec<PersistFill>,
}

impl Pair {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let sqlite = Some(over(open(directory.path())));
        let buckets = [BucketId(-1); BUCKETS.len()];
        let (memory, fills, uploads, published) = (over(MemoryMeta::new()), Vec::new(), Vec::new(), Vec::new());
        Self { directory, sqlite, memory, last_id: 0, clock: 0, buckets, fills, uploads, some_version: None, published }
    }

    fn sqlite(&self) -> &Overlay<SqliteMeta> {
        self.sqlite.as_ref().unwrap()
    }

    fn next_id(&mut self) -> u128 {
        self.last_id += 1;
        self.last_id
    }

    async fn key(&mut self, bucket: BucketId, text: &str, change: KeyChange) {
        let (k, at) = (key(text), at(self.clock));
        loop {
            let batch = || Change::Key { bucket, key: k.clone(), change: change.clone() }.into();
            let sqlite = self.sqlite().commit(batch(), at).await;
            same(&sqlite, &self.memory.commit(batch(), at).await);
            if let Ok(Changed { version: Some(version), .. }) = &sqlite {
                self.some_version = Some(version.id);
            }
            if !matches!(sqlite, Err(MetaError::Unpersisted)) {
                return;
            }
            assert!(!self.published.is_empty());
            self.persist(usize::MAX).await;
        }
    }

    async fn upload(&mut self, upload: usize, change: UploadChange) {
        if self.uploads.is_empty() {
            return;
        }
        let (bucket, text, id) = self.uploads[upload % self.uploads.len()];
        let k = key(text);
        let sqlite = self.sqlite().change_upload(bucket, &k, id, change.clone(), at(self.clock)).await;
        same(&sqlite, &self.memory.change_upload(bucket, &k, id, change, at(self.clock)).await);
    }

    async fn bucket(&mut self, bucket: usize, change: BucketChange) {
        let text = name(BUCKETS[bucket]);
        let sqlite = self.sqlite().change_bucket(&text, change.clone(), at(self.clock)).await;
        same(&sqlite, &self.memory.change_bucket(&text, change, at(self.clock)).await);
        if let Ok(Some(record)) = sqlite {
            self.buckets[bucket] = record.id;
        }
    }

    async fn run(&mut self, step: Step) {
        self.clock += 1;
        match step {
            Step::MakeBucket { bucket, owner } => {
                let id = self.next_id() as i64;
                self.bucket(bucket, new_bucket(id, if owner { "me" } else { "you" })).await;
            }
            Step::DeleteBucket { bucket } => self.bucket(bucket, BucketChange::Delete).await,
            Step::SetBucket { bucket, setting } => {
                let website = Arc::new(WebsiteConfiguration::default());
                self.bucket(
                    bucket,
                    match setting {
                        0 => BucketChange::SetAcl(BucketAcl::Private),
                        1 => BucketChange::SetWebsite(Some(website), edit(3)),
                        2 => BucketChange::SetWebsite(None, edit(3)),
                        _ => BucketChange::SetWebsiteIfNone(website, edit(3)),
                    },
                )
                .await;
            }
            Step::Put { bucket, key, inline, size, careful } => {
                let object = self.object(inline, size);
                let change = KeyChange::Put { object, forbid_overwrite: careful, seed: 7 };
                self.key(self.buckets[bucket], KEYS[key], change).await;
            }
            Step::Delete { bucket, key } => self.key(self.buckets[bucket], KEYS[key], delete(at(self.clock))).await,
            Step::SetAcl { bucket, key, version } => {
                let version = match version {
                    Some(version) => Some(self.version(self.buckets[bucket], KEYS[key], version).await),
                    None => None,
                };
                let change = KeyChange::SetAcl { acl: ObjectAcl::Private, version };
                self.key(self.buckets[bucket], KEYS[key], change).await;
            }
            Step::DeleteVersion { bucket, key, version } => {
                let version = self.version(self.buckets[bucket], KEYS[key], version).await;
                self.key(self.buckets[bucket], KEYS[key], KeyChange::DeleteVersion(version)).await;
            }
            Step::SetVersioning { bucket, suspended } => {
                let versioning = if suspended { Versioning::Suspended } else { Versioning::Enabled };
                self.bucket(bucket, BucketChange::Configure(ConfigurationChange::Versioning(versioning))).await;
            }
            Step::SetTags { bucket, key, version, some } => {
                let tags = if some { tags(&self.next_id().to_string()) } else { TagSet::default() };
                let version = match version {
                    Some(version) => Some(self.version(self.buckets[bucket], KEYS[key], version).await),
                    None => None,
                };
                self.key(self.buckets[bucket], KEYS[key], KeyChange::SetTags { tags, version }).await;
            }
            Step::Rewrite { bucket, key, seen } => self.rewrite(self.buckets[bucket], KEYS[key], seen).await,
            Step::Append { bucket, key, fits } => self.append(self.buckets[bucket], KEYS[key], fits).await,
            Step::Merge { bucket, key, seen } => self.merge(self.buckets[bucket], KEYS[key], seen).await,
            Step::Seal { bucket, key } => {
                let position = self.length(self.buckets[bucket], KEYS[key]).await;
                let seal = KeyChange::Seal { position, at: at(self.clock) };
                self.key(self.buckets[bucket], KEYS[key], seal).await;
            }
            Step::BeginUpload { bucket, key } => self.begin_upload(self.buckets[bucket], KEYS[key]).await,
            Step::PutPart { upload, number, large, empty } => {
                let blob = if empty { 0 } else { self.next_id() };
                let size = if empty {
                    0
                } else if large {
                    200_000
                } else {
                    9
                };
                self.upload(upload, UploadChange::PutPart(part(number, size, blob))).await;
            }
            Step::Complete { upload, all, careful } => self.complete(upload, all, careful).await,
            Step::Abort { upload } => self.upload(upload, UploadChange::Abort).await,
            Step::BeginFill { .. } | Step::EndFill { .. } | Step::Publish { .. } => {
                self.fill_step(step).await;
            }
            Step::Persist { max } => self.persist(max).await,
            Step::Withdraw { published } => {
                if !self.published.is_empty() {
                    let fill = self.published.swap_remove(published % self.published.len());
                    same(&self.sqlite().withdraw(&fill).await, &self.memory.withdraw(&fill).await);
                }
            }
            Step::Forget { max } => {
                let blobs = self.memory.garbage(at(self.clock + 1), max).await.unwrap();
                self.memory.forget(&blobs).await.unwrap();
                self.sqlite().forget(&blobs).await.unwrap();
            }
            Step::Reopen { close } => self.reopen(close).await,
        }
    }

    fn object(&mut self, in_line: bool, size: usize) -> Arc<ObjectRecord> {
        let blob = self.next_id();
        if in_line { inline(blob, &vec![blob as u8; SIZES[size]]) } else { stored(&vec![blob; size]) }
    }

    /// One of the key's versions, or one that it has not.
    async fn version(&self, bucket: BucketId, text: &str, version: usize) -> VersionId {
        let versions = versions(&self.memory, bucket, text).await;
        versions.get(version % (versions.len() + 1)).map_or(VersionId::Null, |version| version.version.id())
    }

    async fn rewrite(&mut self, bucket: BucketId, text: &str, seen: bool) {
        let there = self.memory.object(bucket, &key(text)).await.unwrap();
        let other = self.object(true, 1);
        let seen = there.filter(|_| seen).unwrap_or(other).body.clone();
        let mut headers = ObjectHeaders::new();
        headers.set("content-type", &self.last_id.to_be_bytes());
        let modified = at(self.clock);
        let tags = self.last_id.is_multiple_of(3).then(|| tags(&self.last_id.to_string()));
        let change = KeyChange::Rewrite { seen, headers, storage_class: None, acl: None, tags, modified };
        self.key(bucket, text, change).await;
    }

    async fn length(&self, bucket: BucketId, text: &'static str) -> u64 {
        self.memory.object(bucket, &key(text)).await.unwrap().map_or(0, |object| object.size)
    }

    async fn append(&mut self, bucket: BucketId, text: &'static str, fits: bool) {
        let position = self.length(bucket, text).await + u64::from(!fits);
        let added = appended(self.next_id());
        self.key(bucket, text, KeyChange::Append { position, added, acl: None, forbid_overwrite: false }).await;
    }

    /// Merges all extents but the last one, of the object that is there or of another one.
    async fn merge(&mut self, bucket: BucketId, text: &'static str, seen: bool) {
        let there = self.memory.object(bucket, &key(text)).await.unwrap().filter(|_| seen);
        let object = there.unwrap_or_else(|| object_of_appends(&[1, 2, 3]));
        let Body::Extents(extents) = &object.body else { return };
        if object.object_type == ObjectType::Appendable && extents.len() > 1 {
            let run: Arc<[Extent]> = extents[..extents.len() - 1].into();
            let length = run.iter().map(|extent| extent.length).sum();
            let merged = Extent { blob: BlobId(self.next_id()), offset: 0, length };
            self.key(bucket, text, KeyChange::Merge { from: 0, run, merged }).await;
        }
    }

    async fn begin_upload(&mut self, bucket: BucketId, text: &'static str) {
        let id = self.next_id();
        if !self.buckets_that_are_there().await.contains(&bucket) {
            let begin = || UploadChange::Begin(upload(id, text));
            let sqlite = self.sqlite().change_upload(bucket, &key(text), UploadId(id), begin(), at(0)).await;
            same(&sqlite, &self.memory.change_upload(bucket, &key(text), UploadId(id), begin(), at(0)).await);
            return;
        }
        begin_upload(self.sqlite(), bucket, id, text).await;
        begin_upload(&self.memory, bucket, id, text).await;
        self.uploads.push((bucket, text, UploadId(id)));
    }

    async fn buckets_that_are_there(&self) -> Vec<BucketId> {
        let mut there = Vec::new();
        for text in BUCKETS {
            there.extend(self.memory.bucket(&name(text)).await.unwrap().map(|bucket| bucket.id));
        }
        there
    }

    async fn complete(&mut self, upload: usize, all: bool, careful: bool) {
        let Some((bucket, _, id)) = (!self.uploads.is_empty()).then(|| self.uploads[upload % self.uploads.len()])
        else {
            return;
        };
        let there = self.memory.list_parts(bucket, id, 0, 2).await.unwrap().parts;
        let listed = there.iter().map(|part| ListedPart { number: part.number, etag: Some(part.etag) }).collect();
        let parts = if all { None } else { Some(listed) };
        let complete = CompleteUpload {
            parts,
            modified: at(self.clock),
            forbid_overwrite: careful,
            acl: None,
            crc64: None,
            seed: 7,
            whole_md5: None,
        };
        self.upload(upload, UploadChange::Complete(complete)).await;
    }

    async fn fill_step(&mut self, step: Step) {
        let held = |fill: usize, fills: &[Fill]| (!fills.is_empty()).then(|| fills[fill % fills.len()]);
        match step {
            Step::BeginFill { bucket, key: k } => {
                let (bucket, text) = (self.buckets[bucket], KEYS[k]);
                let sqlite = self.sqlite().begin_fill(bucket, &key(text)).await;
                let memory = self.memory.begin_fill(bucket, &key(text)).await;
                match (sqlite, memory) {
                    (Ok(sqlite), Ok(memory)) => self.fills.push((bucket, text, [sqlite, memory])),
                    (sqlite, memory) => same(&sqlite, &memory),
                }
            }
            Step::EndFill { fill } => {
                if let Some((bucket, text, [sqlite, memory])) = held(fill, &self.fills) {
                    self.sqlite().end_fill(bucket, &key(text), sqlite).await.unwrap();
                    self.memory.end_fill(bucket, &key(text), memory).await.unwrap();
                }
            }
            Step::Publish { fill, inline } => {
                if let Some((bucket, text, [sqlite, memory])) = held(fill, &self.fills) {
                    let object = self.object(inline, 1 + fill % 3);
                    let fill = PersistFill { bucket, key: key(text), object };
                    // As every caller must: the key had no object when the token was taken, so it has none while the token is held.
                    // A bucket with versions fetches nothing.
                    if self.memory.object(bucket, &fill.key).await.unwrap().is_some()
                        || !versions(&self.memory, bucket, text).await.is_empty()
                    {
                        return;
                    }
                    let published = self.sqlite().publish(fill.clone(), sqlite).await;
                    same(&published, &self.memory.publish(fill.clone(), memory).await);
                    if published.is_ok() {
                        self.published.push(fill);
                    }
                }
            }
            other => unreachable!("{other:?} is not a step of a fill"),
        }
    }

    async fn persist(&mut self, max: usize) {
        let fills: Vec<_> = self.published.drain(..max.min(self.published.len())).collect();
        same(
            &self.sqlite().persist(fills.clone(), at(self.clock)).await,
            &self.memory.persist(fills, at(self.clock)).await,
        );
    }

    /// Neither fills nor published objects survive it; an orderly end persists them before.
    async fn reopen(&mut self, close: bool) {
        if close {
            self.persist(usize::MAX).await;
            self.sqlite().engine().close().await.unwrap();
        }
        self.sqlite = None;
        segments::assert_counted(self.directory.path());
        counters::assert_exact(self.directory.path());
        self.sqlite = Some(over(open(self.directory.path())));
        self.memory = Overlay::new(self.memory.engine().clone());
        self.fills.clear();
        self.published.clear();
    }

    async fn compare(&self) {
        let (sqlite, memory) = (self.sqlite(), &self.memory);
        for owner in ["me", "you"] {
            let query = BucketQuery {
                owner: Some(owner.into()),
                prefix: String::new(),
                after: String::new(),
                tag: None,
                max: 9,
            };
            same(&sqlite.list_buckets(query.clone()).await, &memory.list_buckets(query).await);
        }
        for bucket in self.buckets {
            same(&sqlite.bucket_stat(bucket).await, &memory.bucket_stat(bucket).await);
            same(&sqlite.website_versions(bucket, None, 9).await, &memory.website_versions(bucket, None, 9).await);
            for text in KEYS {
                same(&sqlite.object(bucket, &key(text)).await, &memory.object(bucket, &key(text)).await);
                let k = key(text);
                same(&sqlite.current_marker(bucket, &k).await, &memory.current_marker(bucket, &k).await);
                for version in versions(memory, bucket, text).await {
                    let id = version.version.id();
                    same(&sqlite.version(bucket, &k, id).await, &memory.version(bucket, &k, id).await);
                }
            }
            for (delimiter, after, max) in [("", "", 100), ("/", "", 2), ("/", "a/", 2), ("", "a", 2)] {
                let list = ListQuery { prefix: String::new(), delimiter: delimiter.into(), after: after.into(), max };
                same(
                    &sqlite.list_objects(bucket, list.clone()).await,
                    &memory.list_objects(bucket, list.clone()).await,
                );
                for version in [None, Some(VersionId::Null), self.some_version] {
                    let query = VersionQuery { list: list.clone(), after_version: version };
                    same(
                        &sqlite.list_versions(bucket, query.clone()).await,
                        &memory.list_versions(bucket, query).await,
                    );
                }
                let after_upload = (max == 2).then_some(UploadId(self.last_id / 2));
                let query = UploadQuery { list, after_upload };
                same(&sqlite.list_uploads(bucket, query.clone()).await, &memory.list_uploads(bucket, query).await);
            }
        }
        for (bucket, text, id) in self.uploads.iter().rev().take(3) {
            same(&sqlite.upload(*bucket, &key(text), *id).await, &memory.upload(*bucket, &key(text), *id).await);
            same(&sqlite.list_parts(*bucket, *id, 1, 2).await, &memory.list_parts(*bucket, *id, 1, 2).await);
        }
        for (bucket, text, tokens) in self.fills.iter().rev().take(3) {
            let held = sqlite.holds_token(*bucket, &key(text), tokens[0]).await;
            same(&held, &memory.holds_token(*bucket, &key(text), tokens[1]).await);
        }
        same(&sqlite.garbage(at(self.clock), 5).await, &memory.garbage(at(self.clock), 5).await);
        assert_eq!(blobs(sqlite).await, blobs(memory).await);
    }
}

/// All versions of a key.
async fn versions(store: &dyn MetaStore, bucket: BucketId, text: &str) -> Vec<VersionSummary> {
    let list = ListQuery { prefix: text.into(), delimiter: String::new(), after: String::new(), max: 1000 };
    let page = store.list_versions(bucket, VersionQuery { list, after_version: None }).await.unwrap();
    let rows = page.entries.into_iter().filter_map(|entry| match entry {
        Listed::Row(version) => Some(version),
        Listed::Prefix(_) => None,
    });
    rows.filter(|version| version.listed.key().as_str() == text).collect()
}

fn over<M: MetaStore>(engine: M) -> Overlay<M> {
    Overlay::new(Arc::new(engine))
}

/// The same results, errors included.
#[track_caller]
fn same<T: Debug>(sqlite: &T, memory: &T) {
    assert_eq!(format!("{sqlite:?}"), format!("{memory:?}"));
}

async fn blobs(store: &dyn MetaStore) -> BTreeSet<BlobId> {
    let (mut all, mut cursor) = (BTreeSet::new(), None);
    loop {
        let page = store.referenced_blobs(cursor, 3).await.unwrap();
        all.extend(page.blobs);
        cursor = page.next;
        if cursor.is_none() {
            return all;
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 400, ..ProptestConfig::default() })]

    #[test]
    fn sqlite_does_what_the_maps_do(steps in proptest::collection::vec(step(), 1..60)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut pair = Pair::new();
            for bucket in 0..BUCKETS.len() {
                pair.run(Step::MakeBucket { bucket, owner: true }).await;
            }
            for step in steps {
                pair.run(step).await;
                pair.compare().await;
            }
        });
    }
}
