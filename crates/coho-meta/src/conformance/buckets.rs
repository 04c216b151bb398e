//! Buckets and their settings.

use super::sample::{
    assert_refused, at, begin_upload, bucket, delete_object, edit, key, name, new_bucket, put, put_object, stored,
};
use crate::{BucketQuery, MetaStore};
use coho_model::{
    BucketAcl, BucketChange, BucketId, BucketStat, ConfigurationChange, ListQuery, MirrorLimit, MirrorSetting, Refusal,
    TagSet, UploadChange, UploadId, WebsiteCondition, WebsiteEdit, WebsiteTag, WebsiteVersion,
    website::{IndexDocument, WebsiteConfiguration},
};
use std::sync::Arc;

/// Each owner's buckets are listed in order of their names, after a marker, up to a limit, with a prefix.
pub async fn buckets_are_listed_by_owner_and_name(store: &dyn MetaStore) {
    for (id, text, owner) in
        [(1, "pear", "me"), (2, "apple", "me"), (3, "plum", "me"), (4, "peach", "you"), (5, "pea", "me")]
    {
        let made = store.change_bucket(&name(text), new_bucket(id, owner), at(0)).await.expect("the bucket is made");
        assert_eq!(made.as_deref().map(|made| (made.id, made.name.as_str())), Some((BucketId(id), text)));
        assert_eq!(store.bucket(&name(text)).await.expect("the bucket is read"), made);
    }
    assert_eq!(store.bucket(&name("melon")).await.expect("absence is not an error"), None);
    for (owner, prefix, after, max, expected, truncated) in [
        ("me", "", "", 9, &["apple", "pea", "pear", "plum"][..], false),
        ("me", "", "", 2, &["apple", "pea"], true),
        ("me", "", "pea", 2, &["pear", "plum"], false),
        ("me", "pea", "", 9, &["pea", "pear"], false),
        ("me", "pea", "pea", 9, &["pear"], false),
        ("me", "pea", "", 1, &["pea"], true),
        ("me", "p", "z", 9, &[], false),
        ("me", "", "", 0, &[], false),
        ("you", "", "", 9, &["peach"], false),
        ("they", "", "", 9, &[], false),
        // Of all owners.
        ("", "", "", 9, &["apple", "pea", "peach", "pear", "plum"], false),
        ("", "pea", "pea", 1, &["peach"], true),
        ("", "pea", "pear", 1, &[], false),
    ] {
        let owner = (!owner.is_empty()).then(|| owner.into());
        let query = BucketQuery { owner, prefix: prefix.into(), after: after.into(), tag: None, max };
        let page = store.list_buckets(query.clone()).await.expect("buckets are listed");
        let names: Vec<_> = page.buckets.iter().map(|bucket| bucket.name.as_str()).collect();
        assert_eq!((&names[..], page.truncated), (expected, truncated), "{query:?}");
    }
}

/// Tags of buckets are replaced, removed by their keys, and select buckets; a page is full of selected ones.
pub async fn buckets_are_listed_by_their_tags(store: &dyn MetaStore) {
    for (id, text, set) in [(1, "aa1", "k=1&l=2"), (2, "bb2", ""), (3, "cc3", "k=2"), (4, "dd4", "k=1")] {
        store.change_bucket(&name(text), new_bucket(id, "me"), at(0)).await.expect("made");
        if !set.is_empty() {
            let set = ConfigurationChange::Tags(TagSet::parse_header(set).expect("tags"));
            store.change_bucket(&name(text), BucketChange::Configure(set), at(0)).await.expect("changed");
        }
    }
    let check = async |tag: Option<(&str, Option<&str>)>, max, expected: &[&str], truncated| {
        let tag = tag.map(|(key, value)| (key.to_owned(), value.map(str::to_owned)));
        let query = BucketQuery { owner: Some("me".into()), prefix: String::new(), after: String::new(), tag, max };
        let page = store.list_buckets(query.clone()).await.expect("listed");
        let names: Vec<_> = page.buckets.iter().map(|bucket| bucket.name.as_str()).collect();
        assert_eq!((&names[..], page.truncated), (expected, truncated), "{query:?}");
    };
    check(Some(("k", None)), 9, &["aa1", "cc3", "dd4"], false).await;
    check(Some(("k", Some("1"))), 9, &["aa1", "dd4"], false).await;
    check(Some(("k", Some("1"))), 1, &["aa1"], true).await;
    check(Some(("l", Some("1"))), 9, &[], false).await;
    let without = ConfigurationChange::WithoutTags(vec!["k".into(), "none".into()]);
    store.change_bucket(&name("aa1"), BucketChange::Configure(without), at(0)).await.expect("changed");
    check(Some(("k", Some("1"))), 9, &["dd4"], false).await;
    check(Some(("l", None)), 9, &["aa1"], false).await;
}

