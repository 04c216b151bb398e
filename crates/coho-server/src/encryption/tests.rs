use super::*;
use crate::access_keys::{ConfiguredKeys, NewKey};
use bytes::Bytes;
use coho_admin_api::{
    access::AccessKeySource,
    encryption::{EncryptionJobOutcome, SealedCount},
};
use coho_auth::{AcceptedRegion, Credential, Credentials};
use coho_blob::MemoryBlobs;
use coho_crypt::{KeyFiles, MasterKeys};
use coho_meta::{MemoryMeta, Overlay};
use coho_model::{ByteRange, KeyRights, ObjectHeaders, ObjectKey, SseAlgorithm, StorageClass};
use coho_store::{
    AnnouncedBody, BodyError, BodySource, Clock, CreateBucketOptions, Deletion, NewUpload, PutObject, SpooledBlobs,
    StoreOptions,
};
use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicI64, Ordering},
};
use tempfile::TempDir;

const BODY: &[u8] = b"a body that is encrypted";

#[derive(Debug)]
struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.0.load(Ordering::SeqCst))
    }
}

struct Whole(Option<Bytes>);

#[async_trait::async_trait]
impl BodySource for Whole {
    async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        Ok(self.0.take())
    }
}

fn key(text: &str) -> ObjectKey {
    ObjectKey::parse(text).unwrap()
}

/// A store whose metadata and files outlive it.
struct Rig {
    folder: TempDir,
    meta: Arc<Overlay<MemoryMeta>>,
    blobs: Arc<SpooledBlobs>,
    clock: Arc<TestClock>,
    store: Arc<Store>,
    access_keys: Arc<KeyRegistry>,
    runner: Arc<EncryptionRunner>,
}

impl Rig {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let options = coho_blob::FsOptions { reserve_bytes: 0, open_files: 8 };
        let memory = Arc::new(MemoryBlobs::new(1 << 20));
        let blobs = Arc::new(SpooledBlobs::open(memory, folder.path().join("spool"), options).unwrap());
        let clock = Arc::new(TestClock(AtomicI64::new(1_800_000_000_000)));
        Self::over(folder, Arc::new(Overlay::new(MemoryMeta::new().into())), blobs, clock).await
    }

    async fn over(
        folder: TempDir,
        meta: Arc<Overlay<MemoryMeta>>,
        blobs: Arc<SpooledBlobs>,
        clock: Arc<TestClock>,
    ) -> Self {
        let write: fn(&Path, &str) -> io::Result<()> = |path, text| std::fs::write(path, text);
        let (keys, known) = (folder.path().join("keys.json"), folder.path().join("known.json"));
        let keys = Arc::new(MasterKeys::open(KeyFiles { keys, known, replace: write }).unwrap());
        let options = StoreOptions {
            inline_bytes: 4096,
            persist_delay: Duration::ZERO,
            website_versions: 1,
            restore_delay: Duration::ZERO,
        };
        let store = Store::new(meta.clone(), blobs.clone(), clock.clone(), keys.clone(), options);
        let store = Arc::new(store);
        let credentials = Credentials::new([Credential::new("file", "secret", "1000")]).unwrap();
        let configured = ConfiguredKeys { credentials, source: AccessKeySource::File, owner: "1000".into() };
        let access_keys = KeyRegistry::load(store.clone(), keys, configured, AcceptedRegion::Any).await.unwrap();
        let options = EncryptionOptions {
            changes_per_second: 1_000_000,
            state_file: folder.path().join("encryption.json"),
            write_private: write,
        };
        let runner = EncryptionRunner::new(store.clone(), access_keys.clone(), options);
        Self { folder, meta, blobs, clock, store, access_keys, runner }
    }

    /// As after a kill: what is in memory alone is lost.
    async fn restart(self) -> Self {
        Self::over(self.folder, self.meta, self.blobs, self.clock).await
    }

    async fn bucket(&self, name: &str) -> Arc<BucketRecord> {
        let name = BucketName::parse(name).unwrap();
        if let Some(bucket) = self.store.bucket(&name).await.unwrap() {
            return bucket;
        }
        let options = CreateBucketOptions { owner: "1000".into(), acl: None, storage_class: None, redundancy: None };
        self.store.create_bucket(&name, options).await.unwrap();
        self.store.bucket(&name).await.unwrap().unwrap()
    }

    async fn put(&self, bucket: &str, text: &str, encryption: Option<SseAlgorithm>) {
        let put = PutObject {
            key: key(text),
            headers: ObjectHeaders::new(),
            acl: Default::default(),
            attributes: None,
            encryption,
            storage_class: StorageClass::Standard,
            forbid_overwrite: false,
            expected: AnnouncedBody::default(),
        };
        let bucket = self.bucket(bucket).await;
        self.store.put_object(&bucket, put, &mut Whole(Some(Bytes::from_static(BODY)))).await.unwrap();
    }

    async fn begin_upload(&self, bucket: &str, text: &str) {
        let upload = NewUpload {
            key: key(text),
            headers: ObjectHeaders::new(),
            acl: Default::default(),
            storage_class: StorageClass::Standard,
            forbid_overwrite: false,
            is_sequential: false,
            attributes: None,
            encryption: Some(SseAlgorithm::Aes256),
        };
        self.store.begin_upload(&*self.bucket(bucket).await, upload).await.unwrap();
    }

    /// Three objects and an upload that are encrypted, and a plain object, in two buckets; with an access key.
    async fn fill(&self) {
        for (bucket, name) in [("bucket-a", "one"), ("bucket-a", "two"), ("bucket-b", "three")] {
            self.put(bucket, name, Some(SseAlgorithm::Aes256)).await;
        }
        self.put("bucket-b", "plain", None).await;
        self.begin_upload("bucket-b", "parts").await;
        let (rights, none) = (KeyRights::full(), None);
        let new = NewKey { account: None, display_name: none, rights, expires_seconds: None };
        self.access_keys.create_key(new).await.unwrap();
    }

    fn active(&self) -> MasterKeyId {
        self.store.keys().keyring().active().unwrap()
    }

    fn last(&self) -> FinishedJob {
        self.runner.jobs().last.unwrap()
    }

    async fn is_readable(&self, bucket: &str, text: &str) -> bool {
        let object = self.store.object(&*self.bucket(bucket).await, &key(text)).await.unwrap().unwrap();
        let Ok(mut reader) = self.store.read_object(object, ByteRange { start: 0, end: BODY.len() as u64 }).await
        else {
            return false;
        };
        reader.read().await.unwrap().unwrap() == BODY
    }

    async fn check_all_readable(&self) {
        for (bucket, name) in [("bucket-a", "one"), ("bucket-a", "two"), ("bucket-b", "three"), ("bucket-b", "plain")] {
            assert!(self.is_readable(bucket, name).await, "{bucket}/{name}");
        }
    }
}

