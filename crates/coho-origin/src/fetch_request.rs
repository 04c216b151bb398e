//! The request for one fetch: where the object is, how to ask for it, and the rule that decided so.

use crate::{forwarded_headers::forwarded_headers, hops::HOP_HEADER};
use coho_model::{
    BucketRecord, ObjectAttributes, ObjectKey, ObjectRecord,
    website::{MirrorSettings, RoutingRule},
};
use coho_rules::{MirrorFetch, OriginUrls};
use coho_store::KeyLookup;
use http::{HeaderMap, HeaderValue};
use std::sync::Arc;

/// One fetch to make.
#[derive(Debug, Clone)]
pub struct FetchRequest {
    /// The bucket with its rules as they were when the client's request was decided.
    pub bucket: Arc<BucketRecord>,
    /// The key under which the object is stored.
    pub key: ObjectKey,
    /// The rule that matched.
    pub rule_number: u32,
    /// The object's URLs, by origin.
    pub urls: OriginUrls,
    /// The forwarded headers of the client, and the headers that the rule sets.
    pub headers: HeaderMap,
    /// The hop header of the client's request.
    pub hops: Option<HeaderValue>,
    /// The lookup that found no object, or a damaged one. While it holds, the fetch needs no other.
    pub missing: Option<KeyLookup>,
    /// The stored object that was found damaged; it does not count as present.
    pub damaged: Option<Arc<ObjectRecord>>,
    /// The id of the client's request, for the log.
    pub request_id: Arc<str>,
}

impl FetchRequest {
    /// The fetch that the rules decided on for a client's request with these headers.
    pub fn new(bucket: &Arc<BucketRecord>, fetch: &MirrorFetch<'_>, client: &HeaderMap) -> Self {
        let mirror = fetch.rule.redirect.as_ref().map(|redirect| &redirect.mirror);
        let headers = mirror.and_then(|mirror| mirror.headers.as_ref()).map(|rule| forwarded_headers(rule, client));
        Self {
            bucket: bucket.clone(),
            key: fetch.key.clone(),
            rule_number: fetch.rule.rule_number,
            urls: fetch.urls.clone(),
            headers: headers.unwrap_or_default(),
            hops: client.get(HOP_HEADER).cloned(),
            missing: None,
            damaged: None,
            request_id: "".into(),
        }
    }

    /// Whether the object is the damaged one.
    pub(crate) fn is_damaged(&self, object: &ObjectRecord) -> bool {
        self.damaged.as_ref().is_some_and(|damaged| damaged.body.same_place(&object.body))
    }

    /// Whether both requests were decided by the same rule with the same content.
    pub(crate) fn has_rule_of(&self, other: &Self) -> bool {
        let same_website = || match (&self.bucket.website, &other.bucket.website) {
            (Some(own), Some(others)) => Arc::ptr_eq(own, others),
            (own, others) => own.is_none() && others.is_none(),
        };
        self.rule_number == other.rule_number && (same_website() || self.rule() == other.rule())
    }

    /// Whether the bucket still has the rule of this request.
    pub(crate) fn is_in_force(&self, bucket: &BucketRecord) -> bool {
        self.bucket.id == bucket.id && self.rule() == rule(bucket, self.rule_number)
    }

    /// Whether an origin gets the same URLs and headers from both requests.
    pub(crate) fn sends_same_as(&self, other: &Self) -> bool {
        self.urls == other.urls && self.headers == other.headers
    }

    fn rule(&self) -> Option<&RoutingRule> {
        rule(&self.bucket, self.rule_number)
    }

    /// The rule's mirror settings.
    pub(crate) fn mirror(&self) -> Option<&MirrorSettings> {
        Some(&self.rule()?.redirect.as_ref()?.mirror)
    }

    /// Whether an element of the rule's mirror settings is present and true.
    pub(crate) fn flag(&self, element: impl FnOnce(&MirrorSettings) -> Option<bool>) -> bool {
        self.mirror().and_then(element) == Some(true)
    }

    /// The attributes of the object: the tags that the rule sets.
    pub(crate) fn attributes(&self) -> Option<Arc<ObjectAttributes>> {
        let mirror = self.mirror().filter(|mirror| mirror.taggings.is_some())?;
        // A rule with invalid tags is not executed.
        ObjectAttributes::with_tags(None, mirror.tags().unwrap_or_default())
    }

    /// Whether redirects of an origin are followed, which is the default.
    pub(crate) fn follows_redirects(&self) -> bool {
        self.mirror().and_then(|mirror| mirror.follow_redirect).unwrap_or(true)
    }
}

fn rule(bucket: &BucketRecord, number: u32) -> Option<&RoutingRule> {
    bucket.website.as_ref()?.routing_rules.iter().find(|rule| rule.rule_number == number)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The request of rule 1 for this URL below `http://o.test/`.
    pub(crate) fn request(url: &str) -> FetchRequest {
        use coho_model::{BucketAcl, BucketId, BucketName, DataRedundancy, MirrorPolicy, StorageClass, Timestamp};
        let name = url.strip_prefix("http://o.test/").unwrap();
        let (name, query) = name.split_once('?').unwrap_or((name, ""));
        let bucket = BucketRecord {
            id: BucketId(1),
            name: BucketName::parse("bucket").unwrap(),
            owner: "owner".into(),
            created: Timestamp::from_unix_ms(0),
            acl: BucketAcl::Private,
            storage_class: StorageClass::Standard,
            redundancy: DataRedundancy::Lrs,
            website: None,
            mirror: MirrorPolicy::default(),
            configurations: Default::default(),
        };
        let first = coho_rules::OriginUrl::new("http://o.test/", name, false, query).unwrap();
        let mut request = FetchRequest {
            bucket: Arc::new(bucket),
            key: ObjectKey::parse(name).unwrap(),
            rule_number: 1,
            urls: OriginUrls { first, others: Vec::new() },
            headers: HeaderMap::new(),
            hops: None,
            missing: None,
            damaged: None,
            request_id: "".into(),
        };
        set_mirror(&mut request, MirrorSettings::default());
        request
    }

    pub(crate) fn set_mirror(request: &mut FetchRequest, mirror: MirrorSettings) {
        use coho_model::website::{Redirect, RedirectType, WebsiteConfiguration};
        let redirect = Some(Redirect { mirror, ..Redirect::new(RedirectType::Mirror) });
        let rules = (1..=2).map(|rule_number| RoutingRule {
            rule_number,
            redirect: redirect.clone(),
            ..RoutingRule::default()
        });
        let website = WebsiteConfiguration { routing_rules: rules.collect(), ..WebsiteConfiguration::default() };
        let bucket = BucketRecord { website: Some(Arc::new(website)), ..(*request.bucket).clone() };
        request.bucket = Arc::new(bucket);
    }
}
