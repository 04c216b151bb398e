//! What `coho status` shows.

use crate::context::Context;
use axum::{Json, extract::State};
use coho_model::BucketName;
use coho_store::StoreError;
use serde_json::{Value, json};
use std::sync::Arc;

/// The state of the server in one look.
pub(super) async fn status(State(context): State<Arc<Context>>) -> Json<Value> {
    let space = context.store.blobs().space().await.ok();
    let contents = context.store.contents().await.ok();
    Json(json!({
        "version": env!("CARGO_PKG_VERSION"),
        "region": context.region,
        "uptime_seconds": context.started.elapsed().as_secs(),
        "contents": contents.map(|contents| json!({
            "buckets": contents.buckets,
            "objects": contents.objects,
            "bytes": contents.bytes,
        })),
        "read_only": context.store.is_read_only(),
        "short_of": context.store.shortages().present().into_iter().map(|resource| resource.label()).collect::<Vec<_>>(),
        "not_durable": context.store.unpersisted_fills(),
        "mirror": {
            "in_flight": context.mirror.in_flight(),
            "outcomes": context.mirror.metrics().totals(),
        },
        "bodies_in_flight": context.store.bodies_in_flight(),
        "disk": { "total_bytes": space.map(|space| space.total), "free_bytes": space.map(|space| space.free) },
    }))
}

/// Whether the store answers at all: it is asked for a bucket that need not exist.
pub(super) async fn probe(context: &Context) -> Result<(), StoreError> {
    let Ok(name) = BucketName::parse("readiness-probe") else { return Ok(()) };
    context.store.bucket(&name).await.map(|_| ())
}