#[tokio::test]
async fn a_rotation_seals_everything_anew_and_then_the_old_key_is_retired() {
    let rig = Rig::new().await;
    assert!(matches!(rig.runner.ask_rotation(false).await, Err(EncryptionRefusal::NoKey)));
    rig.fill().await;
    let old = rig.active();
    rig.runner.ask_rotation(true).await.unwrap();
    assert!(matches!(rig.runner.ask_rotation(true).await, Err(EncryptionRefusal::UnderWay)));
    assert!(matches!(rig.runner.ask_retirement(old, true).await, Err(EncryptionRefusal::UnderWay)));
    rig.runner.turn().await;
    let new = rig.active();
    let FinishedJob { job, outcome, .. } = rig.last();
    assert_eq!((job.kind, job.key, outcome), (EncryptionJobKind::Reseal, new, EncryptionJobOutcome::Done));
    let counts = EncryptionJobCounts { scanned: 5, resealed: 4, resealed_secrets: 1, ..EncryptionJobCounts::default() };
    assert_eq!((job.counts, job.objects), (counts, Some(4)));
    let counted = rig.runner.jobs().counted.unwrap().by_key;
    assert_eq!(counted, BTreeMap::from([(new, SealedCount { objects: 3, uploads: 1 })]));
    assert_eq!(rig.access_keys.sealed_by(), BTreeMap::from([(new, 1)]));
    assert!(rig.store.keys().keyring().contains(old), "it is there until it is retired");

    rig.runner.ask_retirement(old, true).await.unwrap();
    rig.runner.turn().await;
    assert_eq!((rig.last().job.kind, rig.last().outcome), (EncryptionJobKind::Retire, EncryptionJobOutcome::Done));
    assert!(!rig.store.keys().keyring().contains(old));
    rig.check_all_readable().await;
    let rig = rig.restart().await;
    rig.check_all_readable().await;
    assert_eq!(rig.access_keys.sealed_by(), BTreeMap::from([(new, 1)]));
    assert!(matches!(rig.runner.ask_retirement(old, true).await, Err(EncryptionRefusal::NoSuchKey(_))));
    assert!(matches!(rig.runner.ask_retirement(new, true).await, Err(EncryptionRefusal::Active(_))));
}

#[tokio::test]
async fn a_key_that_seals_anything_is_not_retired() {
    let rig = Rig::new().await;
    rig.fill().await;
    let old = rig.active();
    // A rotation without its job, as after a crash.
    rig.store.rotate_master_key().await.unwrap();
    let check = async |in_use: u64| {
        rig.runner.ask_retirement(old, true).await.unwrap();
        rig.runner.work().await.unwrap();
        let last = rig.last();
        assert_eq!((last.outcome, last.job.counts.in_use), (EncryptionJobOutcome::StillInUse, in_use));
        assert!(rig.store.keys().keyring().contains(old));
    };
    check(5).await;
    // The access key alone, or the upload alone, is enough.
    for (bucket, name) in [("bucket-a", "one"), ("bucket-a", "two"), ("bucket-b", "three")] {
        rig.store.delete_object(&*rig.bucket(bucket).await, Deletion { key: key(name), version: None }).await.unwrap();
    }
    check(2).await;
    rig.access_keys.reseal().await.unwrap();
    check(1).await;
}

