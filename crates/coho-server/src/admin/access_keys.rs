//! The access keys. A secret is in the answer that makes it, and in no other.

use super::{
    extract::{JsonBody, PathId},
    refusal::AdminError,
};
use crate::{
    access_keys::{AcceptedKeys, AccessKeysError, IssuedKey, NewKey, NewSession},
    context::Context,
    failure::Failure,
};
use axum::{Json, extract::State, http::StatusCode};
use coho_admin_api::{
    AdminCode,
    access::{
        AccessKey, AccessKeyChange, AccessKeyKind, AccessKeySource, AccessKeyState, AccessKeys, IssuedAccessKey,
        IssuedKeySession, NewAccessKey, NewKeySession, RotationRequest,
    },
    explain::InvalidParameter,
};
use coho_auth::Credential;
use coho_crypt::KeyError;
use coho_model::{AccessRefusal, InvalidRole, KeyRights, Timestamp};
use coho_oss::document::policy::parse_session;
use std::sync::Arc;

/// Every state of a key.
pub(super) const STATES: [AccessKeyState; 3] =
    [AccessKeyState::Active, AccessKeyState::Disabled, AccessKeyState::Expired];

pub(super) async fn list(State(context): State<Arc<Context>>) -> Json<AccessKeys> {
    let (keys, now) = (context.accepted_keys(), context.store.now());
    let mut shown: Vec<_> = keys.authenticator.credentials().all().map(|key| shown(&keys, key, now)).collect();
    shown.sort_by(|one, other| one.id.cmp(&other.id));
    Json(AccessKeys { keys: shown })
}

pub(super) async fn create(
    State(context): State<Arc<Context>>,
    JsonBody(asked): JsonBody<NewAccessKey>,
) -> Result<(StatusCode, Json<IssuedAccessKey>), AdminError> {
    let new = NewKey {
        account: asked.account,
        display_name: asked.display_name,
        rights: match &asked.rights {
            Some(texts) => rights(texts)?,
            None => KeyRights::full(),
        },
        expires_seconds: asked.expires_seconds,
    };
    let issued = context.access_keys.create_key(new).await.map_err(refusal)?;
    Ok((StatusCode::CREATED, Json(shown_issued(&context, issued)?)))
}

pub(super) async fn change(
    State(context): State<Arc<Context>>,
    PathId(id): PathId,
    JsonBody(asked): JsonBody<AccessKeyChange>,
) -> Result<Json<AccessKey>, AdminError> {
    let rights = asked.rights.as_deref().map(rights).transpose()?;
    if let Some(rights) = rights {
        context.access_keys.set_key_rights(&id, rights).await.map_err(refusal)?;
    }
    if let Some(enabled) = asked.enabled {
        context.access_keys.set_key_enabled(&id, enabled).await.map_err(refusal)?;
    }
    Ok(Json(find(&context, &id)?))
}

