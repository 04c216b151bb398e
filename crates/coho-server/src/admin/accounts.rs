//! Accounts: those that are stored, and those that only keys of the configuration name.

use super::{
    access_keys::refusal,
    extract::{JsonBody, PathId},
    refusal::AdminError,
};
use crate::{access_keys::AcceptedKeys, context::Context};
use axum::{Json, extract::State, http::StatusCode};
use coho_admin_api::access::{AccountChange, AccountList, AccountSummary, NewAccount};
use std::{collections::BTreeSet, sync::Arc};

pub(super) async fn list(State(context): State<Arc<Context>>) -> Json<AccountList> {
    let keys = context.accepted_keys();
    let configured = keys.configured.credentials.all().map(|key| &*key.owner);
    let ids: BTreeSet<&str> = keys.table.accounts.keys().map(|id| &**id).chain(configured).collect();
    Json(AccountList { accounts: ids.into_iter().map(|id| summary(&keys, id)).collect() })
}

pub(super) async fn create(
    State(context): State<Arc<Context>>,
    JsonBody(asked): JsonBody<NewAccount>,
) -> Result<(StatusCode, Json<AccountSummary>), AdminError> {
    let made = context.access_keys.create_account(asked.id.as_deref(), asked.display_name.as_deref()).await;
    let id = made.map_err(refusal)?;
    Ok((StatusCode::CREATED, Json(summary(&context.accepted_keys(), &id))))
}

pub(super) async fn change(
    State(context): State<Arc<Context>>,
    PathId(id): PathId,
    JsonBody(asked): JsonBody<AccountChange>,
) -> Result<Json<AccountSummary>, AdminError> {
    context.access_keys.rename_account(&id, &asked.display_name).await.map_err(refusal)?;
    Ok(Json(summary(&context.accepted_keys(), &id)))
}

pub(super) async fn delete(State(context): State<Arc<Context>>, PathId(id): PathId) -> Result<StatusCode, AdminError> {
    context.access_keys.delete_account(&id).await.map_err(refusal)?;
    Ok(StatusCode::NO_CONTENT)
}

fn summary(keys: &AcceptedKeys, id: &str) -> AccountSummary {
    AccountSummary {
        id: id.to_owned(),
        display_name: keys.display_name(id).to_owned(),
        created_at: keys.table.accounts.get(id).map(|account| account.created.iso8601()),
        access_keys: keys.authenticator.credentials().all().filter(|key| *key.owner == *id).count(),
        is_configured: keys.configures(id),
    }
}
