//! What is to be fetched and how: the rule's elements with what they make of one request.

use crate::HOP_HEADER;
use coho_model::{
    BucketRecord, ObjectKey,
    website::{MirrorHeaders, MirrorSettings, RoutingRule},
};
use coho_rules::{MirrorFetch, OriginUrls};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use std::sync::Arc;

/// Request headers that never reach an origin, whatever a rule says: OSS's list, then what belongs to one connection
/// or describes a body, and conditions, since the object is fetched for everybody.
const FORBIDDEN: [HeaderName; 21] = [
    header::CONTENT_LENGTH,
    header::AUTHORIZATION,
    HeaderName::from_static("authorization2"),
    header::RANGE,
    header::DATE,
    header::HOST,
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHORIZATION,
    header::PROXY_AUTHENTICATE,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::EXPECT,
    header::IF_RANGE,
    header::IF_MATCH,
    header::IF_NONE_MATCH,
    header::ACCEPT_ENCODING,
    // As some SDKs call `x-oss-security-token`.
    HeaderName::from_static("security-token"),
];
/// What signs a request of the S3 dialect: the client's own stays here, a rule may set one.
const FORBIDDEN_OF_S3: [HeaderName; 3] = [
    HeaderName::from_static("x-amz-security-token"),
    HeaderName::from_static("x-amz-date"),
    HeaderName::from_static("x-amz-content-sha256"),
];
const FORBIDDEN_DATES: [HeaderName; 2] = [header::IF_MODIFIED_SINCE, header::IF_UNMODIFIED_SINCE];
/// What signs a request, and what belongs to OSS.
const FORBIDDEN_PREFIXES: [&str; 3] = ["oss-", "x-oss-", "x-drs-"];
/// Most servers that a fetch may come through before it is taken for a loop.
pub(crate) const MAX_MIRROR_HOPS: usize = 10;

/// One fetch to be made.
#[derive(Debug, Clone)]
pub struct Order {
    /// The bucket with its rules as they were when the request was decided.
    pub bucket: Arc<BucketRecord>,
    /// What the object is stored as.
    pub key: ObjectKey,
    /// The rule that says so.
    pub rule_number: u32,
    /// Where it can be had.
    pub urls: OriginUrls,
    /// What of the client's headers goes along, and what the rule sets.
    pub headers: HeaderMap,
    /// The servers that the request came through, as their hop header says.
    pub hops: Option<HeaderValue>,
    /// The key's version from before it was found to have no object, which may save another look.
    pub missed: Option<u64>,
}

impl Order {
    /// What the rules decided, for a request with these headers.
    pub fn new(bucket: &Arc<BucketRecord>, fetch: &MirrorFetch<'_>, client: &HeaderMap) -> Self {
        let mirror = fetch.rule.redirect.as_ref().map(|redirect| &redirect.mirror);
        let headers = mirror.and_then(|mirror| mirror.headers.as_ref()).map(|rule| passed_headers(rule, client));
        Self {
            bucket: bucket.clone(),
            key: fetch.key.clone(),
            rule_number: fetch.rule.rule_number,
            urls: fetch.urls.clone(),
            headers: headers.unwrap_or_default(),
            hops: client.get(HOP_HEADER).cloned(),
            missed: None,
        }
    }

    /// Whether the other order was made by the same rule, as it was then.
    pub(crate) fn has_rule_of(&self, other: &Self) -> bool {
        let same_website = || match (&self.bucket.website, &other.bucket.website) {
            (Some(own), Some(others)) => Arc::ptr_eq(own, others),
            (own, others) => own.is_none() && others.is_none(),
        };
        self.rule_number == other.rule_number && (same_website() || self.rule() == other.rule())
    }

    /// Whether the bucket has the rule as this order found it.
    pub(crate) fn is_in_force(&self, bucket: &BucketRecord) -> bool {
        self.bucket.id == bucket.id && self.rule() == rule(bucket, self.rule_number)
    }

    /// Whether an origin is sent the same.
    pub(crate) fn asks_as(&self, other: &Self) -> bool {
        self.urls == other.urls && self.headers == other.headers
    }

    fn rule(&self) -> Option<&RoutingRule> {
        rule(&self.bucket, self.rule_number)
    }

    /// The rule's elements about the origin.
    pub(crate) fn mirror(&self) -> Option<&MirrorSettings> {
        Some(&self.rule()?.redirect.as_ref()?.mirror)
    }

    /// Whether the element is true.
    pub(crate) fn says(&self, element: impl FnOnce(&MirrorSettings) -> Option<bool>) -> bool {
        self.mirror().and_then(element) == Some(true)
    }
}

fn rule(bucket: &BucketRecord, number: u32) -> Option<&RoutingRule> {
    bucket.website.as_ref()?.routing_rules.iter().find(|rule| rule.rule_number == number)
}

