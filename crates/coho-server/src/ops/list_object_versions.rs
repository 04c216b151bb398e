//! ListObjectVersions. In a bucket without versioning every object is its own latest version, `null`.

use super::{Outcome, listing::DEFAULT_KEYS, xml};
use crate::call::Call;
use coho_model::RequestRefusal;
use coho_oss::{
    document::{Naming, list_object_versions},
    version_id,
};
use coho_store::VersionQuery;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let naming = Naming::of(&call.query)?;
    let max_keys = call.max("max-keys", DEFAULT_KEYS)?;
    let (key_marker, version_id_marker) = (call.text("key-marker"), call.text("version-id-marker"));
    if key_marker.is_empty() && !version_id_marker.is_empty() {
        let message = "A version-id marker cannot be specified without a key marker.";
        return Err(RequestRefusal::invalid_argument("version-id-marker", version_id_marker, message).into());
    }
    let after_version = match version_id_marker {
        "" => None,
        text => Some(version_id("version-id-marker", text).map_err(|refusal| match refusal {
            RequestRefusal::UnknownVersion(_) => {
                RequestRefusal::invalid_argument("version-id-marker", text, "Invalid version id specified.")
            }
            refusal => refusal,
        })?),
    };
    let query = VersionQuery { list: call.list_query(key_marker, max_keys)?, after_version };
    call.await_inflight_listed(&bucket).await;
    let keys = call.context.accepted_keys();
    let _turn = call.listing_turn().await;
    let page = call.context.store.list_versions(&bucket, query).await?;
    xml(list_object_versions::to_xml(&list_object_versions::ListObjectVersions {
        bucket: &bucket.name,
        prefix: call.text("prefix"),
        key_marker,
        version_id_marker,
        delimiter: call.text("delimiter"),
        max_keys,
        naming,
        now: call.now,
        owner: keys.owner(&bucket.owner),
        entries: &page.entries,
        next: page.next.as_ref().map(|(key, version)| (&**key, *version)),
    }))
}
