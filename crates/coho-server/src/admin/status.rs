//! What `coho status` shows.

use super::attention::attention;
use crate::{context::Context, live::rates::percentiles};
use axum::{Json, extract::State};
use coho_admin_api::{DiskSpace, MemoryUse, MirrorSummary, ServerStatus, StoredContents, live::AnswerLatency};
use coho_model::BucketName;
use coho_origin::Mirror;
use coho_store::StoreError;
use std::{collections::BTreeMap, sync::Arc};

/// The state of the server in one look.
pub(super) async fn status(State(context): State<Arc<Context>>) -> Json<ServerStatus> {
    let space = context.store.blobs().space().await.ok();
    let contents = context.store.contents().await.ok();
    let short_of = context.store.shortages().present().into_iter().map(|resource| resource.label().to_owned());
    let disk = DiskSpace { total_bytes: space.map(|space| space.total), free_bytes: space.map(|space| space.free) };
    let memory = context.memory.in_use().map(|(purpose, used, limit)| MemoryUse {
        purpose: purpose.to_owned(),
        used_bytes: used as u64,
        limit_bytes: limit as u64,
    });
    let answers = context.metrics.answers();
    Json(ServerStatus {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        region: context.region.clone(),
        uptime_seconds: context.started.elapsed().as_secs(),
        contents: contents.map(|contents| StoredContents {
            buckets: contents.buckets,
            objects: contents.objects,
            bytes: contents.bytes,
        }),
        read_only: context.store.is_read_only(),
        short_of: short_of.collect(),
        unpersisted: context.store.unpersisted_fills(),
        mirror: MirrorSummary { in_flight: context.mirror.in_flight() as u64, outcomes: outcomes(&context.mirror) },
        bodies_in_flight: context.store.bodies_in_flight() as u64,
        disk,
        memory: memory.collect(),
        latency: AnswerLatency {
            since_start: percentiles(&answers.since_start()),
            last_minute: percentiles(&answers.last_minute()),
        },
        attention: attention(&context, contents.is_some(), disk),
    })
}

/// Fetches since the start by their outcome.
pub(super) fn outcomes(mirror: &Mirror) -> BTreeMap<String, u64> {
    mirror.metrics().totals().into_iter().map(|(outcome, count)| (outcome.to_owned(), count)).collect()
}

/// Whether the store answers at all: it is asked for a bucket that need not exist.
pub(super) async fn probe(context: &Context) -> Result<(), StoreError> {
    let Ok(name) = BucketName::parse("readiness-probe") else { return Ok(()) };
    context.store.bucket(&name).await.map(|_| ())
}
