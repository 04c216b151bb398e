use super::*;
use bytes::Bytes;
use coho_blob::{FsBlobs, FsOptions};
use coho_crypt::MasterKeys;
use coho_meta::{MemoryMeta, Overlay};
use coho_model::{
    ConfigurationChange, Lifecycle, LifecycleRule, LifecycleTime, LifecycleTransition, NoncurrentTransition,
    ObjectHeaders, ObjectKey, StorageClass, Versioning,
};
use coho_store::{
    AnnouncedBody, BodyError, BodySource, Clock, CreateBucketOptions, Deletion, NewUpload, PutObject, StoreOptions,
};
use std::sync::atomic::{AtomicI64, Ordering};
use tempfile::TempDir;

const DAY_MS: i64 = 86_400_000;
const DAY: Duration = Duration::from_secs(86_400);

#[derive(Debug)]
struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.0.load(Ordering::SeqCst))
    }
}

/// A body of some bytes.
#[derive(Debug)]
struct Whole(Option<Bytes>);

#[async_trait::async_trait]
impl BodySource for Whole {
    async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        Ok(self.0.take())
    }
}

struct Rig {
    clock: Arc<TestClock>,
    store: Arc<Store>,
    folder: TempDir,
}

fn name(text: &str) -> BucketName {
    BucketName::parse(text).unwrap()
}

fn key(text: &str) -> ObjectKey {
    ObjectKey::parse(text).unwrap()
}

fn rule(id: &str, prefix: &str) -> LifecycleRule {
    LifecycleRule { id: id.into(), prefix: prefix.into(), is_enabled: true, ..LifecycleRule::default() }
}

impl Rig {
    /// At noon of day 1000.
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let clock = Arc::new(TestClock(AtomicI64::new(1000 * DAY_MS + DAY_MS / 2)));
        let options = StoreOptions {
            inline_bytes: 4096,
            persist_delay: Duration::ZERO,
            website_versions: 1,
            restore_delay: Duration::ZERO,
        };
        let blobs = FsBlobs::open(folder.path().join("blobs"), FsOptions { reserve_bytes: 0, open_files: 8 }).unwrap();
        let meta = Arc::new(Overlay::new(MemoryMeta::new().into()));
        let keys = Arc::new(MasterKeys::in_memory(clock.now()).unwrap());
        let store = Arc::new(Store::new(meta, Arc::new(blobs), clock.clone(), keys, options));
        Self { clock, store, folder }
    }

    fn pass(&self, days: i64) {
        self.clock.0.fetch_add(days * DAY_MS, Ordering::SeqCst);
    }

    fn runner(&self) -> Arc<LifecycleRunner> {
        let options = LifecycleOptions {
            interval: DAY,
            changes_per_second: 1_000_000,
            state_file: self.folder.path().join("lifecycle.json"),
            write_private: |path, text| std::fs::write(path, text),
        };
        LifecycleRunner::new(self.store.clone(), options)
    }

    async fn bucket(&self, bucket: &str, rules: Vec<LifecycleRule>) -> Arc<BucketRecord> {
        let options = CreateBucketOptions { owner: "me".into(), acl: None, storage_class: None, redundancy: None };
        self.store.create_bucket(&name(bucket), options).await.unwrap();
        let change = ConfigurationChange::Lifecycle(Some(Lifecycle { rules }));
        self.store.configure_bucket(&name(bucket), change).await.unwrap();
        self.store.bucket(&name(bucket)).await.unwrap().unwrap()
    }

    async fn put(&self, bucket: &Arc<BucketRecord>, text: &str) {
        let put = PutObject {
            key: key(text),
            headers: ObjectHeaders::new(),
            acl: Default::default(),
            attributes: None,
            encryption: None,
            storage_class: StorageClass::Standard,
            forbid_overwrite: false,
            expected: AnnouncedBody::default(),
        };
        self.store.put_object(bucket, put, &mut Whole(Some(Bytes::from_static(b"four")))).await.unwrap();
    }

    async fn class(&self, bucket: &BucketRecord, text: &str) -> Option<StorageClass> {
        self.store.object(bucket, &key(text)).await.unwrap().map(|object| object.storage_class)
    }
}

