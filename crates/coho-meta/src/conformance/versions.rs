//! Versions: what is kept, what comes back, in which order it is listed, and what counts.

use super::sample::{
    assert_refused, at, begin_upload, bucket, delete, edit, inline, key, name, part, put, put_part, stored,
};
use crate::{FillStore, MetaStore, VersionPage, VersionQuery};
use coho_model::{
    BlobId, BucketChange, BucketId, BucketStat, ChangedVersion, CompleteUpload, ConfigurationChange, KeyChange,
    KeyVersion, ListQuery, Listed, ListedVersion, ObjectAcl, ObjectRecord, PersistFill, Refusal, UploadChange,
    UploadId, VersionId, Versioning,
    website::{RoutingRule, RulesExcludeVersioning, WebsiteConfiguration},
};
use std::{collections::BTreeSet, sync::Arc};

/// Makes a bucket named after its id, with versioning.
async fn versioned_bucket(store: &dyn MetaStore, id: i64) -> BucketId {
    let made = bucket(store, id).await;
    set_versioning(store, id, Versioning::Enabled).await;
    made
}

async fn set_versioning(store: &dyn MetaStore, id: i64, versioning: Versioning) {
    let change = BucketChange::Configure(ConfigurationChange::Versioning(versioning));
    store.change_bucket(&name(&format!("bucket-{id}")), change, at(0)).await.expect("versioning is set");
}

/// Makes a change that must succeed; gives the version that it was about.
async fn change(store: &dyn MetaStore, id: BucketId, text: &str, change: KeyChange) -> ChangedVersion {
    let change = crate::Change::Key { bucket: id, key: key(text), change };
    store.commit(change.into(), at(5)).await.expect("the change is made").version.expect("it names its version")
}

fn query(after: Option<(String, Option<VersionId>)>, delimiter: &str, max: usize) -> VersionQuery {
    let (after, after_version) = after.unwrap_or_default();
    VersionQuery { list: ListQuery { prefix: String::new(), delimiter: delimiter.into(), after, max }, after_version }
}

/// Key, id, whether it is a delete marker, whether it is the latest; of a common prefix its text.
fn shown(page: &VersionPage) -> Vec<String> {
    let entry = |entry: &Listed<coho_model::VersionSummary>| match entry {
        Listed::Prefix(prefix) => prefix.clone(),
        Listed::Row(version) => {
            let kind = match &version.listed {
                ListedVersion::Object(object) => object.size.to_string(),
                ListedVersion::Marker { .. } => "marker".into(),
            };
            let latest = if version.is_latest { " latest" } else { "" };
            format!("{} {} {kind}{latest}", version.listed.key().as_str(), version.version.id())
        }
    };
    page.entries.iter().map(entry).collect()
}

async fn all(store: &dyn MetaStore, id: BucketId) -> Vec<String> {
    shown(&store.list_versions(id, query(None, "", 1000)).await.expect("listed"))
}

async fn blobs(store: &dyn MetaStore, page: usize) -> BTreeSet<u128> {
    let (mut all, mut cursor) = (BTreeSet::new(), None);
    loop {
        let page = store.referenced_blobs(cursor, page).await.expect("walked");
        all.extend(page.blobs.into_iter().map(|blob| blob.0));
        cursor = page.next;
        if cursor.is_none() {
            return all;
        }
    }
}

fn without_version(object: &ObjectRecord) -> ObjectRecord {
    ObjectRecord { version: Default::default(), ..object.clone() }
}

