//! The access keys that the server accepts, without their secrets.

use crate::context::Context;
use axum::{Json, extract::State};
use coho_admin_api::access::{AccessKey, AccessKeyKind, AccessKeys};
use std::sync::Arc;

pub(super) async fn list(State(context): State<Arc<Context>>) -> Json<AccessKeys> {
    let keys = context.access_keys();
    let source = keys.source;
    let shown = |key: &coho_auth::Credential| AccessKey {
        id: key.access_key_id.to_string(),
        account: key.owner.to_string(),
        kind: match key.security_token {
            Some(_) => AccessKeyKind::WithSecurityToken,
            None => AccessKeyKind::Permanent,
        },
        source,
    };
    let mut keys: Vec<_> = keys.authenticator.credentials().all().map(shown).collect();
    keys.sort_by(|one, other| one.id.cmp(&other.id));
    Json(AccessKeys { keys })
}
