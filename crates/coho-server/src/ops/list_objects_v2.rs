//! ListObjectsV2.

use super::{Outcome, listing::DEFAULT_KEYS, xml};
use crate::call::Call;
use coho_oss::document::{Naming, continuation_token, list_objects};

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let naming = Naming::of(&call.query)?;
    let max_keys = call.max("max-keys", DEFAULT_KEYS)?;
    // The Python SDK sends an empty token for the first page.
    let token = call.query.get("continuation-token").filter(|token| !token.is_empty());
    let start_after = call.text("start-after");
    let after = match token {
        Some(token) => continuation_token::decode(token)?,
        None => start_after.to_owned(),
    };
    let query = call.list_query(&after, max_keys)?;
    call.await_inflight_listed(&bucket).await;
    let keys = call.context.accepted_keys();
    let _turn = call.listing_turn().await;
    let page = call.context.store.list_objects(&bucket, query).await?;
    let fetch_owner = call.text("fetch-owner").eq_ignore_ascii_case("true");
    xml(list_objects::v2_to_xml(&list_objects::ListObjectsV2 {
        bucket: &bucket.name,
        prefix: call.text("prefix"),
        start_after,
        continuation_token: token,
        delimiter: call.text("delimiter"),
        max_keys,
        naming,
        now: call.now,
        owner: fetch_owner.then(|| keys.owner(&bucket.owner)),
        page: &page,
    }))
}