fn all_rules() -> Vec<LifecycleRule> {
    vec![
        LifecycleRule { expiration: Some(LifecycleTime::Days(3)), ..rule("gone", "logs/") },
        LifecycleRule {
            transitions: vec![LifecycleTransition {
                time: LifecycleTime::Days(1),
                storage_class: StorageClass::Ia,
                says_modified_time: false,
            }],
            ..rule("cool", "docs/")
        },
        LifecycleRule { abort_uploads: Some(LifecycleTime::Days(2)), ..rule("abort", "up/") },
    ]
}

#[tokio::test]
async fn rules_are_run_once_a_day_and_act_when_the_clock_has_moved() {
    let rig = Rig::new();
    let bucket = rig.bucket("bucket-a", all_rules()).await;
    for key in ["docs/a", "logs/a", "logs/b", "other"] {
        rig.put(&bucket, key).await;
    }
    let upload = NewUpload {
        key: key("up/a"),
        headers: ObjectHeaders::new(),
        acl: Default::default(),
        storage_class: StorageClass::Standard,
        forbid_overwrite: false,
        is_sequential: false,
        attributes: None,
        encryption: None,
    };
    rig.store.begin_upload(&bucket, upload).await.unwrap();
    let runner = rig.runner();
    // The first day: nothing is due.
    runner.turn().await;
    assert_eq!(runner.runs().1.unwrap().counts, LifecycleCounts { scanned: 5, ..LifecycleCounts::default() });
    // Noon of the second day: the first midnight was the begin of the first day that counts.
    rig.pass(1);
    runner.turn().await;
    assert_eq!(rig.class(&bucket, "docs/a").await, Some(StorageClass::Standard));
    rig.pass(1);
    runner.turn().await;
    assert_eq!(rig.class(&bucket, "docs/a").await, Some(StorageClass::Ia));
    assert_eq!(rig.store.bucket_stat(&bucket).await.unwrap().uploads, 1);
    rig.pass(1);
    runner.turn().await;
    assert_eq!(rig.store.bucket_stat(&bucket).await.unwrap().uploads, 0);
    // A second turn on the same day does nothing.
    rig.put(&bucket, "logs/new").await;
    let last = runner.runs().1;
    runner.turn().await;
    assert_eq!(runner.runs().1, last);
    rig.pass(1);
    runner.turn().await;
    for (key, expected) in [
        ("docs/a", Some(StorageClass::Ia)),
        ("logs/a", None),
        ("logs/b", None),
        ("logs/new", Some(StorageClass::Standard)),
        ("other", Some(StorageClass::Standard)),
    ] {
        assert_eq!(rig.class(&bucket, key).await, expected, "{key}");
    }
    let totals = runner.totals().counts;
    assert_eq!((totals.expired, totals.expired_bytes, totals.transitioned, totals.aborted), (2, 8, 1, 1));
}

#[tokio::test]
async fn an_object_that_a_client_overwrites_meanwhile_is_never_deleted() {
    let rig = Rig::new();
    let bucket = rig.bucket("bucket-a", all_rules()).await;
    rig.put(&bucket, "logs/a").await;
    rig.pass(9);
    let rules = bucket.configurations.lifecycle.clone().unwrap();
    let page = rig.store.lifecycle_page(&bucket, &rules, &LifecycleCursor::default(), rig.store.now()).await.unwrap();
    assert_eq!(page.due.len(), 1);
    rig.put(&bucket, "logs/a").await;
    let made = rig.store.make_lifecycle_change(&bucket, &page.due[0]).await.unwrap();
    assert_eq!(made, LifecycleOutcome::Overtaken);
    assert!(rig.class(&bucket, "logs/a").await.is_some());
}

#[tokio::test]
async fn with_versioning_an_expired_object_becomes_a_noncurrent_version_and_a_move_makes_none() {
    let rig = Rig::new();
    let bucket = rig.bucket("bucket-a", all_rules()).await;
    let enable = ConfigurationChange::Versioning(Versioning::Enabled);
    rig.store.configure_bucket(&bucket.name, enable).await.unwrap();
    let bucket = rig.store.bucket(&bucket.name).await.unwrap().unwrap();
    rig.put(&bucket, "logs/a").await;
    rig.put(&bucket, "docs/a").await;
    let old = rig.store.object(&bucket, &key("logs/a")).await.unwrap().unwrap();
    rig.pass(9);
    rig.runner().turn().await;
    assert_eq!(rig.class(&bucket, "logs/a").await, None);
    assert!(rig.store.version(&bucket, &key("logs/a"), old.version.id()).await.unwrap().is_some());
    assert_eq!(rig.class(&bucket, "docs/a").await, Some(StorageClass::Ia));
    let stat = rig.store.bucket_stat(&bucket).await.unwrap();
    assert_eq!((stat.objects, stat.delete_markers), (2, 1));
    // What is deleted is not deleted again.
    rig.pass(9);
    let again = rig.runner();
    again.turn().await;
    assert_eq!(again.totals().counts.expired, 0);
}