/// Every version comes back whole by its id, wherever its bytes are, until it is deleted by its id.
pub async fn versions_come_back_by_their_ids(store: &dyn MetaStore) {
    let id = bucket(store, 1).await;
    let k = key("k");
    let objects = [stored(&[1]), inline(2, b"bytes"), stored(&[3, 4]), inline(5, &vec![9; 20_000]), stored(&[])];
    store.change_key(id, &k, put(objects[0].clone()), at(0)).await.expect("put");
    set_versioning(store, 1, Versioning::Enabled).await;
    let mut ids = vec![VersionId::Null];
    for object in &objects[1..] {
        ids.push(change(store, id, "k", put(object.clone())).await.id);
    }
    for (version, object) in ids.iter().zip(&objects) {
        let Some(KeyVersion::Object(found)) = store.version(id, &k, *version).await.expect("read") else {
            panic!("version {version} is an object")
        };
        assert_eq!((without_version(&found), found.version.id()), (without_version(object), *version));
    }
    let current = store.object(id, &k).await.expect("read").expect("there");
    assert_eq!(current.version.id(), ids[4]);
    assert_eq!(store.version(id, &key("other"), ids[4]).await.expect("read"), None);
    // The newest one first: what is current then is the next one.
    for (at, version) in ids.iter().enumerate().rev() {
        assert_eq!(store.object(id, &k).await.expect("read").map(|object| object.version.id()), Some(*version));
        let deleted = change(store, id, "k", KeyChange::DeleteVersion(*version)).await;
        assert_eq!(deleted, ChangedVersion { id: *version, is_marker: false });
        assert_eq!(store.version(id, &k, *version).await.expect("read"), None);
        let current = store.object(id, &k).await.expect("read");
        let expected = at.checked_sub(1).map(|at| without_version(&objects[at]));
        assert_eq!(current.as_deref().map(without_version), expected);
    }
    assert_eq!(store.bucket_stat(id).await.expect("counted"), BucketStat::default());
    let freed = store.garbage(at(1_000), 9).await.expect("listed");
    assert_eq!(freed.into_iter().map(|blob| blob.0).collect::<BTreeSet<_>>(), BTreeSet::from([1, 3, 4]));
}

/// A deletion hides the object and keeps its versions; deleting the marker brings it back.
pub async fn a_delete_marker_hides_the_object_until_it_is_deleted(store: &dyn MetaStore) {
    let id = versioned_bucket(store, 1).await;
    let k = key("k");
    let first = change(store, id, "k", put(inline(1, b"bytes"))).await.id;
    let marker = change(store, id, "k", delete(at(9))).await;
    assert!(marker.is_marker);
    assert_eq!(store.object(id, &k).await.expect("read"), None);
    let found = store.current_marker(id, &k).await.expect("read").expect("there");
    assert_eq!((found.version.id(), found.modified), (marker.id, at(9)));
    assert_eq!(store.version(id, &k, marker.id).await.expect("read"), Some(KeyVersion::Marker(found)));
    assert_eq!(all(store, id).await, [format!("k {} marker latest", marker.id), format!("k {first} 5")]);
    assert!(store.list_objects(id, query(None, "", 9).list).await.expect("listed").entries.is_empty());
    let counted = BucketStat { objects: 1, bytes: 5, delete_markers: 1, ..BucketStat::default() };
    assert_eq!(store.bucket_stat(id).await.expect("counted"), counted);
    // One marker more, also where nothing is.
    for (text, expected) in [("k", 2), ("none", 3)] {
        change(store, id, text, delete(at(9))).await;
        assert_eq!(store.bucket_stat(id).await.expect("counted").delete_markers, expected);
    }
    for text in ["k", "none", "k"] {
        let found = store.current_marker(id, &key(text)).await.expect("read").expect("there");
        let deleted = change(store, id, text, KeyChange::DeleteVersion(found.version.id())).await;
        assert!(deleted.is_marker);
    }
    assert_eq!(store.current_marker(id, &k).await.expect("read"), None);
    assert_eq!(store.object(id, &k).await.expect("read").map(|object| object.version.id()), Some(first));
    assert_eq!(all(store, id).await, [format!("k {first} 5 latest")]);
}

