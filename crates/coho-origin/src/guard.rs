//! The address guard: which addresses an origin may have.
//!
//! The check is made on the address of the connection, not on the text of the URL, so that neither names nor unusual spellings of
//! numbers bypass it. An address that is not public is refused unless the operator admits it.

use coho_model::BucketName;
use ipnet::IpNet;
use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::{Arc, PoisonError, RwLock},
};

/// The class of an address by the registries of special-purpose addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum AddressClass {
    Public,
    Unspecified,
    Loopback,
    Private,
    LinkLocal,
    /// 100.64.0.0/10, which includes the metadata service of Alibaba Cloud.
    Shared,
    Multicast,
    /// Documentation, benchmarking, protocol assignments, future use.
    Reserved,
    UniqueLocal,
}

/// An origin that the operator admits for one bucket, whatever its address: exactly this scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExactOrigin {
    /// The bucket.
    pub bucket: BucketName,
    scheme: String,
    host: String,
    port: u16,
}

/// The URL names no HTTP origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an http or https URL with a host")]
pub struct InvalidOrigin;

/// The networks and origins that the operator admits. Clones share the networks.
#[derive(Debug, Clone)]
pub struct AddressPolicy {
    allowed: Arc<RwLock<Vec<IpNet>>>,
    exact: Vec<ExactOrigin>,
    /// The option that admits networks, for refusals.
    option: &'static str,
}

/// The class of an address. An IPv6 address that carries an IPv4 one has that one's class.
pub fn classify(address: IpAddr) -> AddressClass {
    match address {
        IpAddr::V4(v4) => classify_v4(v4),
        IpAddr::V6(v6) => embedded_v4(v6).map_or_else(|| classify_v6(v6), classify_v4),
    }
}

fn classify_v4(v4: Ipv4Addr) -> AddressClass {
    match v4.octets() {
        [0, ..] => AddressClass::Unspecified,
        [127, ..] => AddressClass::Loopback,
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => AddressClass::Private,
        [169, 254, ..] => AddressClass::LinkLocal,
        [100, 64..=127, ..] => AddressClass::Shared,
        [224..=239, ..] => AddressClass::Multicast,
        [192, 0, 0 | 2, _] | [192, 88, 99, _] | [198, 18..=19, ..] | [198, 51, 100, _] | [203, 0, 113, _] => {
            AddressClass::Reserved
        }
        [240..=255, ..] => AddressClass::Reserved,
        _ => AddressClass::Public,
    }
}

fn classify_v6(v6: Ipv6Addr) -> AddressClass {
    match v6.segments() {
        _ if v6.is_unspecified() => AddressClass::Unspecified,
        _ if v6.is_loopback() => AddressClass::Loopback,
        [0xff00..=0xffff, ..] => AddressClass::Multicast,
        [0xfe80..=0xfeff, ..] => AddressClass::LinkLocal,
        [0xfc00..=0xfdff, ..] => AddressClass::UniqueLocal,
        // Discard prefix, Teredo and other protocol assignments, documentation.
        [0x0100, 0, 0, 0, ..] | [0x2001, 0..=0x01ff, ..] | [0x2001, 0x0db8, ..] | [0x3fff, ..] => {
            AddressClass::Reserved
        }
        // Only assigned global unicast is public.
        [0x2000..=0x3fff, ..] => AddressClass::Public,
        _ => AddressClass::Reserved,
    }
}

/// The IPv4 address in a mapped, compatible, translated (NAT64) or 6to4 address.
fn embedded_v4(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let s = v6.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    match s {
        [0, 0, 0, 0, 0, 0, 0, 0 | 1] => None,
        [0, 0, 0, 0, 0, 0 | 0xffff, high, low] => Some(v4(high, low)),
        [0, 0, 0, 0, 0xffff, 0, high, low] => Some(v4(high, low)),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some(v4(high, low)),
        [0x64, 0xff9b, 1, ..] => Some(Ipv4Addr::UNSPECIFIED),
        [0x2002, high, low, ..] => Some(v4(high, low)),
        _ => None,
    }
}

impl ExactOrigin {
    /// The origin of a URL.
    pub fn of_url(bucket: BucketName, url: &str) -> Result<Self, InvalidOrigin> {
        let uri: http::Uri = coho_rules::encoded_address(url).to_string().parse().map_err(|_| InvalidOrigin)?;
        let (scheme, host, port) = parts(&uri).ok_or(InvalidOrigin)?;
        Ok(Self { bucket, scheme, host, port })
    }
}

fn parts(uri: &http::Uri) -> Option<(String, String, u16)> {
    let scheme = uri.scheme_str()?.to_ascii_lowercase();
    let default_port = match scheme.as_str() {
        "http" => 80,
        "https" => 443,
        _ => return None,
    };
    let host = uri.host().filter(|host| !host.is_empty())?.to_ascii_lowercase();
    Some((scheme, host, uri.port_u16().unwrap_or(default_port)))
}

/// Whether both URLs have the same scheme, host and port.
pub(crate) fn is_same_server(a: &http::Uri, b: &http::Uri) -> bool {
    parts(a).is_some_and(|a| parts(b) == Some(a))
}

impl AddressPolicy {
    /// Admits these networks for every bucket, and these origins for theirs.
    pub fn new(allowed: Vec<IpNet>, exact: Vec<ExactOrigin>) -> Self {
        Self { allowed: Arc::new(RwLock::new(allowed)), exact, option: "--origin-allow" }
    }

    /// Admits these networks for callbacks, whose URLs come from clients.
    pub fn of_callbacks(allowed: Vec<IpNet>) -> Self {
        Self { option: "--callback-allow", ..Self::new(allowed, Vec::new()) }
    }

