//! Roles. A path names one by its id, its ARN or its name.

use super::{
    access_keys::{invalid, refusal, rights},
    extract::{JsonBody, PathId},
    refusal::AdminError,
};
use crate::{access_keys::RoleDraft, context::Context};
use axum::{Json, extract::State, http::StatusCode};
use coho_admin_api::{
    explain::InvalidParameter,
    role::{NewRole, RoleChange, RoleList, RoleSummary},
};
use coho_model::{RolePrincipal, RoleRecord, RoleUpdate};
use std::sync::Arc;

pub(super) async fn list(State(context): State<Arc<Context>>) -> Json<RoleList> {
    let keys = context.accepted_keys();
    let mut roles: Vec<_> = keys.table.roles.values().map(shown).collect();
    roles.sort_by(|one, other| one.arn.cmp(&other.arn));
    Json(RoleList { roles })
}

pub(super) async fn create(
    State(context): State<Arc<Context>>,
    JsonBody(asked): JsonBody<NewRole>,
) -> Result<(StatusCode, Json<RoleSummary>), AdminError> {
    let NewRole { name, account, rights, trusted, external_id, max_session_seconds } = asked;
    let change = RoleChange { enabled: None, rights, trusted, external_id, max_session_seconds };
    let draft = RoleDraft { account, name, settings: update(change)? };
    let role = context.access_keys.create_role(draft).await.map_err(refusal)?;
    Ok((StatusCode::CREATED, Json(shown(&role))))
}

pub(super) async fn change(
    State(context): State<Arc<Context>>,
    PathId(id): PathId,
    JsonBody(asked): JsonBody<RoleChange>,
) -> Result<Json<RoleSummary>, AdminError> {
    let role = context.access_keys.update_role(&id, update(asked)?).await.map_err(refusal)?;
    Ok(Json(shown(&role)))
}

pub(super) async fn delete(State(context): State<Arc<Context>>, PathId(id): PathId) -> Result<StatusCode, AdminError> {
    context.access_keys.delete_role(&id).await.map_err(refusal)?;
    Ok(StatusCode::NO_CONTENT)
}

fn update(change: RoleChange) -> Result<RoleUpdate, InvalidParameter> {
    let RoleChange { enabled, rights: texts, trusted, external_id, max_session_seconds } = change;
    Ok(RoleUpdate {
        rights: texts.as_deref().map(rights).transpose()?,
        trusted: trusted.as_deref().map(principals).transpose()?,
        external_id: external_id.map(|id| Some(id.into_boxed_str()).filter(|id| !id.is_empty())),
        max_session_seconds,
        is_enabled: enabled,
    })
}

fn principals(texts: &[String]) -> Result<Vec<RolePrincipal>, InvalidParameter> {
    let read = |text: &String| text.parse::<RolePrincipal>().map_err(|error| invalid("trusted", text, error));
    texts.iter().map(read).collect()
}

fn shown(role: &RoleRecord) -> RoleSummary {
    RoleSummary {
        id: role.id.to_string(),
        arn: role.arn(),
        account: role.account.to_string(),
        name: role.name.to_string(),
        rights: role.rights.texts(),
        trusted: role.trusted.iter().map(ToString::to_string).collect(),
        external_id: role.external_id.as_deref().map(str::to_owned),
        max_session_seconds: role.max_session_seconds,
        enabled: role.is_enabled,
        created_at: role.created.iso8601(),
    }
}
