//! Storing a website document: the whole is replaced, or refused and nothing changed.

use crate::{context::Context, failure::Failure};
use coho_model::{
    BucketRecord, RequestRefusal, WebsiteCondition,
    website::{InvalidWebsite, WebsiteConfiguration},
};
use coho_oss::document::website;
use coho_rules::not_executed;
use std::sync::Arc;

/// Parses, checks and stores, for that author, if the condition holds.
pub(crate) async fn put(
    context: &Context,
    bucket: &BucketRecord,
    body: &[u8],
    author: &str,
    condition: WebsiteCondition,
) -> Result<Arc<WebsiteConfiguration>, Failure> {
    let document = judge(context, bucket, bucket.website.as_deref(), body)?;
    store(context, bucket, document, author, condition).await
}

/// The document that a put would store where `stored` is.
pub(crate) fn judge(
    context: &Context,
    bucket: &BucketRecord,
    stored: Option<&WebsiteConfiguration>,
    body: &[u8],
) -> Result<WebsiteConfiguration, RequestRefusal> {
    let mut document = website::parse(body)?;
    document.restore_masked_secrets(stored)?;
    check(context, bucket, &document)?;
    Ok(document)
}

/// Stores and returns a document with its own secrets, if it may be stored today.
pub(crate) async fn check_and_store(
    context: &Context,
    bucket: &BucketRecord,
    document: WebsiteConfiguration,
    author: &str,
    condition: WebsiteCondition,
) -> Result<Arc<WebsiteConfiguration>, Failure> {
    check(context, bucket, &document)?;
    store(context, bucket, document, author, condition).await
}

fn check(context: &Context, bucket: &BucketRecord, document: &WebsiteConfiguration) -> Result<(), InvalidWebsite> {
    document.validate()?;
    refuse_addresses(context, bucket, document)
}

async fn store(
    context: &Context,
    bucket: &BucketRecord,
    document: WebsiteConfiguration,
    author: &str,
    condition: WebsiteCondition,
) -> Result<Arc<WebsiteConfiguration>, Failure> {
    log_what_is_not_executed(bucket, &document);
    let document = Arc::new(document);
    context.store.set_bucket_website(&bucket.name, Some(document.clone()), author, condition).await?;
    // Another origin may have what the last one did not.
    context.mirror.purge_negative_cache(bucket, None, "");
    Ok(document)
}

/// An address that no fetch may connect to is refused if it is literal. A name is looked up by each fetch.
fn refuse_addresses(
    context: &Context,
    bucket: &BucketRecord,
    document: &WebsiteConfiguration,
) -> Result<(), InvalidWebsite> {
    for origin in document.origin_urls() {
        if let Some(class) = context.mirror.refused_literal(&bucket.name, origin.url) {
            let reason = format!("its address is {class}, which this server admits only with --origin-allow");
            return Err(origin.refused(&reason));
        }
    }
    Ok(())
}

/// The log says why a rule does nothing.
fn log_what_is_not_executed(bucket: &BucketRecord, website: &WebsiteConfiguration) {
    for rule in &website.routing_rules {
        if let Some(element) = not_executed(rule) {
            let (bucket, rule, element) = (bucket.name.as_str(), rule.rule_number, element.0);
            tracing::warn!(
                bucket.name = bucket,
                rule,
                element,
                "the rule is stored and never matches because this element is not executed"
            );
        }
    }
}
