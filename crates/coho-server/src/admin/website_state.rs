//! Optimistic concurrency of website configurations: the entity tag of a state, and changes that are made only in the state
//! that their editor has seen. The store compares in the same step that it writes; what is compared here beforehand only
//! makes the refusal come first.

use super::refusal::AdminError;
use crate::{
    context::Context,
    failure::{Failure, FailureKind},
};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, HeaderValue, header, request::Parts},
};
use coho_admin_api::explain::InvalidParameter;
use coho_model::{
    BucketRecord, Timestamp, WebsiteCondition, WebsiteTag, WebsiteVersion, website::WebsiteConfiguration,
};

/// What the request asks to hold: `If-Match`, or `If-None-Match: *`.
pub(super) struct ChangeCondition(pub(super) WebsiteCondition);

impl<S: Sync> FromRequestParts<S> for ChangeCondition {
    type Rejection = AdminError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AdminError> {
        Ok(Self(condition(&parts.headers)?))
    }
}

/// The newest version of a bucket's website; none if it never had one.
pub(super) async fn newest(context: &Context, bucket: &BucketRecord) -> Result<Option<WebsiteVersion>, Failure> {
    Ok(context.store.website_versions(bucket, None, 1).await?.pop())
}

/// The entity tag of the state that begins with this version.
pub(super) fn etag(bucket: &BucketRecord, version: Option<&WebsiteVersion>) -> HeaderValue {
    let text = format!("\"{}\"", tag(bucket, version));
    HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

/// The entity tag of what was just stored, unless another change has come after it.
pub(super) async fn etag_of(
    context: &Context,
    bucket: &BucketRecord,
    stored: &WebsiteConfiguration,
) -> Result<Option<(HeaderName, HeaderValue)>, Failure> {
    let newest = newest(context, bucket).await?;
    let is_stored = newest.as_ref().and_then(|version| version.website.as_deref()) == Some(stored);
    Ok(is_stored.then(|| (header::ETAG, etag(bucket, newest.as_ref()))))
}

/// Refuses a change whose condition does not hold already.
pub(super) async fn require(
    context: &Context,
    bucket: &BucketRecord,
    condition: &WebsiteCondition,
) -> Result<(), AdminError> {
    if *condition == WebsiteCondition::Any {
        return Ok(());
    }
    let newest = newest(context, bucket).await?;
    let exists = newest.as_ref().is_some_and(|version| version.website.is_some());
    if condition.holds(tag(bucket, newest.as_ref()), exists) {
        return Ok(());
    }
    Err(refusal(bucket, condition, newest.as_ref()))
}

/// The outcome of a change. A condition that did not hold is refused with who has changed what when.
pub(super) async fn outcome<T>(
    context: &Context,
    bucket: &BucketRecord,
    condition: &WebsiteCondition,
    changed: Result<T, Failure>,
) -> Result<T, AdminError> {
    match changed {
        Err(Failure { kind: FailureKind::PreconditionFailed(_), .. }) => {
            Err(refusal(bucket, condition, newest(context, bucket).await?.as_ref()))
        }
        other => Ok(other?),
    }
}

fn tag(bucket: &BucketRecord, version: Option<&WebsiteVersion>) -> WebsiteTag {
    WebsiteTag { bucket: bucket.id, version: version.map_or(0, |version| version.id) }
}

fn refusal(bucket: &BucketRecord, condition: &WebsiteCondition, newest: Option<&WebsiteVersion>) -> AdminError {
    let name = if *condition == WebsiteCondition::Missing { "If-None-Match" } else { "If-Match" };
    let etag = etag(bucket, newest);
    let error = AdminError::from(Failure::from(FailureKind::PreconditionFailed(name)))
        .element("CurrentETag", etag.to_str().unwrap_or_default());
    let Some(version) = newest else {
        return error.detail(format!("bucket {} has no website configuration; nothing was changed", bucket.name));
    };
    let at = version.at.map(Timestamp::iso8601).unwrap_or_default();
    let author = if version.author.is_empty() { "unknown" } else { &*version.author };
    let (action, rules) = match &version.website {
        Some(website) => ("put", website.routing_rules.len()),
        None => ("delete", 0),
    };
    error
        .detail(format!(
            "the website configuration of bucket {} is in another state: version {} is by {author}, {at}; nothing was changed",
            bucket.name, version.id,
        ))
        .element("CurrentVersion", &version.id.to_string())
        .element("ChangedAt", &at)
        .element("ChangedBy", author)
        .element("Action", action)
        .element("Rules", &rules.to_string())
        .header(header::ETAG, etag)
}

fn condition(headers: &HeaderMap) -> Result<WebsiteCondition, InvalidParameter> {
    let text = |name: HeaderName| {
        let lines: Vec<_> = headers.get_all(name).iter().map(|line| String::from_utf8_lossy(line.as_bytes())).collect();
        (!lines.is_empty()).then(|| lines.join(","))
    };
    match (text(header::IF_MATCH), text(header::IF_NONE_MATCH)) {
        (None, None) => Ok(WebsiteCondition::Any),
        (Some(list), None) => if_match(&list),
        (None, Some(list)) if list.trim() == "*" => Ok(WebsiteCondition::Missing),
        (None, Some(list)) => Err(InvalidParameter::new("If-None-Match", &list, "is not *")),
        (Some(_), Some(list)) => Err(InvalidParameter::new("If-None-Match", &list, "cannot be combined with If-Match")),
    }
}

/// Entity tags of other forms than ours name no state; weak ones never match.
fn if_match(list: &str) -> Result<WebsiteCondition, InvalidParameter> {
    if list.trim() == "*" {
        return Ok(WebsiteCondition::Exists);
    }
    let mut tags = Vec::new();
    for item in list.split(',').map(str::trim).filter(|item| !item.is_empty()) {
        let opaque = |text: &str| text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).map(str::to_owned);
        match (opaque(item), item.strip_prefix("W/").and_then(opaque)) {
            (Some(tag), _) => tags.extend(WebsiteTag::parse(&tag)),
            (None, Some(_)) => {}
            (None, None) => {
                return Err(InvalidParameter::new("If-Match", list, "is neither * nor a list of entity tags"));
            }
        }
    }
    Ok(WebsiteCondition::OneOf(tags))
}