pub(super) async fn delete(State(context): State<Arc<Context>>, PathId(id): PathId) -> Result<StatusCode, AdminError> {
    context.access_keys.delete_key(&id).await.map_err(refusal)?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn rotate(
    State(context): State<Arc<Context>>,
    PathId(id): PathId,
    JsonBody(asked): JsonBody<RotationRequest>,
) -> Result<Json<IssuedAccessKey>, AdminError> {
    let issued = context.access_keys.rotate_key(&id, asked.grace_seconds).await.map_err(refusal)?;
    Ok(Json(shown_issued(&context, issued)?))
}

pub(super) async fn create_session(
    State(context): State<Arc<Context>>,
    PathId(id): PathId,
    JsonBody(asked): JsonBody<NewKeySession>,
) -> Result<(StatusCode, Json<IssuedKeySession>), AdminError> {
    let policy = asked.policy.as_deref().map(parse_session).transpose().map_err(Failure::from)?;
    let new = NewSession {
        parent: &id,
        parent_mark: None,
        role: None,
        seconds: asked.expires_seconds,
        policy: policy.as_ref(),
    };
    let made = context.access_keys.make_session(new).await;
    context.metrics.count_key_session(made.is_ok());
    let session = made.map_err(refusal)?;
    tracing::info!(access_key = id, session = session.id, "temporary credentials were made");
    let issued = IssuedKeySession {
        access_key_id: session.id,
        access_key_secret: session.secret,
        security_token: session.token,
        expires_at: session.expires.iso8601(),
    };
    Ok((StatusCode::CREATED, Json(issued)))
}

pub(super) fn rights(texts: &[String]) -> Result<KeyRights, InvalidParameter> {
    KeyRights::parse(texts).map_err(|error| invalid("rights", &texts.join(","), error))
}

/// A parameter whose text names itself.
pub(super) fn invalid(name: &str, value: &str, error: impl std::fmt::Display) -> InvalidParameter {
    InvalidParameter::Invalid { name: name.to_owned(), value: value.to_owned(), message: error.to_string() }
}

/// Whether requests with a key are accepted at this time.
pub(super) fn state(key: &Credential, now: Timestamp) -> AccessKeyState {
    if !key.is_enabled {
        AccessKeyState::Disabled
    } else if key.expires_unix_seconds.is_some_and(|expires| now.unix_s() >= expires) {
        AccessKeyState::Expired
    } else {
        AccessKeyState::Active
    }
}

fn find(context: &Context, id: &str) -> Result<AccessKey, AdminError> {
    let keys = context.accepted_keys();
    match keys.authenticator.credentials().get(id) {
        Some(key) => Ok(shown(&keys, key, context.store.now())),
        // Another request has removed it.
        None => Err(refusal(AccessRefusal::NoSuchKey(id.into()).into())),
    }
}

fn shown_issued(context: &Context, issued: IssuedKey) -> Result<IssuedAccessKey, AdminError> {
    let key = find(context, &issued.id)?;
    Ok(IssuedAccessKey { key, secret: issued.secret, security_token: issued.token })
}

fn shown(keys: &AcceptedKeys, key: &Credential, now: Timestamp) -> AccessKey {
    let id = &*key.access_key_id;
    let is_configured = keys.configured.credentials.get(id).is_some();
    let stored = keys.table.keys.get(id).filter(|_| !is_configured);
    let rights = key.limits.as_ref().and_then(|limits| limits.rights.clone()).unwrap_or_else(KeyRights::full);
    let previous = key.previous_secret.as_ref().filter(|(_, until)| now.unix_s() <= *until);
    AccessKey {
        id: id.to_owned(),
        account: key.owner.to_string(),
        kind: match key.security_token {
            Some(_) => AccessKeyKind::WithSecurityToken,
            None => AccessKeyKind::Permanent,
        },
        source: if stored.is_some() { AccessKeySource::Stored } else { keys.configured.source },
        state: state(key, now),
        rights: rights.texts(),
        created_at: stored.map(|key| key.created.iso8601()),
        expires_at: stored.and_then(|key| key.expires).map(Timestamp::iso8601),
        last_used_at: keys.last_use(id).map(Timestamp::iso8601),
        previous_secret_until: previous.map(|(_, until)| Timestamp::from_unix_ms(until * 1000).iso8601()),
    }
}

/// Says what can be done about it.
pub(super) fn refusal(error: AccessKeysError) -> AdminError {
    let detail = error.to_string();
    let own = |code| AdminError::own(code, detail.clone());
    match error {
        AccessKeysError::Refused(refused) => match refused {
            AccessRefusal::NoSuchAccount(_) => own(AdminCode::NoSuchAccount),
            AccessRefusal::AccountExists(_) => own(AdminCode::AccountAlreadyExists),
            AccessRefusal::AccountHasKeys(_) | AccessRefusal::AccountHasRoles(_) => own(AdminCode::AccountInUse),
            AccessRefusal::NoSuchKey(_) => own(AdminCode::NoSuchAccessKey),
            AccessRefusal::KeyIsTemporary(_) => own(AdminCode::AccessKeyNotChangeable),
            AccessRefusal::NoSuchRole(_) => own(AdminCode::NoSuchRole),
            AccessRefusal::RoleExists(_) => own(AdminCode::RoleAlreadyExists),
            AccessRefusal::TooManyAccounts | AccessRefusal::TooManyKeys | AccessRefusal::TooManyRoles => {
                own(AdminCode::TooManyAccessKeys)
            }
            // Its id is random.
            AccessRefusal::KeyExists(_) => AdminError::internal(detail),
        },
        AccessKeysError::Account(_) => invalid("account", "", detail).into(),
        AccessKeysError::Rights(_) => invalid("rights", "", detail).into(),
        AccessKeysError::Role(error) => invalid(role_field(&error), "", detail).into(),
        AccessKeysError::Seconds { name, seconds, .. } => invalid(name, &seconds.to_string(), detail).into(),
        AccessKeysError::Configured(_) => own(AdminCode::AccessKeyNotChangeable),
        AccessKeysError::AccountConfigured(_) | AccessKeysError::AccountOwnsBuckets(_) => own(AdminCode::AccountInUse),
        AccessKeysError::Store(error) => Failure::from(error).into(),
        AccessKeysError::Set(_) => own(AdminCode::TooManyAccessKeys),
        AccessKeysError::Secret { source: KeyError::Missing(_), .. } => own(AdminCode::MasterKeyMissing),
        error
        @ (AccessKeysError::Secret { .. } | AccessKeysError::DamagedSecret(_) | AccessKeysError::NoRandomness) => {
            AdminError::internal(error)
        }
    }
}

/// What of a role cannot be one.
fn role_field(invalid: &InvalidRole) -> &'static str {
    match invalid {
        InvalidRole::Name => "name",
        InvalidRole::Principals | InvalidRole::Principal(_) => "trusted",
        InvalidRole::ExternalId => "external_id",
        InvalidRole::Seconds => "max_session_seconds",
        InvalidRole::Admin => "rights",
    }
}