    /// The option that admits networks.
    pub(crate) fn option(&self) -> &'static str {
        self.option
    }

    /// Admits these networks instead, for connections that are made from now on.
    pub fn set_allowed(&self, allowed: Vec<IpNet>) {
        *self.allowed.write().unwrap_or_else(PoisonError::into_inner) = allowed;
    }

    /// Whether a connection to the address is admitted.
    pub fn admits(&self, address: IpAddr) -> bool {
        classify(address) == AddressClass::Public || self.names(address)
    }

    /// Whether the operator has named a network of the address.
    pub(crate) fn names(&self, address: IpAddr) -> bool {
        let canonical = match address {
            IpAddr::V6(v6) => v6.to_ipv4_mapped().map_or(address, IpAddr::V4),
            IpAddr::V4(_) => address,
        };
        self.allowed.read().unwrap_or_else(PoisonError::into_inner).iter().any(|net| net.contains(&canonical))
    }

    /// Whether the operator admitted exactly this origin for the bucket. Checked for every hop: the target of a redirect is admitted
    /// only if it is one of the bucket's origins.
    pub fn admits_exactly(&self, bucket: &BucketName, uri: &http::Uri) -> bool {
        let Some((scheme, host, port)) = parts(uri) else { return false };
        self.exact
            .iter()
            .any(|exact| exact.bucket == *bucket && exact.scheme == scheme && exact.host == host && exact.port == port)
    }
}

impl fmt::Display for AddressClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Public => "public",
            Self::Unspecified => "unspecified",
            Self::Loopback => "loopback",
            Self::Private => "private",
            Self::LinkLocal => "link-local",
            Self::Shared => "shared",
            Self::Multicast => "multicast",
            Self::Reserved => "reserved",
            Self::UniqueLocal => "unique-local",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_server_has_one_scheme_host_and_port() {
        for (a, b, expected) in [
            ("http://a.test/x", "http://A.test:80/y?z", true),
            ("https://a.test:443/", "https://a.test/", true),
            ("http://a.test/", "https://a.test/", false),
            ("http://a.test/", "http://a.test:81/", false),
            ("http://a.test/", "http://b.test/", false),
            ("/x", "/x", false),
        ] {
            assert_eq!(is_same_server(&a.parse().unwrap(), &b.parse().unwrap()), expected, "{a} {b}");
        }
    }

    fn check(address: &str, expected: AddressClass) {
        assert_eq!(classify(address.parse().unwrap()), expected, "{address}");
    }

    #[test]
    fn addresses_of_both_families_are_classified() {
        use AddressClass::*;
        for (address, class) in [
            ("8.8.8.8", Public),
            ("100.63.255.255", Public),
            ("172.32.0.1", Public),
            ("0.1.2.3", Unspecified),
            ("127.0.0.1", Loopback),
            ("127.255.255.255", Loopback),
            ("10.0.0.1", Private),
            ("172.16.0.1", Private),
            ("172.31.255.255", Private),
            ("192.168.0.1", Private),
            ("169.254.169.254", LinkLocal),
            ("100.100.100.200", Shared),
            ("100.64.0.0", Shared),
            ("192.0.0.192", Reserved),
            ("192.0.2.1", Reserved),
            ("198.18.0.1", Reserved),
            ("203.0.113.7", Reserved),
            ("224.0.0.1", Multicast),
            ("255.255.255.255", Reserved),
            ("2606:4700::1111", Public),
            ("::", Unspecified),
            ("::1", Loopback),
            ("::127.0.0.1", Loopback),
            ("::ffff:127.0.0.1", Loopback),
            ("::ffff:8.8.8.8", Public),
            ("::ffff:0:10.0.0.1", Private),
            ("64:ff9b::a9fe:a9fe", LinkLocal),
            ("64:ff9b:1::1", Unspecified),
            ("2002:7f00:1::", Loopback),
            ("fe80::1", LinkLocal),
            ("fec0::1", LinkLocal),
            ("fd00::1", UniqueLocal),
            ("ff02::1", Multicast),
            ("2001::1", Reserved),
            ("2001:db8::1", Reserved),
            ("100::1", Reserved),
            ("5f00::1", Reserved),
        ] {
            check(address, class);
        }
    }

    #[test]
    fn networks_are_admitted_for_every_bucket_and_origins_for_one() {
        let bucket = |name| BucketName::parse(name).unwrap();
        let exact = ExactOrigin::of_url(bucket("site"), "http://Old-Host:8080/path/").unwrap();
        let policy = AddressPolicy::new(vec!["127.0.0.0/30".parse().unwrap()], vec![exact]);
        for (address, admitted) in
            [("127.0.0.1", true), ("::ffff:127.0.0.1", true), ("127.0.0.4", false), ("::1", false), ("1.1.1.1", true)]
        {
            assert_eq!(policy.admits(address.parse().unwrap()), admitted, "{address}");
        }
        for (name, url, admitted) in [
            ("site", "http://old-host:8080/other", true),
            ("else", "http://old-host:8080/path/", false),
            ("site", "https://old-host:8080/path/", false),
            ("site", "http://old-host/path/", false),
            ("site", "http://old-host.evil:8080/path/", false),
        ] {
            assert_eq!(policy.admits_exactly(&bucket(name), &url.parse().unwrap()), admitted, "{name} {url}");
        }
        for url in ["ftp://h/", "/path/", "http:///x"] {
            assert_eq!(ExactOrigin::of_url(bucket("site"), url), Err(InvalidOrigin), "{url}");
        }
    }
}