/// Settings are written over older ones, and repeated or refused creations change nothing.
pub async fn settings_replace_each_other(store: &dyn MetaStore) {
    let (photos, website) = (name("photos"), Arc::new(WebsiteConfiguration::default()));
    let change =
        async |change| store.change_bucket(&photos, change, at(0)).await.map(|bucket| bucket.expect("it exists"));
    assert_refused(change(BucketChange::SetAcl(BucketAcl::Private)).await, &Refusal::NoSuchBucket);
    let made = change(new_bucket(1, "me")).await.expect("made");
    assert_eq!((made.acl, &made.website), (BucketAcl::PublicRead, &None));
    assert_refused(change(new_bucket(2, "you")).await, &Refusal::BucketAlreadyExists(photos.clone()));
    assert_eq!(change(new_bucket(3, "me")).await.expect("made already"), made);
    let settings = vec![MirrorSetting::Qps(MirrorLimit::None), MirrorSetting::Bandwidth(MirrorLimit::PerSecond(7))];
    change(BucketChange::SetMirror(settings)).await.expect("changed");
    let settings = vec![MirrorSetting::RuleQps(2, MirrorLimit::PerSecond(5)), MirrorSetting::IdleTimeout(Some(9))];
    let mirror = change(BucketChange::SetMirror(settings)).await.expect("changed").mirror.clone();
    assert_eq!((mirror.limits.qps, mirror.limits.bandwidth), (MirrorLimit::None, MirrorLimit::PerSecond(7)));
    assert_eq!((mirror.rule_limits.len(), mirror.idle_timeout_ms), (1, Some(9)));
    for (settings, acl, expected) in [
        (BucketChange::SetAcl(BucketAcl::Private), BucketAcl::Private, None),
        (BucketChange::SetWebsiteIfNone(website.clone(), edit(9)), BucketAcl::Private, Some(&website)),
        (BucketChange::SetAcl(BucketAcl::PublicReadWrite), BucketAcl::PublicReadWrite, Some(&website)),
        (BucketChange::SetWebsite(None, edit(9)), BucketAcl::PublicReadWrite, None),
        (BucketChange::SetWebsite(Some(website.clone()), edit(9)), BucketAcl::PublicReadWrite, Some(&website)),
    ] {
        let changed = change(settings.clone()).await.expect("changed");
        assert_eq!((changed.id, changed.acl, changed.website.as_ref()), (BucketId(1), acl, expected), "{settings:?}");
        assert_eq!(changed.mirror, mirror, "{settings:?}");
        assert_eq!(store.bucket(&photos).await.expect("read"), Some(changed), "{settings:?}");
    }
}

/// A bucket goes only when it holds neither objects nor uploads.
pub async fn a_bucket_that_holds_something_stays(store: &dyn MetaStore) {
    let id = bucket(store, 1).await;
    let delete = async || store.change_bucket(&name("bucket-1"), BucketChange::Delete, at(0)).await;
    put_object(store, id, "k", stored(&[])).await;
    assert_refused(delete().await, &Refusal::BucketNotEmpty);
    begin_upload(store, id, 1, "k").await;
    delete_object(store, id, "k", at(0)).await;
    assert_refused(delete().await, &Refusal::BucketNotEmpty);
    let abort = store.change_upload(id, &key("k"), UploadId(1), UploadChange::Abort, at(0)).await;
    assert_eq!(abort.expect("aborted"), None);
    assert_eq!(delete().await.expect("deleted"), None);
    assert_eq!(store.bucket(&name("bucket-1")).await.expect("read"), None);
    assert_refused(delete().await, &Refusal::NoSuchBucket);
}

/// Nothing that was begun for a deleted bucket falls into one of the same name.
pub async fn a_bucket_made_anew_is_another_one(store: &dyn MetaStore) {
    let old = bucket(store, 1).await;
    let text = name("bucket-1");
    assert_eq!(store.change_bucket(&text, BucketChange::Delete, at(0)).await.expect("deleted"), None);
    let new = store.change_bucket(&text, new_bucket(2, "owner"), at(0)).await.expect("made").expect("recorded").id;
    assert_ne!(old, new);
    let late = store.change_key(old, &key("k"), put(stored(&[1])), at(0)).await;
    assert_refused(late, &Refusal::NoSuchBucket);
    let begin = UploadChange::Begin(super::sample::upload(1, "k"));
    assert_refused(store.change_upload(old, &key("k"), UploadId(1), begin, at(0)).await, &Refusal::NoSuchBucket);
    for id in [old, new] {
        let query = ListQuery { max: 9, ..ListQuery::default() };
        assert!(store.list_objects(id, query).await.expect("listed").entries.is_empty());
        assert_eq!(store.bucket_stat(id).await.expect("counted"), BucketStat::default());
    }
}

