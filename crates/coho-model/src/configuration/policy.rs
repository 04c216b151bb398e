//! Bucket policies: who may do what with a bucket and its objects, beside the ACL.
//!
//! The document is kept byte for byte, and its statements as they are evaluated, so that no request parses it. It is
//! evaluated by `coho-auth`, and parsed by `coho-oss`.

use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// A policy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BucketPolicy {
    /// The document as it was put.
    pub document: Box<str>,
    /// Its statements, in order.
    pub statements: Vec<PolicyStatement>,
}

/// What a statement does with the requests that it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names say it")]
pub enum PolicyEffect {
    Allow,
    Deny,
}

/// One statement. It is about a request that each of its elements is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyStatement {
    /// What it does.
    pub effect: PolicyEffect,
    /// Accounts; none means everyone.
    pub principals: Vec<Box<str>>,
    /// Patterns of actions, such as `oss:Get*`.
    pub actions: Vec<Box<str>>,
    /// Patterns of what is acted on.
    pub resources: Vec<PolicyResource>,
    /// All of these must hold.
    pub conditions: Vec<PolicyCondition>,
}

/// A pattern of buckets or objects: `acs:oss:region:account:bucket/key`. The parts are compared one by one, so that no
/// wildcard of one reaches into another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyResource {
    /// The region.
    pub region: Box<str>,
    /// The account that owns the bucket.
    pub account: Box<str>,
    /// The bucket, or bucket and key with a slash between.
    pub path: Box<str>,
}

/// One condition: it holds if the key of the request passes the test with one of the values, or, for a negative test, with
/// each of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PolicyCondition {
    /// What of the request is tested.
    pub key: PolicyKey,
    /// How.
    pub test: PolicyTest,
}

/// What of a request a condition tests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PolicyKey {
    /// `acs:SourceIp`: the address of the client.
    SourceIp,
    /// `acs:SourceVpc`: no request comes from one.
    SourceVpc,
    /// `acs:UserAgent`.
    UserAgent,
    /// `acs:AccessId`: the access key.
    AccessId,
    /// `acs:CurrentTime`.
    CurrentTime,
    /// `acs:SecureTransport`: whether the request came over TLS.
    SecureTransport,
    /// `acs:MFAPresent`: no access key has a second factor.
    MfaPresent,
    /// `oss:x-oss-acl`: the ACL that the request gives a bucket.
    BucketAcl,
    /// `oss:x-oss-object-acl`: the ACL that the request gives an object.
    ObjectAcl,
    /// `oss:Prefix` of a listing.
    Prefix,
    /// `oss:Delimiter` of a listing.
    Delimiter,
    /// `oss:BucketTag/key`: the value of a tag of the bucket.
    BucketTag(Box<str>),
    /// `oss:ExistingObjectTag/key`: the value of a tag that the object has before the request.
    ExistingObjectTag(Box<str>),
}

impl BucketPolicy {
    /// Whether a condition is about the tags of the object, which is then needed to judge a request.
    pub fn tests_object_tags(&self) -> bool {
        let conditions = self.statements.iter().flat_map(|statement| &statement.conditions);
        conditions.map(|condition| &condition.key).any(|key| matches!(key, PolicyKey::ExistingObjectTag(_)))
    }
}

/// A test with the values to compare with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PolicyTest {
    /// `StringEquals` and its relatives.
    Text {
        /// Whether none of the values may match.
        is_negative: bool,
        /// How two texts are compared.
        comparison: TextComparison,
        /// The values.
        values: Vec<Box<str>>,
    },
    /// `IpAddress`, `NotIpAddress`.
    Address {
        /// Whether the address may be in none of the networks.
        is_negative: bool,
        /// The values.
        networks: Vec<Network>,
    },
    /// `DateEquals` and its relatives.
    Time {
        /// How two times are compared.
        comparison: TimeComparison,
        /// The values, in milliseconds since the Unix epoch.
        values: Vec<i64>,
    },
    /// `Bool`.
    Flag {
        /// The values.
        values: Vec<bool>,
    },
}

/// How two texts are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum TextComparison {
    /// They are the same.
    Equals,
    /// They are the same but for the case of letters.
    EqualsIgnoreCase,
    /// The value is a pattern of the text.
    Like,
}

/// How the time of a request is compared with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the names say it")]
pub enum TimeComparison {
    Equals,
    NotEquals,
    Before,
    BeforeOrEquals,
    After,
    AfterOrEquals,
}

/// A range of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// The first address.
    pub address: IpAddr,
    /// How many leading bits all its addresses have in common.
    pub prefix: u8,
}

impl Network {
    /// Parses an address or a CIDR block; `None` if it is neither. Bits beyond the prefix are ignored.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().ok()?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            Some(digits) if digits.len() <= 3 => crate::decimal::<u8>(digits).filter(|length| *length <= bits)?,
            Some(_) => return None,
            None => bits,
        };
        Some(Self { address, prefix })
    }

    /// Whether the address is in the network. An IPv4 address in IPv6 form is the IPv4 address.
    pub fn contains(&self, address: IpAddr) -> bool {
        let shared = |a: u128, b: u128, bits: u8| (a ^ b).checked_shr(u32::from(bits - self.prefix)).unwrap_or(0) == 0;
        match (self.address.to_canonical(), address.to_canonical()) {
            (IpAddr::V4(a), IpAddr::V4(b)) if self.address.is_ipv4() => {
                shared(u128::from(u32::from(a)), u128::from(u32::from(b)), 32)
            }
            (_, address) if self.address.is_ipv6() => {
                let IpAddr::V6(own) = self.address else { return false };
                let other = match address {
                    IpAddr::V4(address) => address.to_ipv6_mapped(),
                    IpAddr::V6(address) => address,
                };
                shared(own.into(), other.into(), 128)
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_contains_the_addresses_with_its_leading_bits() {
        let check = |network: &str, address: &str, expected: bool| {
            let network = Network::parse(network).unwrap();
            assert_eq!(network.contains(address.parse().unwrap()), expected, "{network:?} {address}");
        };
        check("10.0.0.0/8", "10.255.0.1", true);
        check("10.0.0.0/8", "11.0.0.0", false);
        check("10.0.0.7", "10.0.0.7", true);
        check("10.0.0.7", "10.0.0.8", false);
        check("10.0.0.7/0", "255.1.2.3", true);
        check("10.0.0.0/8", "::ffff:10.1.1.1", true);
        check("::ffff:10.0.0.0/104", "10.1.1.1", true);
        check("2001:db8::/32", "2001:db8:1::1", true);
        check("2001:db8::/32", "2001:db9::", false);
        check("::/0", "2001:db9::", true);
        check("10.0.0.0/8", "2001:db8::1", false);
    }

    #[test]
    fn what_is_no_network_is_refused() {
        for text in
            ["", "10.0.0", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/+8", "10.0.0.0/0008", "010.0.0.1", "*"]
        {
            assert_eq!(Network::parse(text), None, "{text}");
        }
    }
}
