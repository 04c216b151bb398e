//! Whether a policy opens a bucket to the public, as OSS's page on blocking public access defines it.

use coho_model::{
    BucketPolicy, Network, PolicyCondition, PolicyEffect, PolicyKey, PolicyStatement, PolicyTest, TextComparison,
};
use std::net::IpAddr;

/// Fewest leading bits of a network of IPv4 addresses that is not the public.
const MIN_IPV4_PREFIX: u8 = 8;
/// Fewest leading bits of a network of IPv6 addresses that is not the public.
const MIN_IPV6_PREFIX: u8 = 32;

/// Whether a statement allows something to everyone. Which actions and resources it names does not matter.
pub fn is_public(policy: &BucketPolicy) -> bool {
    policy.statements.iter().any(is_public_statement)
}

/// Whether this statement allows something to everyone.
pub(super) fn is_public_statement(statement: &PolicyStatement) -> bool {
    statement.effect == PolicyEffect::Allow
        && statement.principals.is_empty()
        && !statement.conditions.iter().any(names_some_senders)
}

/// Whether the condition holds for known networks or access keys alone.
fn names_some_senders(condition: &PolicyCondition) -> bool {
    match (&condition.key, &condition.test) {
        (PolicyKey::SourceIp, PolicyTest::Address { is_negative: false, networks }) => networks.iter().all(is_small),
        (PolicyKey::SourceVpc | PolicyKey::AccessId, PolicyTest::Text { is_negative: false, comparison, values }) => {
            values
                .iter()
                .all(|value| !value.is_empty() && (*comparison != TextComparison::Like || !value.contains(['*', '?'])))
        }
        _ => false,
    }
}

fn is_small(network: &Network) -> bool {
    /// Leading bits of an IPv6 address that has an IPv4 address in it.
    const MAPPED_BITS: u8 = 96;
    let fewest = match (network.address, network.address.to_canonical()) {
        (IpAddr::V4(_), _) => MIN_IPV4_PREFIX,
        (IpAddr::V6(_), IpAddr::V4(_)) => MAPPED_BITS + MIN_IPV4_PREFIX,
        (IpAddr::V6(_), IpAddr::V6(_)) => MIN_IPV6_PREFIX,
    };
    network.prefix >= fewest
}