/// While versioning is suspended, writes and deletions replace the version `null`; the others are kept.
pub async fn suspended_writes_replace_the_version_null(store: &dyn MetaStore) {
    let id = versioned_bucket(store, 1).await;
    let k = key("k");
    let kept = change(store, id, "k", put(stored(&[1]))).await.id;
    set_versioning(store, 1, Versioning::Suspended).await;
    for (object, blob) in [(stored(&[2, 3]), 2), (inline(4, b"four"), 4), (inline(5, &[0; 5_000]), 5)] {
        let version = change(store, id, "k", put(object.clone())).await;
        assert_eq!(version, ChangedVersion { id: VersionId::Null, is_marker: false }, "{blob}");
        let shown = [format!("k null {} latest", object.size), format!("k {kept} 10")];
        assert_eq!(all(store, id).await, shown);
    }
    assert_eq!(change(store, id, "k", delete(at(1))).await, ChangedVersion { id: VersionId::Null, is_marker: true });
    assert_eq!(all(store, id).await, ["k null marker latest".into(), format!("k {kept} 10")]);
    let upload = UploadChange::Complete(CompleteUpload {
        parts: None,
        modified: at(7),
        forbid_overwrite: true,
        acl: None,
        crc64: None,
        seed: 7,
        whole_md5: None,
    });
    begin_upload(store, id, 2, "k").await;
    put_part(store, id, 2, "k", part(1, 6, 6)).await;
    let completed = store.change_upload(id, &k, UploadId(2), upload, at(7)).await.expect("completed").expect("written");
    assert_eq!((completed.version.id(), completed.size), (VersionId::Null, 6));
    let counted = BucketStat { objects: 2, bytes: 16, ..BucketStat::default() };
    assert_eq!(store.bucket_stat(id).await.expect("counted"), counted);
    set_versioning(store, 1, Versioning::Enabled).await;
    let newest = change(store, id, "k", put(inline(7, b"seven"))).await.id;
    assert_eq!(all(store, id).await, [format!("k {newest} 5 latest"), "k null 6".into(), format!("k {kept} 10")]);
    assert_eq!(blobs(store, 1).await, BTreeSet::from([1, 2, 3, 6]), "2 and 3 are garbage");
}

