//! What a bucket may fetch from its origins, as JSON: `default`, `none` or a number per second.

use super::{AdminError, website};
use crate::{context::Context, error::Failure};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use coho_model::{BucketChange, BucketRecord, MirrorLimit, MirrorLimits};
use serde_json::{Value, json};
use std::sync::Arc;

/// Highest limit: what a column can hold.
const MAX_LIMIT: u64 = i64::MAX as u64;

pub(super) async fn get(
    State(context): State<Arc<Context>>,
    Path(name): Path<String>,
) -> Result<Json<Value>, AdminError> {
    let bucket = website::bucket(&context, &name).await?;
    Ok(Json(shown(&context, &bucket)))
}

/// Changes the limits that are named; the others stay.
pub(super) async fn put(
    State(context): State<Arc<Context>>,
    Path(name): Path<String>,
    Json(asked): Json<Value>,
) -> Result<Json<Value>, AdminError> {
    let bucket = website::bucket(&context, &name).await?;
    let MirrorLimits { mut qps, mut bandwidth } = bucket.mirror_limits;
    let bad = |message: String| AdminError(StatusCode::BAD_REQUEST, message);
    let fields = asked.as_object().ok_or_else(|| bad("an object with qps and bandwidth is needed".into()))?;
    for (field, value) in fields {
        let limit = match field.as_str() {
            "qps" => &mut qps,
            "bandwidth" => &mut bandwidth,
            other => return Err(bad(format!("{other:?} is neither qps nor bandwidth"))),
        };
        *limit =
            parse(value).ok_or_else(|| bad(format!("{field}: {value} is none of default, none, a number from 1")))?;
    }
    let change = BucketChange::SetMirrorLimits(MirrorLimits { qps, bandwidth });
    let changed = context.store.meta().change_bucket(&bucket.name, change, context.store.now());
    let bucket = changed.await.map_err(Failure::from)?.unwrap_or(bucket);
    context.mirror.limits_changed(&bucket);
    Ok(Json(shown(&context, &bucket)))
}

fn parse(value: &Value) -> Option<MirrorLimit> {
    match (value.as_str(), value.as_u64()) {
        (Some("default"), _) => Some(MirrorLimit::Default),
        (Some("none"), _) => Some(MirrorLimit::None),
        (_, Some(limit)) if (1..=MAX_LIMIT).contains(&limit) => Some(MirrorLimit::PerSecond(limit)),
        _ => None,
    }
}

fn shown(context: &Context, bucket: &BucketRecord) -> Value {
    let limit = |limit| match limit {
        MirrorLimit::Default => json!("default"),
        MirrorLimit::None => json!("none"),
        MirrorLimit::PerSecond(limit) => json!(limit),
    };
    let limits = bucket.mirror_limits;
    let (qps, bandwidth) = context.mirror.effective_limits(bucket);
    json!({
        "qps": limit(limits.qps),
        "bandwidth": limit(limits.bandwidth),
        "effective": { "qps": qps, "bandwidth_bytes_per_second": bandwidth },
    })
}
