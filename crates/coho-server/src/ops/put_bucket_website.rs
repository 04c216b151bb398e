//! PutBucketWebsite: the whole document is replaced, or refused and nothing changed.

use super::{Outcome, empty};
use crate::{call::Call, error::Failure};
use coho_model::{BucketChange, website::WebsiteConfiguration};
use coho_oss::{OssError, document::website};
use coho_rules::not_executed;
use http::StatusCode;
use std::sync::Arc;

pub(crate) async fn handle(call: &mut Call) -> Outcome {
    let bucket = call.bucket_record().await?;
    call.must_own(&bucket)?;
    let expected = call.content_md5()?;
    let body = call.body.read_bounded(website::MAX_WEBSITE_BYTES).await?;
    check_md5(expected, &body)?;
    let mut document = website::parse(&body)?;
    document.restore_masked_secrets(bucket.website.as_deref())?;
    document.validate()?;
    tell_what_is_not_executed(&bucket.name, &document);
    let change = BucketChange::SetWebsite(Some(Arc::new(document)));
    call.context.store.meta().change_bucket(&bucket.name, change, call.now).await?;
    empty(StatusCode::OK)
}

/// The operator finds in the log why a rule does nothing.
fn tell_what_is_not_executed(bucket: &coho_model::BucketName, website: &WebsiteConfiguration) {
    for rule in &website.routing_rules {
        if let Some(element) = not_executed(rule) {
            let (bucket, rule, element) = (bucket.as_str(), rule.rule_number, element.0);
            tracing::warn!(
                bucket.name = bucket,
                rule,
                element,
                "rule is stored, and does not match yet because of this element"
            );
        }
    }
}

/// `Content-MD5` of a document that was read whole.
pub(super) fn check_md5(expected: Option<[u8; 16]>, body: &[u8]) -> Result<(), Failure> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let computed = coho_store::md5(body);
    match expected {
        Some(expected) if expected != computed => {
            Err(OssError::invalid_digest(&STANDARD.encode(expected), &computed).into())
        }
        _ => Ok(()),
    }
}