/// Rules that act on versions: noncurrent ones are moved after a day and removed after three, markers that are alone at once.
fn version_rules() -> Vec<LifecycleRule> {
    let moves = NoncurrentTransition { days: 1, storage_class: StorageClass::Ia, says_modified_time: false };
    vec![
        LifecycleRule {
            noncurrent_expiration: Some(3),
            noncurrent_transitions: vec![moves],
            removes_markers: true,
            ..rule("old", "logs/")
        },
        LifecycleRule { abort_uploads: Some(LifecycleTime::Days(2)), ..rule("abort", "up/") },
    ]
}

impl Rig {
    async fn versioned(&self, bucket: &str, rules: Vec<LifecycleRule>) -> Arc<BucketRecord> {
        let bucket = self.bucket(bucket, rules).await;
        let enable = ConfigurationChange::Versioning(Versioning::Enabled);
        self.store.configure_bucket(&bucket.name, enable).await.unwrap();
        self.store.bucket(&bucket.name).await.unwrap().unwrap()
    }

    async fn delete(&self, bucket: &Arc<BucketRecord>, text: &str) {
        self.store.delete_object(bucket, Deletion { key: key(text), version: None }).await.unwrap();
    }

    async fn stat(&self, bucket: &BucketRecord) -> (u64, u64) {
        let stat = self.store.bucket_stat(bucket).await.unwrap();
        (stat.objects, stat.delete_markers)
    }
}

#[tokio::test]
async fn noncurrent_versions_move_and_go_by_their_own_age_and_the_current_one_stays() {
    let rig = Rig::new();
    let bucket = rig.versioned("bucket-a", version_rules()).await;
    rig.put(&bucket, "logs/a").await;
    let first = rig.store.object(&bucket, &key("logs/a")).await.unwrap().unwrap().version.id();
    // However old: it is current.
    rig.pass(9);
    let runner = rig.runner();
    runner.turn().await;
    assert_eq!(rig.class(&bucket, "logs/a").await, Some(StorageClass::Standard));
    rig.put(&bucket, "logs/a").await;
    rig.put(&bucket, "docs/a").await;
    rig.put(&bucket, "docs/a").await;
    rig.pass(1);
    runner.turn().await;
    let class = |id| {
        let (store, bucket) = (rig.store.clone(), bucket.clone());
        async move {
            let found = store.version(&bucket, &key("logs/a"), id).await.unwrap();
            found.and_then(|version| version.object().map(|object| object.storage_class))
        }
    };
    assert_eq!(class(first).await, Some(StorageClass::Standard));
    rig.pass(1);
    runner.turn().await;
    assert_eq!(class(first).await, Some(StorageClass::Ia));
    assert_eq!(rig.class(&bucket, "logs/a").await, Some(StorageClass::Standard));
    rig.pass(2);
    runner.turn().await;
    assert_eq!(class(first).await, None);
    assert_eq!(rig.stat(&bucket).await, (3, 0));
    let counts = runner.totals().counts;
    assert_eq!((counts.versions_removed, counts.versions_removed_bytes, counts.transitioned), (1, 4, 1));
    assert_eq!((counts.expired, counts.overtaken), (0, 0));
}