#[cfg(test)]
mod tests {
    use super::*;
    use coho_model::BucketId;

    #[test]
    fn the_headers_become_a_condition_or_are_refused() {
        let one_of = |versions: &[u64]| {
            let tags = versions.iter().map(|version| WebsiteTag { bucket: BucketId(0xa1), version: *version });
            Some(WebsiteCondition::OneOf(tags.collect()))
        };
        for (lines, expected) in [
            (&[][..], Some(WebsiteCondition::Any)),
            (&[("if-match", "*")], Some(WebsiteCondition::Exists)),
            (&[("if-none-match", " * ")], Some(WebsiteCondition::Missing)),
            (&[("if-match", "\"a1-3\"")], one_of(&[3])),
            (&[("if-match", "\"a1-3\" , \"a1-4\""), ("if-match", "\"a1-5\"")], one_of(&[3, 4, 5])),
            (&[("if-match", "W/\"a1-3\"")], one_of(&[])),
            (&[("if-match", "\"of another server\"")], one_of(&[])),
            (&[("if-match", "\"\"")], one_of(&[])),
            (&[("if-match", "a1-3")], None),
            (&[("if-match", "\"")], None),
            (&[("if-match", "*, \"a1-3\"")], None),
            (&[("if-none-match", "\"a1-3\"")], None),
            (&[("if-match", "*"), ("if-none-match", "*")], None),
        ] {
            let mut headers = HeaderMap::new();
            for (name, value) in lines {
                headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
            }
            assert_eq!(condition(&headers).ok(), expected, "{lines:?}");
        }
    }
}
