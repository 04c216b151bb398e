//! The terms on which a bucket answers senders other than its owner, whatever they may do with it: who pays, and which pages
//! may link to its objects. They are checked before a right, so that a request that they refuse reveals nothing and causes
//! no fetch.

use crate::{
    authorize::{Sender, owns},
    failure::{Failure, FailureKind},
};
use coho_auth::{Form, Identity};
use coho_model::{BucketRecord, Payer};
use coho_oss::{Operation, header as oss};
use http::header;

/// What a sender who pays says, in a header or in a parameter.
const REQUESTER: &str = "requester";

/// Refuses what the bucket's terms refuse.
pub(crate) fn check(sender: &Sender<'_>, operation: Operation, bucket: &BucketRecord) -> Result<(), Failure> {
    if is_charged(sender.identity, bucket) && !says_to_pay(sender) {
        return Err(FailureKind::RequesterPays(bucket.name.clone()).into());
    }
    check_referer(sender, operation, bucket)
}

/// Whether a request of this sender is charged to the sender.
pub(crate) fn is_charged(identity: &Identity, bucket: &BucketRecord) -> bool {
    bucket.configurations.payer == Payer::Requester && !owns(identity, bucket)
}

/// OSS: a request without a signature has nobody to charge.
fn says_to_pay(sender: &Sender<'_>) -> bool {
    let in_header =
        || sender.headers.get(oss::REQUEST_PAYER).is_some_and(|value| value.as_bytes() == REQUESTER.as_bytes());
    let in_query = || sender.query.get(oss::REQUEST_PAYER.as_str()) == Some(REQUESTER);
    *sender.identity != Identity::Anonymous && (in_header() || in_query())
}

/// OSS: reads without a signature, or with one in the URL, are checked; a signature in the header is never sent by a page
/// that only links.
fn check_referer(sender: &Sender<'_>, operation: Operation, bucket: &BucketRecord) -> Result<(), Failure> {
    let Some(configuration) = &bucket.configurations.referer else { return Ok(()) };
    let is_linked = match sender.identity {
        Identity::Anonymous => true,
        Identity::Signed { form, .. } => *form == Form::Url,
        Identity::Administrator { .. } => false,
    };
    // The root of a site is a page, and its listing for those who may see it.
    let reads = matches!(
        operation,
        Operation::GetObject | Operation::HeadObject | Operation::GetObjectMeta | Operation::ListObjects
    );
    let referer = sender.headers.get(header::REFERER).map(|value| String::from_utf8_lossy(value.as_bytes()));
    if is_linked && reads && !configuration.permits(&referer.unwrap_or_default()) {
        return Err(FailureKind::RefererDenied(bucket.name.clone()).into());
    }
    Ok(())
}