/// What the origin gets of a client's headers: `Set` wins over `Remove`, which wins over `Pass` and `PassAll`.
pub fn passed_headers(rule: &MirrorHeaders, client: &HeaderMap) -> HeaderMap {
    let listed = |names: &[String], name: &HeaderName| names.iter().any(|n| n.eq_ignore_ascii_case(name.as_str()));
    // What a client's `Connection` names ends with that connection (RFC 9110, 7.6.1).
    let hops = client.get_all(header::CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<String> = hops.flat_map(|names| names.split(',')).map(|name| name.trim().to_owned()).collect();
    let mut passed = HeaderMap::new();
    for (name, value) in client {
        let wanted = rule.effective_pass_all() || listed(&rule.pass, name);
        let barred = is_forbidden(name) || FORBIDDEN_OF_S3.contains(name);
        if wanted && !listed(&rule.remove, name) && !barred && !listed(&hops, name) {
            passed.append(name.clone(), value.clone());
        }
    }
    for set in &rule.set {
        let (name, value) = (set.key.parse::<HeaderName>(), HeaderValue::from_bytes(set.value.as_bytes()));
        if let (Ok(name), Ok(value)) = (name, value) {
            // The operator may name a host and credentials of the origin; what frames the message stays ours.
            let allowed = name == header::HOST || name == header::AUTHORIZATION || !is_forbidden(&name);
            if allowed {
                passed.insert(name, value);
            }
        }
    }
    passed
}

fn is_forbidden(name: &HeaderName) -> bool {
    FORBIDDEN.contains(name)
        || FORBIDDEN_DATES.contains(name)
        || name == HOP_HEADER
        || FORBIDDEN_PREFIXES.iter().any(|prefix| name.as_str().starts_with(prefix))
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use coho_model::website::KeyValue;

    /// What rule 1 makes of a request for this URL of `http://o.test/`.
    pub(crate) fn order(url: &str) -> Order {
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
        };
        let first = coho_rules::OriginUrl::new("http://o.test/", name, false, query).unwrap();
        let mut order = Order {
            bucket: Arc::new(bucket),
            key: ObjectKey::parse(name).unwrap(),
            rule_number: 1,
            urls: OriginUrls { first, others: Vec::new() },
            headers: HeaderMap::new(),
            hops: None,
            missed: None,
        };
        set_mirror(&mut order, MirrorSettings::default());
        order
    }

    pub(crate) fn set_mirror(order: &mut Order, mirror: MirrorSettings) {
        use coho_model::website::{Redirect, RedirectType, WebsiteConfiguration};
        let redirect = Some(Redirect { mirror, ..Redirect::new(RedirectType::Mirror) });
        let rules = (1..=2).map(|rule_number| RoutingRule {
            rule_number,
            redirect: redirect.clone(),
            ..RoutingRule::default()
        });
        let website = WebsiteConfiguration { routing_rules: rules.collect(), ..WebsiteConfiguration::default() };
        let bucket = BucketRecord { website: Some(Arc::new(website)), ..(*order.bucket).clone() };
        order.bucket = Arc::new(bucket);
    }

    #[test]
    fn set_wins_over_remove_and_remove_over_pass() {
        let client: HeaderMap = [
            ("aaa", "1"),
            ("bbb", "2"),
            ("ccc", "3"),
            ("authorization", "OSS x:y"),
            ("x-oss-security-token", "t"),
            ("security-token", "t"),
            ("x-amz-security-token", "t"),
            ("x-amz-date", "d"),
            ("range", "bytes=0-1"),
            ("x-coho-mirror-hop", "h"),
            ("connection", "keep-alive, DDD"),
            ("ddd", "4"),
        ]
        .into_iter()
        .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
        .collect();
        let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
        let check =
            |pass_all: bool, pass: &[&str], remove: &[&str], set: &[(&str, &str)], expected: &[(&str, &str)]| {
                let set =
                    set.iter().map(|&(key, value)| KeyValue { key: key.into(), value: value.into(), unknown: vec![] });
                let rule = MirrorHeaders {
                    pass_all: Some(pass_all),
                    pass: names(pass),
                    remove: names(remove),
                    set: set.collect(),
                    unknown: Vec::new(),
                };
                let passed = passed_headers(&rule, &client);
                let mut have: Vec<_> =
                    passed.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
                have.sort_unstable();
                assert_eq!(have, expected);
            };
        check(false, &[], &[], &[], &[]);
        check(false, &["AAA", "absent", "Authorization", "Range", "ddd"], &[], &[], &[("aaa", "1")]);
        check(true, &[], &["bbb"], &[], &[("aaa", "1"), ("ccc", "3")]);
        check(true, &[], &["ccc"], &[("ccc", "ccc")], &[("aaa", "1"), ("bbb", "2"), ("ccc", "ccc")]);
        check(false, &[], &[], &[("Host", "h"), ("Transfer-Encoding", "chunked"), ("x-oss-a", "1")], &[("host", "h")]);
    }
}
