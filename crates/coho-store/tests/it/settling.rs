//! Filled objects between being seen and being durable.

use crate::{
    faulty,
    filling::{begin, commit},
    rig::{Engine, LARGE, Rig, bytes, eventually, key, within},
};
use coho_model::ObjectAcl;
use coho_store::{Filled, Replaced};
use std::time::Duration;

/// Longer than any test: what is settled earlier was not waited for.
const DELAY: Duration = Duration::from_secs(600);

async fn fill(rig: &Rig, name: &str, size: usize) {
    let mut fill = begin(rig, name, Some(size as u64)).await;
    fill.write(bytes(1, size)).await.unwrap();
    assert!(matches!(commit(fill).await.unwrap(), Filled::Stored(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_are_seen_at_once_and_settled_soon_without_being_asked_for() {
    let mut rig = Rig::new().await;
    rig.settle_after(DELAY);
    for (name, size) in [("small", 10), ("large", LARGE)] {
        fill(&rig, name, size).await;
        assert_eq!(rig.content(name).await.as_deref(), Some(&bytes(1, size)[..]), "{name}");
    }
    eventually("the fills to be settled", || rig.store.unsettled_fills() == 0).await;
    assert_eq!(rig.content("large").await.map(|content| content.len()), Some(LARGE));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_made_durable_is_gone_again_with_its_file_and_can_be_filled_anew() {
    let (mut rig, plan) = faulty::rig(Engine::Files).await;
    rig.settle_after(DELAY);
    // The beginning, the write and the end go well; the sync behind them does not.
    plan.fail_after(3, false);
    fill(&rig, "key", LARGE).await;
    rig.store.settle_fills().await;
    assert!(!plan.take_pending(), "the sync was reached");
    assert_eq!((rig.content("key").await, rig.store.unsettled_fills()), (None, 0));
    eventually("the file to go", || rig.files().is_empty()).await;
    fill(&rig, "key", LARGE).await;
    rig.store.settle_fills().await;
    assert_eq!(rig.content("key").await.map(|content| content.len()), Some(LARGE));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_is_settled_together_and_changes_of_the_record_come_behind() {
    let mut rig = Rig::new().await;
    rig.settle_after(DELAY);
    for number in 0..300 {
        fill(&rig, &format!("k{number}"), if number % 3 == 0 { LARGE } else { 10 }).await;
    }
    let (k, acl) = (key("k0"), ObjectAcl::Private);
    within("an ACL", rig.store.set_object_acl(&rig.bucket, &k, acl)).await.unwrap();
    let seen = rig.store.object(&rig.bucket, &k).await.unwrap().unwrap();
    assert_eq!(seen.acl, acl);
    let replaced = Replaced { headers: None, storage_class: None, acl: Some(ObjectAcl::PublicRead) };
    within("a rewrite", rig.store.rewrite_object(&rig.bucket, &k, seen, replaced)).await.unwrap();
    within("the settling", rig.store.settle_fills()).await;
    assert_eq!(rig.store.unsettled_fills(), 0);
    let stat = rig.store.bucket_stat(&rig.bucket).await.unwrap();
    assert_eq!((stat.objects, stat.bytes), (300, (100 * LARGE + 200 * 10) as u64));
}
