//! The state of encryption, and the jobs that change it.

use super::{extract::JsonBody, refusal::AdminError};
use crate::{
    context::Context,
    encryption::{EncryptionRefusal, FinishedJob, PresentJob, RecordedJobs, sessions_until},
    failure::Failure,
};
use axum::{Json, extract::State, http::StatusCode};
use coho_admin_api::{
    AdminCode,
    encryption::{
        EncryptionJob, EncryptionJobOutcome, EncryptionStatus, KeyFileState, MasterKeyReport,
        MasterKeyRetirementRequest, MasterKeyRotationRequest,
    },
    explain::InvalidParameter,
};
use coho_crypt::KeyError;
use coho_model::{MasterKeyId, Timestamp};
use coho_store::StoreError;
use std::{error::Error, sync::Arc};

/// The master keys, what they seal, and the jobs.
pub(super) async fn status(State(context): State<Arc<Context>>) -> Json<EncryptionStatus> {
    Json(shown(&context))
}

/// Makes a new master key, if one is wanted, and begins to seal everything by it. The job is under way when this is answered.
pub(super) async fn rotate(
    State(context): State<Arc<Context>>,
    JsonBody(asked): JsonBody<MasterKeyRotationRequest>,
) -> Result<(StatusCode, Json<EncryptionStatus>), AdminError> {
    context.encryption.ask_rotation(asked.new_key).await.map_err(refusal)?;
    Ok((StatusCode::ACCEPTED, Json(shown(&context))))
}

/// Begins to count what an old key seals. The job is under way when this is answered.
pub(super) async fn retire(
    State(context): State<Arc<Context>>,
    JsonBody(asked): JsonBody<MasterKeyRetirementRequest>,
) -> Result<(StatusCode, Json<EncryptionStatus>), AdminError> {
    let key = MasterKeyId::parse(&asked.key)
        .ok_or_else(|| InvalidParameter::new("key", &asked.key, "is not the id of a master key"))?;
    context.encryption.ask_retirement(key, asked.end_sessions).await.map_err(refusal)?;
    Ok((StatusCode::ACCEPTED, Json(shown(&context))))
}

fn refusal(refusal: EncryptionRefusal) -> AdminError {
    let code = match refusal {
        EncryptionRefusal::UnderWay => AdminCode::EncryptionJobUnderWay,
        EncryptionRefusal::NoKey | EncryptionRefusal::NoSuchKey(_) => AdminCode::NoSuchMasterKey,
        EncryptionRefusal::Active(_) | EncryptionRefusal::Sessions(..) => AdminCode::MasterKeyInUse,
        EncryptionRefusal::Failed(StoreError::Key(error)) => return of_keys(error),
        EncryptionRefusal::Failed(error) => return Failure::from(error).into(),
    };
    AdminError::own(code, refusal.to_string())
}

fn of_keys(error: KeyError) -> AdminError {
    let code = match error {
        KeyError::Missing(_) => AdminCode::MasterKeyMissing,
        KeyError::TooMany(_) => AdminCode::TooManyMasterKeys,
        KeyError::Malformed { .. } | KeyError::File { .. } => AdminCode::KeyFileUnusable,
        error => return AdminError::internal(error),
    };
    AdminError::own(code, text(&error))
}

/// An error with its causes.
fn text(error: &KeyError) -> String {
    let (mut text, mut cause) = (error.to_string(), error.source());
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

fn shown(context: &Context) -> EncryptionStatus {
    let (keys, runner, now) = (context.store.keys(), &context.encryption, context.store.now());
    let (ring, missing, jobs) = (keys.keyring(), keys.missing(), runner.jobs());
    let secrets = context.access_keys.sealed_by();
    let report = |id: MasterKeyId| MasterKeyReport {
        id: id.to_string(),
        is_active: ring.active() == Some(id),
        is_missing: false,
        created_at: None,
        sealed: jobs.counted.as_ref().map(|counted| counted.by_key.get(&id).copied().unwrap_or_default()),
        access_keys: secrets.get(&id).copied().unwrap_or_default(),
        sessions_until: None,
    };
    let present = ring.overview().into_iter().map(|key| MasterKeyReport {
        created_at: Some(key.created.iso8601()),
        sessions_until: sessions_until(&key, now).map(Timestamp::iso8601),
        ..report(key.id)
    });
    let lost = missing.iter().map(|id| MasterKeyReport { is_missing: true, ..report(*id) });
    let RecordedJobs { job, last, counted, .. } = &jobs;
    let totals = runner.totals().clone();
    EncryptionStatus {
        key_file: keys.key_file().map(|path| path.display().to_string()),
        state: match (missing.is_empty(), ring.active()) {
            (false, _) => KeyFileState::Incomplete,
            (true, None) => KeyFileState::Unused,
            (true, Some(_)) => KeyFileState::Complete,
        },
        active_key: ring.active().map(|id| id.to_string()),
        keys: present.chain(lost).collect(),
        counted_at: counted.as_ref().map(|counted| time(counted.at_ms)),
        job: job.as_ref().map(|job| shown_job(job, None)),
        last_job: last
            .as_ref()
            .map(|FinishedJob { job, finished_ms, outcome }| shown_job(job, Some((*finished_ms, *outcome)))),
        changes_per_second: runner.options().changes_per_second,
        failures: totals.failures,
        last_failure: totals.last_failure,
    }
}

fn time(ms: i64) -> String {
    Timestamp::from_unix_ms(ms).iso8601()
}

fn shown_job(job: &PresentJob, end: Option<(i64, EncryptionJobOutcome)>) -> EncryptionJob {
    EncryptionJob {
        kind: job.kind,
        key: job.key.to_string(),
        started_at: time(job.started_ms),
        finished_at: end.map(|(ms, _)| time(ms)),
        outcome: end.map(|(_, outcome)| outcome),
        bucket: job.bucket().filter(|_| end.is_none()).map(str::to_owned),
        objects: job.objects,
        counts: job.counts,
        unopened_example: job.unopened_example.clone(),
    }
}
