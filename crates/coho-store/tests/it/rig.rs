//! A store with a bucket, a clock that tests set, and short forms of what every test does.

use crate::source::Script;
use bytes::Bytes;
use coho_blob::{BlobStore, FsBlobs, FsOptions, MemoryBlobs};
use coho_crypt::MasterKeys;
use coho_meta::{FillStore, MemoryMeta, Overlay, SegmentOptions, SqliteMeta, SqliteOptions};
use coho_model::{
    BlobId, BucketName, BucketRecord, ByteRange, ETag, KeyChange, MirrorSetting, ObjectAcl, ObjectHeaders, ObjectKey,
    ObjectRecord, SseAlgorithm, StorageClass, Timestamp,
};
use coho_store::{
    AnnouncedBody, Clock, CreateBucketOptions, FillHead, PutObject, SpooledBlobs, Store, StoreError, StoreOptions,
    Sweeper,
};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};
use tempfile::TempDir;

/// Bodies up to this many bytes are kept with the metadata.
pub(crate) const INLINE: usize = 4096;
/// A size that goes into a file.
pub(crate) const LARGE: usize = 300_000;
/// A test that hangs fails after this; nothing waits for it otherwise.
const FAILSAFE: Duration = Duration::from_secs(60);

/// Stands still until it is moved.
#[derive(Debug)]
pub(crate) struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.0.load(Ordering::SeqCst))
    }
}

impl TestClock {
    pub(crate) fn new() -> Self {
        Self(AtomicI64::new(1_795_420_800_000))
    }

    pub(crate) fn advance(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

/// The blob engine of a rig.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Files,
    /// An engine without local files, and the spool that it needs.
    MemoryAndSpool,
}

impl Engine {
    pub(crate) const ALL: [Self; 2] = [Self::Files, Self::MemoryAndSpool];
}

pub(crate) struct Rig {
    /// The engine's own blobs, if it has no folder for them.
    pub(crate) memory: Option<MemoryBlobs>,
    pub(crate) clock: Arc<TestClock>,
    pub(crate) meta: Arc<dyn FillStore>,
    pub(crate) blobs: Arc<dyn BlobStore>,
    pub(crate) store: Arc<Store>,
    pub(crate) bucket: Arc<BucketRecord>,
    pub(crate) folder: TempDir,
    pub(crate) keys: Arc<MasterKeys>,
    /// How what is written is encrypted.
    pub(crate) encryption: Option<SseAlgorithm>,
    pub(crate) options: StoreOptions,
}

/// The metadata engine of a rig.
#[derive(Debug, Clone, Copy)]
pub(crate) enum MetaEngine {
    Memory,
    Sqlite,
}

impl MetaEngine {
    pub(crate) const ALL: [Self; 2] = [Self::Memory, Self::Sqlite];

    pub(crate) fn open(self, folder: &Path) -> Arc<dyn FillStore> {
        match self {
            Self::Memory => Arc::new(Overlay::new(MemoryMeta::new().into())),
            Self::Sqlite => Arc::new(sqlite(folder)),
        }
    }
}

pub(crate) fn sqlite(folder: &Path) -> Overlay<SqliteMeta> {
    Overlay::new(Arc::new(sqlite_engine(folder)))
}

pub(crate) fn sqlite_engine(folder: &Path) -> SqliteMeta {
    let options = SqliteOptions {
        record_cache_bytes: 1 << 20,
        reader_connections: 2,
        page_connections: 1,
        reader_page_cache_bytes: 1 << 20,
        writer_page_cache_bytes: 1 << 20,
        segments: SegmentOptions::default(),
        legacy_website: |text| Err(text.into()),
    };
    SqliteMeta::open(&folder.join("meta.sqlite"), options).unwrap()
}

pub(crate) fn key(text: &str) -> ObjectKey {
    ObjectKey::parse(text).unwrap()
}

/// Bytes that look like no others.
pub(crate) fn bytes(seed: u64, length: usize) -> Bytes {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as u8
    };
    std::iter::repeat_with(next).take(length).collect()
}

pub(crate) fn fs_blobs(folder: &Path, reserve_bytes: u64) -> Arc<FsBlobs> {
    Arc::new(FsBlobs::open(folder.join("blobs"), FsOptions { reserve_bytes, open_files: 8 }).unwrap())
}

/// Fails the test instead of letting it hang.
pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    tokio::select! {
        // First the failsafe: what it wakes must not look as if it had got there by itself.
        biased;
        () = tokio::time::sleep(FAILSAFE) => panic!("{what} hangs"),
        output = future => output,
    }
}

