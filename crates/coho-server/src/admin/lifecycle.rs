//! Runs of lifecycle rules.

use super::{
    extract::{DecodedQuery, JsonBody, bucket},
    history::number,
    refusal::AdminError,
};
use crate::{
    context::Context,
    failure::Failure,
    lifecycle::{FinishedRun, PresentRun, PreviewedChange, WalkPosition},
};
use axum::{Json, extract::State, http::StatusCode};
use coho_admin_api::{
    AdminCode,
    explain::InvalidParameter,
    lifecycle::{
        LifecycleActionKind, LifecycleChange, LifecycleCounts, LifecyclePreview, LifecycleRun, LifecycleRunRequest,
        LifecycleStatus,
    },
};
use coho_model::{StorageClass, Timestamp};
use coho_store::DueAction;
use std::sync::Arc;

/// Changes of a page whose question names no number.
const DEFAULT_CHANGES: usize = 100;
/// Most changes of a page.
const MAX_CHANGES: usize = 1000;

/// The present run, the last one and the next one.
pub(super) async fn status(State(context): State<Arc<Context>>) -> Json<LifecycleStatus> {
    Json(shown_status(&context))
}

/// Begins a run. It is under way when this is answered.
pub(super) async fn run(
    State(context): State<Arc<Context>>,
    JsonBody(asked): JsonBody<LifecycleRunRequest>,
) -> Result<(StatusCode, Json<LifecycleStatus>), AdminError> {
    let only = match &asked.bucket {
        Some(name) => Some(bucket(&context, name).await?.name.clone()),
        None => None,
    };
    context.lifecycle.ask(only.as_ref()).await.map_err(|_| {
        AdminError::own(
            AdminCode::LifecycleRunUnderWay,
            "a run of lifecycle rules is under way; try again when it has ended",
        )
    })?;
    Ok((StatusCode::ACCEPTED, Json(shown_status(&context))))
}

/// What a run would do.
pub(super) async fn preview(
    State(context): State<Arc<Context>>,
    query: DecodedQuery,
) -> Result<Json<LifecyclePreview>, AdminError> {
    let (mut only, mut at, mut from, mut max) = (None, None, None, None);
    for (name, value) in query.pairs() {
        let invalid = |reason: &str| InvalidParameter::new(name, value, reason);
        match name {
            "bucket" if only.is_none() => only = Some(bucket(&context, value).await?.name.clone()),
            "at" if at.is_none() => {
                let time = Timestamp::parse_iso8601(value);
                at = Some(time.ok_or_else(|| invalid("is not a time such as 2030-01-31T00:00:00Z"))?);
            }
            "after" if from.is_none() => {
                let position = serde_json::from_str::<WalkPosition>(value);
                from = Some(position.map_err(|_| invalid("is not the next_after of a page"))?);
            }
            "max" if max.is_none() => max = Some(number("max", value, 1, MAX_CHANGES as u64)? as usize),
            _ => return Err(invalid("is none of the one bucket, at, after and max").into()),
        }
    }
    let at = at.unwrap_or_else(|| context.store.now());
    let found = context.lifecycle.preview(only.as_ref(), from, at, max.unwrap_or(DEFAULT_CHANGES)).await;
    let found = found.map_err(Failure::from)?;
    Ok(Json(LifecyclePreview {
        changes: found.changes.into_iter().map(shown_change).collect(),
        next_after: found.next.and_then(|position| serde_json::to_string(&position).ok()),
    }))
}

fn shown_status(context: &Context) -> LifecycleStatus {
    let runner = &context.lifecycle;
    let (running, last) = runner.runs();
    let totals = runner.totals().clone();
    LifecycleStatus {
        running: running.map(|PresentRun { started_ms, only, counts, .. }| shown_run(started_ms, None, only, counts)),
        last: last.map(|FinishedRun { started_ms, finished_ms, only, counts }| {
            shown_run(started_ms, Some(finished_ms), only, counts)
        }),
        next_at: runner.next_run().iso8601(),
        interval_seconds: runner.options().interval.as_secs(),
        changes_per_second: runner.options().changes_per_second,
        failures: totals.failures,
        last_failure: totals.last_failure,
    }
}

fn shown_run(
    started_ms: i64,
    finished_ms: Option<i64>,
    bucket: Option<String>,
    counts: LifecycleCounts,
) -> LifecycleRun {
    let time = |ms| Timestamp::from_unix_ms(ms).iso8601();
    LifecycleRun { started_at: time(started_ms), finished_at: finished_ms.map(time), bucket, counts }
}

fn shown_change(PreviewedChange { bucket, change }: PreviewedChange) -> LifecycleChange {
    let class = |class: &StorageClass| Some(class.as_str().to_owned());
    let (action, storage_class, modified, noncurrent_since) = match &change.action {
        DueAction::Expire(object) => (LifecycleActionKind::Expire, None, object.modified, None),
        DueAction::Transition(object, to) => (LifecycleActionKind::Transition, class(to), object.modified, None),
        DueAction::TransitionVersion(object, to, since) => {
            (LifecycleActionKind::Transition, class(to), object.modified, Some(*since))
        }
        DueAction::ExpireVersion(version, since) => {
            (LifecycleActionKind::ExpireVersion, None, version.modified(), Some(*since))
        }
        DueAction::RemoveMarker(marker) => (LifecycleActionKind::RemoveMarker, None, marker.modified, None),
        DueAction::Abort(upload) => (LifecycleActionKind::AbortUpload, None, upload.initiated, None),
    };
    let upload_id = match &change.action {
        DueAction::Abort(upload) => Some(upload.id.to_string()),
        _ => None,
    };
    LifecycleChange {
        bucket: bucket.to_string(),
        key: change.key.to_string(),
        action,
        storage_class,
        upload_id,
        version_id: change.action.version().map(|id| id.to_string()),
        bytes: change.action.bytes(),
        rule: change.rule,
        due_since: change.since.iso8601(),
        last_modified: modified.iso8601(),
        noncurrent_since: noncurrent_since.map(Timestamp::iso8601),
    }
}