/// A change with a condition is made only in the state that it names; a refused one leaves everything as it is.
pub async fn a_website_changes_in_the_state_that_was_seen(store: &dyn MetaStore) {
    let (id, text) = (bucket(store, 1).await, name("bucket-1"));
    let website = Some(Arc::new(WebsiteConfiguration::default()));
    let is = |bucket, version| WebsiteCondition::OneOf(vec![WebsiteTag { bucket, version }]);
    for (condition, website, newest) in [
        (is(id, 1), &website, Err(0)),
        (WebsiteCondition::Exists, &website, Err(0)),
        (is(id, 0), &website, Ok(1)),
        (is(id, 0), &None, Err(1)),
        (is(BucketId(7), 1), &None, Err(1)),
        (WebsiteCondition::Missing, &None, Err(1)),
        // A repeated put whose condition holds makes no version.
        (is(id, 1), &website, Ok(1)),
        (is(id, 1), &None, Ok(2)),
        (WebsiteCondition::Missing, &website, Ok(3)),
        (WebsiteCondition::Exists, &None, Ok(4)),
    ] {
        let edit = WebsiteEdit { condition: condition.clone(), ..edit(9) };
        let changed = store.change_bucket(&text, BucketChange::SetWebsite(website.clone(), edit), at(0)).await;
        let newest = match newest {
            Ok(newest) => {
                assert_eq!(changed.expect("changed").expect("a bucket").website, *website, "{condition:?}");
                newest
            }
            Err(newest) => {
                assert_refused(changed, &Refusal::WebsiteConditionFailed);
                newest
            }
        };
        let versions = store.website_versions(id, None, 1).await.expect("read");
        assert_eq!(versions.first().map_or(0, |version| version.id), newest, "{condition:?}");
    }
}

/// Every change of a website is the next version, up to as many as are kept; what changes nothing is none, and the history
/// goes with its bucket.
pub async fn changes_of_a_website_are_versions(store: &dyn MetaStore) {
    let (id, text) = (bucket(store, 1).await, name("bucket-1"));
    let website = |suffix: &str| {
        let index_document = Some(IndexDocument { suffix: Some(suffix.into()), ..IndexDocument::default() });
        Arc::new(WebsiteConfiguration { index_document, ..WebsiteConfiguration::default() })
    };
    let set = async |website: Option<&Arc<WebsiteConfiguration>>, keep, ms| {
        let change = BucketChange::SetWebsite(website.cloned(), edit(keep));
        store.change_bucket(&text, change, at(ms)).await.expect("changed");
    };
    let ids = async |before, max| {
        let versions = store.website_versions(id, before, max).await.expect("read");
        versions.iter().map(|version| version.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(None, 9).await, []);
    let (a, b) = (website("a"), website("b"));
    let start = BucketChange::SetWebsiteIfNone(a.clone(), edit(9));
    for _ in 0..2 {
        store.change_bucket(&text, start.clone(), at(50)).await.expect("changed once");
    }
    set(Some(&a), 9, 60).await;
    set(Some(&b), 9, 70).await;
    // The clock is set back.
    set(None, 9, 20).await;
    set(None, 9, 30).await;
    let versions = store.website_versions(id, None, 9).await.expect("read");
    let version = |id, ms, website: Option<&Arc<WebsiteConfiguration>>| WebsiteVersion {
        id,
        at: Some(at(ms)),
        author: "author".into(),
        website: website.cloned(),
    };
    assert_eq!(versions, [version(3, 20, None), version(2, 70, Some(&b)), version(1, 50, Some(&a))]);
    for (before, max, expected) in
        [(Some(3), 9, &[2, 1][..]), (Some(3), 1, &[2]), (Some(1), 9, &[]), (None, 0, &[]), (Some(u64::MAX), 1, &[3])]
    {
        assert_eq!(ids(before, max).await, expected, "{before:?}, {max}");
    }
    set(Some(&a), 2, 80).await;
    assert_eq!(ids(None, 9).await, [4, 3]);
    set(Some(&b), 0, 90).await;
    assert_eq!(ids(None, 9).await, [5], "one is kept in any case");
    let gone = BucketChange::SetWebsite(None, edit(9));
    assert_refused(store.change_bucket(&name("bucket-2"), gone, at(0)).await, &Refusal::NoSuchBucket);
    assert_eq!(store.change_bucket(&text, BucketChange::Delete, at(0)).await.expect("deleted"), None);
    assert_eq!(ids(None, 9).await, []);
}
