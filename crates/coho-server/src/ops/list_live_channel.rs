//! ListLiveChannel: there are none. SDK test suites ask before they delete a bucket.

use super::{Outcome, listing::DEFAULT_KEYS, xml};
use crate::call::Call;
use coho_oss::document::list_live_channel;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let max_keys = call.max("max-keys", DEFAULT_KEYS)?;
    xml(list_live_channel::to_xml(call.text("prefix"), call.text("marker"), max_keys))
}
