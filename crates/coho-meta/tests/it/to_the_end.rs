//! Callers that go away in the middle of a write.

use crate::engines::fresh_overlay;
use coho_meta::{
    FillStore, MemoryMeta, Overlay,
    conformance::sample::{at, bucket, delete, key, stored},
};
use coho_model::PersistFill;
use std::{future::poll_fn, pin::pin, sync::Arc, task::Poll};

/// Polls a future once and drops it.
async fn drop_after_a_poll(future: impl Future) {
    let mut future = pin!(future);
    poll_fn(|context| {
        let _is_ready = future.as_mut().poll(context).is_ready();
        Poll::Ready(())
    })
    .await;
}

/// A deletion that is given up is made all the same, and takes the token. An attempt to persist that is given up ends its
/// claim, so that a later deletion is made.
async fn check(store: Arc<dyn FillStore>) {
    let id = bucket(&*store, 1).await;
    let k = key("k");
    for round in 0..20 {
        let token = store.begin_fill(id, &k).await.unwrap();
        let fill = PersistFill { bucket: id, key: k.clone(), object: stored(&[round]) };
        store.publish(fill.clone(), token).await.unwrap();
        let late = store.begin_fill(id, &k).await.unwrap();
        if round % 2 == 0 {
            drop_after_a_poll(store.persist(vec![fill.clone()], at(0))).await;
            store.change_key(id, &k, delete(at(0)), at(0)).await.unwrap();
        } else {
            drop_after_a_poll(store.change_key(id, &k, delete(at(0)), at(0))).await;
            while store.holds_token(id, &k, late).await.unwrap() {
                tokio::task::yield_now().await;
            }
        }
        assert!(!store.holds_token(id, &k, late).await.unwrap());
        store.persist(vec![fill], at(0)).await.unwrap();
        assert_eq!(store.object(id, &k).await.unwrap(), None);
        assert_eq!(store.bucket_stat(id).await.unwrap().objects, 0);
    }
}

#[tokio::test]
async fn a_write_whose_caller_goes_away_is_made_and_leaves() {
    check(Arc::new(Overlay::new(MemoryMeta::new().into()))).await;
    let (meta, _directory) = fresh_overlay();
    check(Arc::new(meta)).await;
}
