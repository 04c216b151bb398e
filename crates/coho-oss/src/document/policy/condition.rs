//! The conditions of a statement: operators, keys and values.

use super::{PolicyFault, map, texts};
use crate::document::website_text::Value;
use coho_model::{Network, PolicyCondition, PolicyKey, PolicyTest, TextComparison, TimeComparison, Timestamp};

/// What the values of a key are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Address,
    Time,
    Flag,
}

/// An operator.
#[derive(Debug, Clone, Copy)]
enum Operator {
    Text { is_negative: bool, comparison: TextComparison },
    Address { is_negative: bool },
    Time(TimeComparison),
    Flag,
}

/// The operators that keys of requests can be tested with. No key is a number.
const OPERATORS: &[(&str, Operator)] = &[
    ("StringEquals", Operator::Text { is_negative: false, comparison: TextComparison::Equals }),
    ("StringNotEquals", Operator::Text { is_negative: true, comparison: TextComparison::Equals }),
    ("StringEqualsIgnoreCase", Operator::Text { is_negative: false, comparison: TextComparison::EqualsIgnoreCase }),
    ("StringNotEqualsIgnoreCase", Operator::Text { is_negative: true, comparison: TextComparison::EqualsIgnoreCase }),
    ("StringLike", Operator::Text { is_negative: false, comparison: TextComparison::Like }),
    ("StringNotLike", Operator::Text { is_negative: true, comparison: TextComparison::Like }),
    ("IpAddress", Operator::Address { is_negative: false }),
    ("NotIpAddress", Operator::Address { is_negative: true }),
    ("DateEquals", Operator::Time(TimeComparison::Equals)),
    ("DateNotEquals", Operator::Time(TimeComparison::NotEquals)),
    ("DateLessThan", Operator::Time(TimeComparison::Before)),
    ("DateLessThanEquals", Operator::Time(TimeComparison::BeforeOrEquals)),
    ("DateGreaterThan", Operator::Time(TimeComparison::After)),
    ("DateGreaterThanEquals", Operator::Time(TimeComparison::AfterOrEquals)),
    ("Bool", Operator::Flag),
];

impl Operator {
    fn kind(self) -> Kind {
        match self {
            Self::Text { .. } => Kind::Text,
            Self::Address { .. } => Kind::Address,
            Self::Time(_) => Kind::Time,
            Self::Flag => Kind::Flag,
        }
    }
}

fn key(name: &str) -> Option<(PolicyKey, Kind)> {
    // The key of a tag follows the slash, and may have slashes too.
    if let Some((of, tag)) = name.split_once('/') {
        let of_tag = match of {
            "oss:BucketTag" => PolicyKey::BucketTag,
            "oss:ExistingObjectTag" => PolicyKey::ExistingObjectTag,
            _ => return None,
        };
        return Some((of_tag(tag.into()), Kind::Text)).filter(|_| !tag.is_empty());
    }
    Some(match name {
        "acs:SourceIp" => (PolicyKey::SourceIp, Kind::Address),
        "acs:SourceVpc" => (PolicyKey::SourceVpc, Kind::Text),
        "acs:UserAgent" => (PolicyKey::UserAgent, Kind::Text),
        "acs:AccessId" => (PolicyKey::AccessId, Kind::Text),
        "acs:CurrentTime" => (PolicyKey::CurrentTime, Kind::Time),
        "acs:SecureTransport" => (PolicyKey::SecureTransport, Kind::Flag),
        "acs:MFAPresent" => (PolicyKey::MfaPresent, Kind::Flag),
        "oss:x-oss-acl" => (PolicyKey::BucketAcl, Kind::Text),
        "oss:x-oss-object-acl" => (PolicyKey::ObjectAcl, Kind::Text),
        "oss:Prefix" => (PolicyKey::Prefix, Kind::Text),
        "oss:Delimiter" => (PolicyKey::Delimiter, Kind::Text),
        _ => return None,
    })
}

pub(super) fn read(value: Value) -> Result<Vec<PolicyCondition>, PolicyFault> {
    let mut conditions = Vec::new();
    for (name, keys) in map(value, "it")? {
        let Some((_, operator)) = OPERATORS.iter().find(|(known, _)| *known == name) else {
            return Err(PolicyFault::new(format_args!("the operator {name:?} is not supported")));
        };
        let keys = map(keys, &name)?;
        if keys.is_empty() {
            return Err(PolicyFault::new(format_args!("{name} has no key")));
        }
        for (of, values) in keys {
            let condition = condition(*operator, &of, values);
            conditions.push(condition.map_err(|fault| fault.within(&of).within(&name))?);
        }
    }
    Ok(conditions)
}

fn condition(operator: Operator, name: &str, values: Value) -> Result<PolicyCondition, PolicyFault> {
    let (key, kind) = key(name).ok_or_else(|| PolicyFault::new("this key is not supported"))?;
    if kind != operator.kind() {
        return Err(PolicyFault::new("the operator is not for keys of this kind"));
    }
    let values = texts(values)?;
    if values.is_empty() {
        return Err(PolicyFault::new("it must not be empty"));
    }
    let test = match operator {
        Operator::Text { is_negative, comparison } => {
            PolicyTest::Text { is_negative, comparison, values: values.into_iter().map(String::into).collect() }
        }
        Operator::Address { is_negative } => PolicyTest::Address { is_negative, networks: each(&values, network)? },
        Operator::Time(comparison) => PolicyTest::Time { comparison, values: each(&values, time)? },
        Operator::Flag => PolicyTest::Flag { values: each(&values, flag)? },
    };
    Ok(PolicyCondition { key, test })
}

fn each<T>(values: &[String], parse: fn(&str) -> Option<T>) -> Result<Vec<T>, PolicyFault> {
    let parsed =
        |value: &String| parse(value).ok_or_else(|| PolicyFault::new(format_args!("the value {value:?} is invalid")));
    values.iter().map(parsed).collect()
}

/// An address, or a CIDR block. A star is every address of IPv4 and IPv6, of which the latter has the former in it.
fn network(text: &str) -> Option<Network> {
    Network::parse(if text == "*" { "::/0" } else { text })
}

fn time(text: &str) -> Option<i64> {
    Timestamp::parse_iso8601(text).map(Timestamp::unix_ms)
}

fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}
