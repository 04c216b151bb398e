//! GetObjectAcl.

use super::{Outcome, xml};
use crate::call::Call;
use coho_oss::{
    OssError,
    document::{Owner, access_control_policy},
};

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket_record().await?;
    call.must_own(&bucket)?;
    let object = call.settled_object_record(&bucket).await?.ok_or_else(|| call.key().map(OssError::no_such_key));
    match object {
        Ok(object) => xml(access_control_policy::to_xml(Owner::new(&bucket.owner), object.acl.as_str())),
        Err(missing) => Err(missing?.into()),
    }
}
