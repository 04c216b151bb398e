//! GetObjectAcl.

use super::{Outcome, xml};
use crate::{call::Call, failure::Failure};
use coho_oss::document::{Owner, access_control_policy};

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket()?;
    call.await_inflight(&bucket).await?;
    let object = call.object_record(&bucket).await?;
    match object {
        Some(object) => xml(access_control_policy::to_xml(Owner::new(&bucket.owner), object.acl.as_str())),
        None => Err(Failure::no_such_key(call.key()?)),
    }
}
