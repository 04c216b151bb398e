//! The terms on which a bucket answers senders other than its owner, whatever they may do with it: who pays. They are checked
//! before a right, so that a request that they refuse reveals nothing and causes no fetch.

use crate::{
    authorize::{Sender, owns},
    failure::{Failure, FailureKind},
};
use coho_auth::Identity;
use coho_model::{BucketRecord, Payer};
use coho_oss::header as oss;

/// What a sender who pays says, in a header or in a parameter.
const REQUESTER: &str = "requester";

/// Refuses what the bucket's terms refuse.
pub(crate) fn check(sender: &Sender<'_>, bucket: &BucketRecord) -> Result<(), Failure> {
    if is_charged(sender.identity, bucket) && !says_to_pay(sender) {
        return Err(FailureKind::RequesterPays(bucket.name.clone()).into());
    }
    Ok(())
}

/// Whether a request of this sender is charged to the sender.
pub(crate) fn is_charged(identity: &Identity, bucket: &BucketRecord) -> bool {
    bucket.configurations.payer == Payer::Requester && !owns(identity, bucket)
}

/// OSS: a request without a signature has nobody to charge.
fn says_to_pay(sender: &Sender<'_>) -> bool {
    let in_header = || sender.headers.get(oss::REQUEST_PAYER).is_some_and(|value| value.as_bytes() == REQUESTER.as_bytes());
    let in_query = || sender.query.get(oss::REQUEST_PAYER.as_str()) == Some(REQUESTER);
    *sender.identity != Identity::Anonymous && (in_header() || in_query())
}
