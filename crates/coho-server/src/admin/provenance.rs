//! Where objects came from. It reads their records as they are: a list that shows it counts as no request of a client.

use super::{
    explain::provenance,
    extract::{JsonBody, NamedBucket},
    refusal::AdminError,
};
use crate::{context::Context, failure::Failure};
use axum::{Json, extract::State};
use coho_admin_api::{
    explain::InvalidParameter,
    provenance::{KeyProvenance, MAX_KEYS, ProvenanceRequest, Provenances},
};
use coho_model::{ObjectKey, ObjectRecord, Timestamp};
use std::sync::Arc;

/// Those of the objects that are stored. What can be no key names none.
pub(super) async fn show(
    State(context): State<Arc<Context>>,
    NamedBucket(bucket): NamedBucket,
    JsonBody(asked): JsonBody<ProvenanceRequest>,
) -> Result<Json<Provenances>, AdminError> {
    let count = asked.keys.len();
    if count > MAX_KEYS {
        let message = format!("are more keys than {MAX_KEYS}");
        return Err(InvalidParameter::new("keys", &count.to_string(), message).into());
    }
    let mut objects = Vec::with_capacity(count);
    for text in asked.keys {
        let Ok(key) = ObjectKey::parse(&text) else { continue };
        if let Some(object) = context.store.object(&bucket, &key).await.map_err(Failure::from)? {
            objects.push(shown(text, &object));
        }
    }
    Ok(Json(Provenances { objects }))
}

fn shown(key: String, object: &ObjectRecord) -> KeyProvenance {
    let from = object.mirrored_from.as_ref();
    KeyProvenance {
        key,
        mirrored_from: from.map(|from| from.url.to_string()),
        fetched: from.and_then(|from| from.fetch.as_ref()).map(provenance),
        rewritten: from.and_then(|from| from.rewritten).map(Timestamp::iso8601),
        symlink_target: object.symlink_target().map(str::to_owned),
    }
}