/// As after a kill in the middle of a page, more than once.
#[tokio::test]
async fn a_run_that_is_cut_off_among_versions_continues_there_and_spares_the_current_ones() {
    // A page has 1,000 versions: what the first one leaves has more than that, too.
    const KEYS: usize = 800;
    let rig = Rig::new();
    let bucket = rig.versioned("bucket-a", version_rules()).await;
    for number in 0..KEYS {
        for _ in 0..2 {
            rig.put(&bucket, &format!("logs/{number:03}")).await;
        }
    }
    rig.pass(9);
    let runner = rig.runner();
    runner.ask(None).await.unwrap();
    let mut pace = Pace::new(u32::MAX);
    let first = runner.first_bucket(None).await.unwrap().unwrap();
    // A page that is done and not noted, then one that is noted.
    runner.step(None, &first, &mut pace).await.unwrap();
    drop(runner);
    let runner = rig.runner();
    assert!(runner.runs().0.is_some(), "it goes on");
    let within = runner.step(None, &first, &mut pace).await.unwrap().unwrap();
    assert!(
        matches!(&within.cursor, LifecycleCursor::Versions(key, Some(_)) if key.starts_with("logs/")),
        "{within:?}"
    );
    runner.recorded().advance(within);
    runner.record().await;
    drop(runner);
    let runner = rig.runner();
    runner.turn().await;
    assert_eq!(runner.runs().0, None);
    assert_eq!(rig.stat(&bucket).await, (KEYS as u64, 0));
    for number in [0, 499, KEYS - 1] {
        assert!(rig.class(&bucket, &format!("logs/{number:03}")).await.is_some(), "{number}");
    }
}

#[tokio::test]
async fn a_delete_marker_goes_once_it_is_alone() {
    let rig = Rig::new();
    let bucket = rig.versioned("bucket-a", version_rules()).await;
    for key in ["logs/a", "docs/a"] {
        rig.put(&bucket, key).await;
        rig.delete(&bucket, key).await;
    }
    rig.delete(&bucket, "logs/never").await;
    let runner = rig.runner();
    runner.turn().await;
    assert_eq!(rig.stat(&bucket).await, (2, 2), "that of logs/never was alone");
    rig.pass(4);
    runner.turn().await;
    assert_eq!(rig.stat(&bucket).await, (1, 2), "the version below the marker of logs/a has gone");
    rig.pass(1);
    runner.turn().await;
    assert_eq!(rig.stat(&bucket).await, (1, 1), "and now the marker");
    let counts = runner.totals().counts;
    assert_eq!((counts.markers_removed, counts.versions_removed, counts.overtaken), (2, 1, 0));
}

#[tokio::test]
async fn a_version_that_is_current_again_is_never_removed() {
    let rig = Rig::new();
    let bucket = rig.versioned("bucket-a", version_rules()).await;
    rig.put(&bucket, "logs/a").await;
    rig.delete(&bucket, "logs/a").await;
    rig.pass(9);
    let rules = bucket.configurations.lifecycle.clone().unwrap();
    let page = rig.store.lifecycle_page(&bucket, &rules, &LifecycleCursor::default(), rig.store.now()).await.unwrap();
    assert_eq!(page.due.len(), 1);
    let marker = rig.store.current_marker(&bucket, &key("logs/a")).await.unwrap().unwrap();
    let deletion = Deletion { key: key("logs/a"), version: Some(marker.version.id()) };
    rig.store.delete_object(&bucket, deletion).await.unwrap();
    let made = rig.store.make_lifecycle_change(&bucket, &page.due[0]).await.unwrap();
    assert_eq!(made, LifecycleOutcome::Overtaken);
    assert!(rig.class(&bucket, "logs/a").await.is_some());
}