#[tokio::test]
async fn a_rotation_that_a_crash_has_cut_off_goes_on_by_itself() {
    let rig = Rig::new().await;
    rig.fill().await;
    let old = rig.active();
    rig.store.rotate_master_key().await.unwrap();
    let rig = rig.restart().await;
    rig.runner.turn().await;
    let last = rig.last();
    assert_eq!((last.job.key, last.outcome, last.job.counts.resealed), (rig.active(), EncryptionJobOutcome::Done, 4));
    // Once it is done it does not begin again.
    let finished = last.finished_ms;
    rig.clock.0.fetch_add(1_000, Ordering::SeqCst);
    rig.runner.turn().await;
    let rig = rig.restart().await;
    rig.runner.turn().await;
    assert_eq!(rig.last().finished_ms, finished);
    rig.runner.ask_retirement(old, true).await.unwrap();
    rig.runner.turn().await;
    assert_eq!(rig.last().outcome, EncryptionJobOutcome::Done);
}

#[tokio::test]
async fn a_job_continues_where_its_file_says_and_counts_nothing_twice() {
    let rig = Rig::new().await;
    rig.fill().await;
    rig.runner.ask_rotation(true).await.unwrap();
    let mut pace = Pace::new(u32::MAX);
    let mut next = rig.runner.first_step(EncryptionJobKind::Reseal).await.unwrap();
    // The uploads and the objects of the first bucket, and what is lost of the second.
    for is_kept in [true, true, false] {
        let at = next.clone().unwrap();
        rig.runner.recorded().advance(at.clone());
        if is_kept {
            rig.runner.record().await;
        }
        next = rig.runner.step(EncryptionJobKind::Reseal, &at, &mut pace).await.unwrap();
    }
    let rig = rig.restart().await;
    assert!(rig.runner.jobs().job.is_some());
    rig.runner.turn().await;
    let last = rig.last();
    assert_eq!((last.outcome, last.job.counts.scanned), (EncryptionJobOutcome::Done, 5));
    assert_eq!(last.job.sealed, BTreeMap::from([(rig.active(), SealedCount { objects: 3, uploads: 1 })]));
    rig.check_all_readable().await;
}

#[tokio::test]
async fn temporary_credentials_keep_their_key_unless_they_may_end() {
    let rig = Rig::new().await;
    rig.fill().await;
    let old = rig.active();
    rig.runner.ask_rotation(true).await.unwrap();
    rig.runner.turn().await;
    let refused = rig.runner.ask_retirement(old, false).await;
    let Err(EncryptionRefusal::Sessions(id, until)) = refused else { panic!("{refused:?}") };
    assert_eq!((id, until), (old, rig.store.now().plus_ms(43_200_000)));
    rig.clock.0.fetch_add(43_200_000, Ordering::SeqCst);
    rig.runner.ask_retirement(old, false).await.unwrap();
    rig.runner.turn().await;
    assert_eq!(rig.last().outcome, EncryptionJobOutcome::Done);
}

#[tokio::test]
async fn what_a_lost_key_seals_is_told_and_once_it_is_deleted_the_key_can_go() {
    let rig = Rig::new().await;
    rig.put("bucket-a", "lost", Some(SseAlgorithm::Aes256)).await;
    let (lost, path) = (rig.active(), rig.folder.path().join("keys.json"));
    rig.runner.ask_rotation(true).await.unwrap();
    // Nothing is sealed anew before the key is taken out of the file.
    let text = std::fs::read_to_string(&path).unwrap();
    let mut document: serde_json::Value = serde_json::from_str(&text).unwrap();
    document["keys"].as_array_mut().unwrap().remove(0);
    std::fs::write(&path, document.to_string()).unwrap();
    let rig = rig.restart().await;
    rig.put("bucket-a", "new", Some(SseAlgorithm::Aes256)).await;
    rig.runner.turn().await;
    let last = rig.last();
    assert_eq!((last.outcome, last.job.counts.unopened), (EncryptionJobOutcome::Incomplete, 1));
    assert_eq!(last.job.unopened_example.as_deref(), Some("bucket-a/lost"));
    assert!(!rig.is_readable("bucket-a", "lost").await && rig.is_readable("bucket-a", "new").await);
    rig.runner.turn().await;
    assert_eq!(rig.last(), last, "it is not tried again and again");
    let rotated = rig.runner.ask_rotation(true).await;
    assert!(matches!(rotated, Err(EncryptionRefusal::Failed(StoreError::Key(KeyError::Missing(_))))), "{rotated:?}");
    for outcome in [EncryptionJobOutcome::StillInUse, EncryptionJobOutcome::Done] {
        rig.runner.ask_retirement(lost, false).await.unwrap();
        rig.runner.turn().await;
        assert_eq!(rig.last().outcome, outcome);
        let deletion = Deletion { key: key("lost"), version: None };
        rig.store.delete_object(&*rig.bucket("bucket-a").await, deletion).await.unwrap();
    }
    assert_eq!(rig.store.keys().missing(), []);
    rig.runner.ask_rotation(true).await.unwrap();
}
