//! HeadObject: as GetObject without the body. It causes a fetch only by a rule with `MirrorAllowHeadObject`.

use super::{Outcome, get_object::resolve_and_render};
use crate::call::Call;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    resolve_and_render(call, &bucket).await
}