/// Pages of every size show the same, in the same order.
pub async fn pages_of_versions_cover_all(store: &dyn MetaStore) {
    let id = bucket(store, 1).await;
    store.change_key(id, &key("b"), put(stored(&[1])), at(0)).await.expect("put");
    set_versioning(store, 1, Versioning::Enabled).await;
    for (blob, text) in (10..).zip(["b", "b", "a/x", "a/y", "a", "c", "b", "d/1", "d/1", "e"]) {
        change(store, id, text, put(stored(&[blob]))).await;
    }
    for text in ["b", "a/x", "d/1", "only-marker"] {
        change(store, id, text, delete(at(0))).await;
    }
    change(store, id, "b", put(inline(99, b"newest"))).await;
    for (delimiter, expected) in [("", 17), ("/", 12)] {
        let whole = shown(&store.list_versions(id, query(None, delimiter, 1000)).await.expect("listed"));
        assert_eq!(whole.len(), expected - usize::from(delimiter.is_empty()), "{whole:?}");
        for max in 1..=whole.len() {
            let (mut seen, mut after) = (Vec::new(), None);
            loop {
                let page = store.list_versions(id, query(after, delimiter, max)).await.expect("listed");
                assert!(page.entries.len() <= max);
                seen.extend(shown(&page));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(seen, whole, "pages of {max}");
        }
    }
    let nothing = store.list_versions(id, query(None, "", 0)).await.expect("listed");
    assert_eq!(nothing, VersionPage { entries: Vec::new(), next: None });
}

/// A listing goes on where it was, also if the version that it ended with has gone.
pub async fn a_listing_of_versions_goes_on_after_a_version_that_has_gone(store: &dyn MetaStore) {
    let id = bucket(store, 1).await;
    store.change_key(id, &key("k"), put(stored(&[1])), at(0)).await.expect("put");
    set_versioning(store, 1, Versioning::Enabled).await;
    let mut ids = vec![VersionId::Null];
    for blob in 2..6 {
        ids.push(change(store, id, "k", put(stored(&[blob]))).await.id);
    }
    let rest = async |after: VersionId| {
        let page = store.list_versions(id, query(Some(("k".into(), Some(after))), "", 9)).await.expect("listed");
        shown(&page)
    };
    let expected: Vec<_> = ids[..3].iter().rev().map(|id| format!("k {id} 10")).collect();
    assert_eq!(rest(ids[3]).await, expected);
    change(store, id, "k", KeyChange::DeleteVersion(ids[3])).await;
    assert_eq!(rest(ids[3]).await, expected);
    change(store, id, "k", KeyChange::DeleteVersion(ids[4])).await;
    // What comes next is the latest by now.
    let shown = rest(ids[4]).await;
    assert_eq!(shown[0], format!("{} latest", expected[0]));
    assert_eq!(rest(VersionId::Null).await, [""; 0]);
    change(store, id, "k", KeyChange::DeleteVersion(VersionId::Null)).await;
    assert_eq!(rest(VersionId::Null).await.len(), 2, "rather twice than never");
}

/// An ACL is that of one version; the others, and all bytes, stay as they are.
pub async fn an_acl_is_set_for_one_version(store: &dyn MetaStore) {
    let id = versioned_bucket(store, 1).await;
    let mut ids = Vec::new();
    for object in [inline(1, b"one"), inline(2, &[2; 9_000]), stored(&[3])] {
        ids.push(change(store, id, "k", put(object)).await.id);
    }
    for version in &ids {
        let acl = KeyChange::SetAcl { acl: ObjectAcl::Private, version: Some(*version) };
        let before = store.version(id, &key("k"), *version).await.expect("read");
        store.change_key(id, &key("k"), acl, at(0)).await.expect("set");
        let after = store.version(id, &key("k"), *version).await.expect("read");
        let expected = before.and_then(|before| before.object().map(|object| (**object).clone()));
        let expected = expected.map(|object| ObjectRecord { acl: ObjectAcl::Private, ..object });
        assert_eq!(after.and_then(|after| after.object().map(|object| (**object).clone())), expected);
    }
    let unknown = KeyChange::DeleteVersion(VersionId::Null);
    let refusal = Refusal::NoSuchVersion { key: key("k"), id: VersionId::Null };
    assert_refused(store.change_key(id, &key("k"), unknown, at(0)).await, &refusal);
    assert_eq!(store.bucket_stat(id).await.expect("counted").objects, 3);
}

/// A bucket stays while it holds a version or a delete marker.
pub async fn a_bucket_that_holds_versions_stays(store: &dyn MetaStore) {
    let id = versioned_bucket(store, 1).await;
    let version = change(store, id, "k", put(stored(&[1]))).await.id;
    let marker = change(store, id, "k", delete(at(0))).await.id;
    for held in [version, marker] {
        let deleted = store.change_bucket(&name("bucket-1"), BucketChange::Delete, at(0)).await;
        assert_refused(deleted, &Refusal::BucketNotEmpty);
        change(store, id, "k", KeyChange::DeleteVersion(held)).await;
    }
    store.change_bucket(&name("bucket-1"), BucketChange::Delete, at(0)).await.expect("deleted");
}

/// A walk names the blobs of all versions, also of those that become current, or cease to be, while it goes on.
pub async fn blobs_of_versions_that_move_during_a_walk_are_named(store: &dyn MetaStore) {
    let id = versioned_bucket(store, 1).await;
    for before in 0..12 {
        let text = format!("k{before}");
        let mut ids = Vec::new();
        for blob in [1, 2, 3, 4u128] {
            ids.push(change(store, id, &text, put(stored(&[10 * before + blob]))).await.id);
        }
        change(store, id, "z", put(stored(&[1000 + before]))).await;
        let (mut named, mut cursor) = (BTreeSet::new(), None);
        let mut pages = 0;
        loop {
            let page = store.referenced_blobs(cursor, 1).await.expect("walked");
            named.extend(page.blobs.into_iter().map(|blob| blob.0));
            cursor = page.next;
            pages += 1;
            if pages == before {
                // The oldest one becomes current, and a new one covers what is current under the other key.
                for version in ids.drain(1..).rev() {
                    change(store, id, &text, KeyChange::DeleteVersion(version)).await;
                }
                change(store, id, "z", put(stored(&[2000 + before]))).await;
            }
            if cursor.is_none() {
                break;
            }
        }
        for stays in [10 * before + 1, 1000 + before] {
            assert!(named.contains(&stays), "blob {stays} of {named:?}");
        }
    }
    assert!(blobs(store, 3).await.is_superset(&blobs(store, 1000).await));
}

/// Rules and versioning exclude each other, in either order; of two requests that race one is refused.
pub async fn rules_and_versioning_exclude_each_other(store: &dyn MetaStore) {
    let pages = Arc::new(WebsiteConfiguration::default());
    let rule = RoutingRule { rule_number: 1, ..RoutingRule::default() };
    let rules = Arc::new(WebsiteConfiguration { routing_rules: vec![rule], ..WebsiteConfiguration::default() });
    let website = |website: &Arc<WebsiteConfiguration>| BucketChange::SetWebsite(Some(website.clone()), edit(3));
    let versioning = |versioning| BucketChange::Configure(ConfigurationChange::Versioning(versioning));
    for (id, state) in [(1, Versioning::Enabled), (2, Versioning::Suspended)] {
        bucket(store, id).await;
        let text = name(&format!("bucket-{id}"));
        store.change_bucket(&text, website(&pages), at(0)).await.expect("pages alone exclude nothing");
        store.change_bucket(&text, versioning(state), at(0)).await.expect("pages alone exclude nothing");
        let refused: Refusal = RulesExcludeVersioning::RulesRefused.into();
        assert_refused(store.change_bucket(&text, website(&rules), at(0)).await, &refused);
        let if_none = BucketChange::SetWebsiteIfNone(rules.clone(), edit(3));
        store.change_bucket(&text, BucketChange::SetWebsite(None, edit(3)), at(0)).await.expect("removed");
        assert_refused(store.change_bucket(&text, if_none, at(0)).await, &refused);
    }
    bucket(store, 3).await;
    let text = name("bucket-3");
    store.change_bucket(&text, website(&rules), at(0)).await.expect("set");
    let refused: Refusal = RulesExcludeVersioning::VersioningRefused.into();
    for state in [Versioning::Enabled, Versioning::Suspended] {
        assert_refused(store.change_bucket(&text, versioning(state), at(0)).await, &refused);
    }
    for id in 4..12 {
        bucket(store, id).await;
        let text = name(&format!("bucket-{id}"));
        let (rules, enabled) = tokio::join!(
            store.change_bucket(&text, website(&rules), at(0)),
            store.change_bucket(&text, versioning(Versioning::Enabled), at(0)),
        );
        assert!(rules.is_ok() != enabled.is_ok(), "{rules:?} {enabled:?}");
    }
}

/// An object that was published before its bucket got versioning is its version `null`, persisted or not.
pub async fn an_object_published_before_versioning_is_the_version_null(store: &dyn FillStore) {
    let id = bucket(store, 1).await;
    for (blob, text) in (1..).zip(["put", "delete", "by-id", "read", "list"]) {
        let token = store.begin_fill(id, &key(text)).await.expect("begun");
        let fill = PersistFill { bucket: id, key: key(text), object: stored(&[blob]) };
        store.publish(fill, token).await.expect("published");
    }
    set_versioning(store, 1, Versioning::Enabled).await;
    let put_id = change(store, id, "put", put(inline(9, b"bytes"))).await.id;
    let marker = change(store, id, "delete", delete(at(0))).await.id;
    let by_id = change(store, id, "by-id", KeyChange::DeleteVersion(VersionId::Null)).await;
    assert_eq!(by_id, ChangedVersion { id: VersionId::Null, is_marker: false });
    let read = store.version(id, &key("read"), VersionId::Null).await.expect("read");
    assert_eq!(read, Some(KeyVersion::Object(stored(&[4]))));
    assert_eq!(store.current_marker(id, &key("read")).await.expect("read"), None);
    let expected = [
        format!("delete {marker} marker latest"),
        "delete null 10".into(),
        "list null 10 latest".into(),
        format!("put {put_id} 5 latest"),
        "put null 10".into(),
        "read null 10 latest".into(),
    ];
    assert_eq!(all(store, id).await, expected);
    // Those of even numbers are from an origin.
    let mirrored = BucketStat { mirrored_objects: 2, mirrored_bytes: 20, ..BucketStat::default() };
    let counted = BucketStat { objects: 5, bytes: 45, delete_markers: 1, ..mirrored };
    assert_eq!(store.bucket_stat(id).await.expect("counted"), counted);
    assert_eq!(store.garbage(at(1_000), 9).await.expect("listed"), [BlobId(3)]);
}

/// What is published over versions of clients is not persisted.
pub async fn a_fill_is_not_persisted_before_versions(store: &dyn FillStore) {
    let id = versioned_bucket(store, 1).await;
    change(store, id, "k", delete(at(0))).await;
    let token = store.begin_fill(id, &key("k")).await.expect("begun");
    let fill = PersistFill { bucket: id, key: key("k"), object: stored(&[1]) };
    store.publish(fill.clone(), token).await.expect("published");
    assert_refused(store.persist(vec![fill.clone()], at(0)).await, &Refusal::Overtaken);
    assert!(store.withdraw(&fill).await.expect("withdrawn"));
    assert!(store.current_marker(id, &key("k")).await.expect("read").is_some());
}
