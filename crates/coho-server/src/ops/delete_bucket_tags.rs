//! DeleteBucketTags: all tags, or those whose keys `?tagging=k1,k2` names. 204, also where nothing was set.

use super::{Outcome, empty};
use crate::call::Call;
use coho_model::{ConfigurationChange, TagSet};
use http::StatusCode;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    let change = match call.text("tagging") {
        "" => ConfigurationChange::Tags(TagSet::default()),
        keys => ConfigurationChange::WithoutTags(keys.split(',').map(Into::into).collect()),
    };
    call.context.store.configure_bucket(&bucket.name, change).await?;
    empty(StatusCode::NO_CONTENT)
}