/// Waits for what another thread is about to do.
pub(crate) async fn eventually(what: &str, mut condition: impl FnMut() -> bool) {
    within(what, async {
        while !condition() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

impl Rig {
    pub(crate) async fn new() -> Self {
        Self::with(Engine::Files).await
    }

    pub(crate) async fn with(engine: Engine) -> Self {
        Self::on(engine, MetaEngine::Memory).await
    }

    pub(crate) async fn on(engine: Engine, meta: MetaEngine) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (memory, blobs): (_, Arc<dyn BlobStore>) = match engine {
            Engine::Files => (None, fs_blobs(folder.path(), 0)),
            Engine::MemoryAndSpool => {
                let memory = MemoryBlobs::new(1 << 40);
                let options = FsOptions { reserve_bytes: 0, open_files: 8 };
                let spooled = SpooledBlobs::open(Arc::new(memory.clone()), folder.path().join("blobs"), options);
                (Some(memory), Arc::new(spooled.unwrap()))
            }
        };
        let meta = meta.open(folder.path());
        let rig = Self::over(folder, meta, blobs).await;
        Self { memory, ..rig }
    }

    pub(crate) async fn over(folder: TempDir, meta: Arc<dyn FillStore>, blobs: Arc<dyn BlobStore>) -> Self {
        let (clock, keys, options) = (Arc::new(TestClock::new()), keys(), options());
        let store = store_with(&meta, &blobs, &clock, &keys, options);
        let bucket = make_bucket(&store).await;
        Self { memory: None, clock, meta, blobs, store, bucket, folder, keys, encryption: None, options }
    }

    /// A store over the same data, as after a restart.
    pub(crate) fn restart(&mut self) {
        self.store = store_with(&self.meta, &self.blobs, &self.clock, &self.keys, self.options);
    }

    /// Encrypts everything that is written from now on, or nothing.
    pub(crate) fn encrypt(&mut self, encrypts: bool) {
        self.encryption = encrypts.then_some(SseAlgorithm::Aes256);
        let mirror = self.bucket.mirror.clone().with(MirrorSetting::Encrypts(encrypts));
        self.bucket = Arc::new(BucketRecord { mirror, ..(*self.bucket).clone() });
    }

    /// The same data over other blobs.
    pub(crate) fn with_blobs(&mut self, blobs: Arc<dyn BlobStore>) {
        self.blobs = blobs;
        self.restart();
    }

    /// Filled objects are durable before their fills end; from now on they may wait.
    pub(crate) fn persist_after(&mut self, persist_delay: Duration) {
        self.options.persist_delay = persist_delay;
        self.restart();
    }

    pub(crate) fn blob_folder(&self) -> PathBuf {
        self.folder.path().join("blobs")
    }

    /// The blobs that exist, as the disk says and not the store; with those of an engine that has none on it.
    pub(crate) fn files(&self) -> BTreeSet<BlobId> {
        let mut all = self.files_on_disk();
        all.extend(self.memory.iter().flat_map(MemoryBlobs::ids));
        all
    }

    fn files_on_disk(&self) -> BTreeSet<BlobId> {
        let folders = std::fs::read_dir(self.blob_folder()).unwrap();
        let files = folders.flat_map(|folder| std::fs::read_dir(folder.unwrap().path()).unwrap());
        files.map(|file| BlobId::parse(file.unwrap().file_name().to_str().unwrap()).unwrap()).collect()
    }

    pub(crate) fn file(&self, blob: BlobId) -> PathBuf {
        let folders = std::fs::read_dir(self.blob_folder()).unwrap();
        let mut files = folders.map(|folder| folder.unwrap().path().join(blob.to_string()));
        files.find(|file| file.is_file()).unwrap()
    }

    pub(crate) async fn put(&self, name: &str, body: &Bytes) -> Result<Arc<ObjectRecord>, StoreError> {
        let expected = AnnouncedBody { length: Some(body.len() as u64), ..AnnouncedBody::default() };
        let put = PutObject { encryption: self.encryption, ..put(name, expected) };
        self.put_from(put, &mut Script::of(body, 50_000)).await
    }

    pub(crate) async fn put_from(&self, put: PutObject, source: &mut Script) -> Result<Arc<ObjectRecord>, StoreError> {
        within("a put", self.store.put_object(&self.bucket, put, source)).await
    }

    pub(crate) async fn delete(&self, name: &str) {
        let deleted = self
            .meta
            .change_key(
                self.bucket.id,
                &key(name),
                KeyChange::Delete { at: self.clock.now(), seed: 7 },
                self.clock.now(),
            )
            .await;
        assert_eq!(deleted.unwrap(), None);
    }

    pub(crate) async fn object(&self, name: &str) -> Option<Arc<ObjectRecord>> {
        self.store.object(&self.bucket, &key(name)).await.unwrap()
    }

    /// The whole content under a key.
    pub(crate) async fn content(&self, name: &str) -> Option<Vec<u8>> {
        let record = self.object(name).await?;
        let whole = ByteRange { start: 0, end: record.size };
        Some(self.read(&record, whole).await.unwrap())
    }

    pub(crate) async fn read(&self, record: &Arc<ObjectRecord>, range: ByteRange) -> Result<Vec<u8>, StoreError> {
        let mut reader = self.store.read_object(record.clone(), range).await?;
        let mut all = Vec::new();
        while let Some(bytes) = within("a read", reader.read()).await? {
            assert!(!bytes.is_empty(), "an empty piece is not a piece");
            all.extend_from_slice(&bytes);
            assert_eq!(reader.remaining(), range.length() - all.len() as u64);
        }
        Ok(all)
    }

    /// Sweeps everything that is garbage by now.
    pub(crate) async fn sweep(&self) -> usize {
        self.clock.advance(1);
        Sweeper::new(self.store.clone()).sweep(0).await.unwrap()
    }
}

/// Filled objects are durable, and archived ones restored, at once.
pub(crate) fn options() -> StoreOptions {
    let [persist_delay, restore_delay] = [Duration::ZERO; 2];
    StoreOptions { inline_bytes: INLINE, persist_delay, website_versions: 9, restore_delay }
}

/// A store with keys of its own.
pub(crate) fn store(meta: &Arc<dyn FillStore>, blobs: &Arc<dyn BlobStore>, clock: &Arc<TestClock>) -> Arc<Store> {
    store_with(meta, blobs, clock, &keys(), options())
}

pub(crate) fn store_with(
    meta: &Arc<dyn FillStore>,
    blobs: &Arc<dyn BlobStore>,
    clock: &Arc<TestClock>,
    keys: &Arc<MasterKeys>,
    options: StoreOptions,
) -> Arc<Store> {
    Arc::new(Store::new(meta.clone(), blobs.clone(), clock.clone(), keys.clone(), options))
}

pub(crate) fn keys() -> Arc<MasterKeys> {
    Arc::new(MasterKeys::in_memory(Timestamp::from_unix_ms(0)).unwrap())
}

pub(crate) async fn make_bucket(store: &Store) -> Arc<BucketRecord> {
    let create = CreateBucketOptions { owner: "owner".into(), acl: None, storage_class: None, redundancy: None };
    store.create_bucket(&bucket_name(), create).await.unwrap().unwrap()
}

pub(crate) fn bucket_name() -> BucketName {
    BucketName::parse("bucket").unwrap()
}

pub(crate) fn put(name: &str, expected: AnnouncedBody) -> PutObject {
    PutObject {
        key: key(name),
        headers: headers("text/plain"),
        acl: ObjectAcl::Default,
        attributes: None,
        encryption: None,
        storage_class: StorageClass::Standard,
        forbid_overwrite: false,
        expected,
    }
}

pub(crate) fn headers(content_type: &str) -> ObjectHeaders {
    let mut headers = ObjectHeaders::new();
    headers.set("content-type", content_type.as_bytes());
    headers
}

/// The ETag of mirrored objects; it has nothing to do with their bytes.
pub(crate) const MIRROR_ETAG: ETag = ETag { bits: [7; 16], parts: 1 };

/// What an origin says of an object before its body.
pub(crate) fn fill_head(length: Option<u64>) -> FillHead {
    FillHead {
        etag: MIRROR_ETAG,
        modified: Timestamp::from_unix_ms(1_795_000_000_000),
        headers: headers("image/png"),
        attributes: None,
        provenance: provenance("http%3a%2f%2forigin"),
        length,
        expected_md5: None,
    }
}

/// Where a mirrored object came from.
pub(crate) fn provenance(url: &str) -> Arc<coho_model::Provenance> {
    Arc::new(coho_model::Provenance { url: url.into(), fetch: None, rewritten: None })
}