#[tokio::test]
async fn the_walk_over_versions_is_made_in_pages_and_continues_after_any_of_them() {
    let rig = Rig::new();
    let bucket = rig.versioned("bucket-a", version_rules()).await;
    for _ in 0..2_100 {
        rig.put(&bucket, "logs/a").await;
    }
    rig.put(&bucket, "logs/b").await;
    rig.delete(&bucket, "logs/b").await;
    let runner = rig.runner();
    let at = rig.store.now().plus_ms(9 * DAY_MS);
    let (mut from, mut seen) = (None, std::collections::BTreeSet::new());
    loop {
        let page = runner.preview(None, from, at, 700).await.unwrap();
        for change in page.changes {
            let version = change.change.action.version().expect("only versions are due");
            assert!(seen.insert(version.to_string()), "listed twice");
        }
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    assert_eq!(seen.len(), 2_100, "2,099 of one key, one of the other");
    rig.pass(9);
    runner.turn().await;
    assert_eq!(rig.stat(&bucket).await, (1, 1));
    assert_eq!(runner.totals().counts.versions_removed, 2_100);
}

#[tokio::test]
async fn a_run_that_was_cut_off_continues_where_it_was() {
    let rig = Rig::new();
    let bucket = rig.bucket("bucket-b", all_rules()).await;
    rig.bucket("bucket-a", vec![rule("none", "")]).await;
    for number in 0..9 {
        rig.put(&bucket, &format!("logs/{number}")).await;
    }
    rig.pass(9);
    let recorded = r#"{"run":{"started_ms":5,"only":null,"position":{"bucket":"bucket-b","cursor":{"Objects":"logs/4"}},
        "counts":{"scanned":5,"expired":5,"expired_bytes":20,"transitioned":0,"transitioned_bytes":0,"aborted":0,"overtaken":0}}}"#;
    std::fs::write(rig.folder.path().join("lifecycle.json"), recorded).unwrap();
    let runner = rig.runner();
    assert!(runner.ask(None).await.is_err(), "one is under way");
    runner.turn().await;
    let finished = runner.runs().1.unwrap();
    assert_eq!((finished.started_ms, finished.counts.expired, finished.counts.expired_bytes), (5, 9, 36));
    assert!(rig.class(&bucket, "logs/4").await.is_some(), "what was before the place is left to the next run");
    assert!(rig.class(&bucket, "logs/5").await.is_none());
    // The run of this day was not made yet: it is now.
    runner.turn().await;
    assert!(rig.class(&bucket, "logs/4").await.is_none());
    // A file that cannot be read begins anew.
    std::fs::write(rig.folder.path().join("lifecycle.json"), "{").unwrap();
    assert_eq!(rig.runner().runs(), (None, None));
}

#[tokio::test]
async fn a_run_of_one_bucket_leaves_the_others() {
    let rig = Rig::new();
    let (one, other) = (rig.bucket("bucket-a", all_rules()).await, rig.bucket("bucket-b", all_rules()).await);
    rig.put(&one, "logs/x").await;
    rig.put(&other, "logs/x").await;
    let runner = rig.runner();
    runner.turn().await;
    rig.pass(0);
    rig.clock.0.fetch_add(4 * DAY_MS, Ordering::SeqCst);
    runner.ask(Some(&other.name)).await.unwrap();
    runner.work().await.unwrap();
    assert!(rig.class(&one, "logs/x").await.is_some());
    assert!(rig.class(&other, "logs/x").await.is_none());
    assert_eq!(runner.runs().1.unwrap().only.as_deref(), Some("bucket-b"));
}

#[tokio::test]
async fn a_preview_lists_what_a_run_would_do_in_pages_and_does_nothing() {
    let rig = Rig::new();
    let (one, other) = (rig.bucket("bucket-a", all_rules()).await, rig.bucket("bucket-b", all_rules()).await);
    for key in ["logs/1", "logs/2", "logs/3", "docs/1"] {
        rig.put(&one, key).await;
        rig.put(&other, key).await;
    }
    let runner = rig.runner();
    let at = rig.store.now().plus_ms(9 * DAY_MS);
    let (mut seen, mut from) = (Vec::new(), None);
    loop {
        let page = runner.preview(None, from, at, 2).await.unwrap();
        assert!(page.changes.len() <= 2);
        seen.extend(page.changes.iter().map(|change| format!("{}/{}", change.bucket, change.change.key)));
        from = page.next;
        if from.is_none() {
            break;
        }
    }
    let expected = |bucket: &str| ["docs/1", "logs/1", "logs/2", "logs/3"].map(|key| format!("{bucket}/{key}"));
    assert_eq!(seen, [expected("bucket-a"), expected("bucket-b")].concat());
    let only = runner.preview(Some(&other.name), None, at, 100).await.unwrap();
    assert_eq!(only.changes.len(), 4);
    assert!(runner.preview(None, None, rig.store.now(), 100).await.unwrap().changes.is_empty());
    assert!(rig.class(&one, "logs/1").await.is_some());
}

#[test]
fn runs_begin_at_multiples_of_the_interval() {
    let at = Timestamp::from_unix_ms;
    for (now, interval, last, wait) in [
        (0, DAY, 0, DAY_MS),
        (1, DAY, 0, DAY_MS - 1),
        (DAY_MS + 5, DAY, DAY_MS, DAY_MS - 5),
        (DAY_MS + 3_600_001, Duration::from_secs(3600), DAY_MS + 3_600_000, 3_599_999),
    ] {
        assert_eq!(schedule::last_begin(at(now), interval), at(last));
        assert_eq!(schedule::until_next(at(now), interval), Duration::from_millis(wait.unsigned_abs()), "{now}");
    }
}
