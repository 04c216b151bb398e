//! Bucket policies: the verdict of one on a request.
//!
//! Pure: the caller supplies the facts of the request. An explicit deny precedes every allow, and a statement is about a
//! request only if each of its elements is. What a policy does not speak of is decided elsewhere, by ACLs.

mod public;
#[cfg(test)]
mod tests;

pub use public::is_public;

use coho_model::{
    BucketPolicy, LetterCase, PolicyCondition, PolicyEffect, PolicyKey, PolicyResource, PolicyStatement, PolicyTest,
    TextComparison, TimeComparison, matches,
};
use std::{borrow::Cow, net::IpAddr};

/// What a policy says of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyVerdict {
    /// A statement denies it.
    Denied,
    /// A statement allows it, and none denies it.
    Allowed,
    /// No statement is about it.
    Silent,
}

/// The sender of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Principal<'a> {
    /// A request without a signature.
    Anonymous,
    /// The account that owns the bucket.
    Owner(&'a str),
    /// Another account.
    Account(&'a str),
    /// Who holds the policy itself: that of a session, whose statements name no one else.
    Holder,
}

/// What is asked, of which bucket.
#[derive(Debug, Clone, Copy)]
pub struct PolicyRequest<'a> {
    /// The sender of the request.
    pub principal: Principal<'a>,
    /// The action, such as `oss:GetObject`.
    pub action: &'a str,
    /// The region of the bucket.
    pub region: &'a str,
    /// The account that owns the bucket.
    pub owner: &'a str,
    /// The bucket.
    pub bucket: &'a str,
    /// The object's key, if the request is about an object.
    pub key: Option<&'a str>,
    /// Whether statements that allow something to everyone have no effect.
    pub is_public_blocked: bool,
}

/// What conditions ask of a request.
pub trait PolicyFacts {
    /// The value of a key that is a text: no value is equal or similar to what a request has not.
    fn text(&self, key: &PolicyKey) -> Option<Cow<'_, str>>;
    /// The client's address.
    fn address(&self) -> Option<IpAddr>;
    /// The time of the request, in milliseconds since the Unix epoch.
    fn unix_ms(&self) -> i64;
    /// The value of a key that is true or false.
    fn flag(&self, key: &PolicyKey) -> bool;
}

/// Evaluates a policy.
pub fn evaluate(policy: &BucketPolicy, request: &PolicyRequest<'_>, facts: &dyn PolicyFacts) -> PolicyVerdict {
    let path = match request.key {
        None => Cow::Borrowed(request.bucket),
        Some(key) => Cow::Owned(format!("{}/{key}", request.bucket)),
    };
    let mut verdict = PolicyVerdict::Silent;
    for statement in policy.statements.iter().filter(|statement| is_about(statement, request, &path, facts)) {
        match statement.effect {
            PolicyEffect::Deny => return PolicyVerdict::Denied,
            PolicyEffect::Allow => verdict = PolicyVerdict::Allowed,
        }
    }
    verdict
}

fn is_about(statement: &PolicyStatement, request: &PolicyRequest<'_>, path: &str, facts: &dyn PolicyFacts) -> bool {
    !(request.is_public_blocked && public::is_public_statement(statement))
        && names(statement, request.principal)
        && statement.actions.iter().any(|action| matches(action, request.action, LetterCase::Either))
        && statement.resources.iter().any(|resource| covers(resource, request, path))
        && statement.conditions.iter().all(|condition| holds(condition, facts))
}

/// OSS: a statement about everyone without a condition is about everyone but the owner.
fn names(statement: &PolicyStatement, principal: Principal<'_>) -> bool {
    let is_listed = |account: &str| statement.principals.iter().any(|listed| **listed == *account);
    match principal {
        Principal::Owner(_) if statement.principals.is_empty() => !statement.conditions.is_empty(),
        Principal::Holder => statement.principals.is_empty(),
        _ if statement.principals.is_empty() => true,
        Principal::Anonymous => false,
        Principal::Owner(account) | Principal::Account(account) => is_listed(account),
    }
}

fn covers(resource: &PolicyResource, request: &PolicyRequest<'_>, path: &str) -> bool {
    let part = |pattern: &str, text: &str| matches(pattern, text, LetterCase::Exact);
    let region = resource.region.strip_prefix("oss-").unwrap_or(&resource.region);
    part(region, request.region) && part(&resource.account, request.owner) && part(&resource.path, path)
}

fn holds(condition: &PolicyCondition, facts: &dyn PolicyFacts) -> bool {
    match &condition.test {
        PolicyTest::Text { is_negative, comparison, values } => {
            let text = facts.text(&condition.key);
            text.is_some_and(|text| values.iter().any(|value| is_text(*comparison, value, &text))) != *is_negative
        }
        PolicyTest::Address { is_negative, networks } => {
            let address = facts.address();
            let is_inside = address.is_some_and(|address| networks.iter().any(|network| network.contains(address)));
            is_inside != *is_negative
        }
        PolicyTest::Time { comparison, values } => {
            let now = facts.unix_ms();
            match comparison {
                TimeComparison::NotEquals => values.iter().all(|value| now != *value),
                comparison => values.iter().any(|value| is_time(*comparison, now, *value)),
            }
        }
        PolicyTest::Flag { values } => values.contains(&facts.flag(&condition.key)),
    }
}

fn is_text(comparison: TextComparison, value: &str, text: &str) -> bool {
    match comparison {
        TextComparison::Equals => value == text,
        TextComparison::EqualsIgnoreCase => value.eq_ignore_ascii_case(text),
        TextComparison::Like => matches(value, text, LetterCase::Exact),
    }
}

fn is_time(comparison: TimeComparison, now: i64, value: i64) -> bool {
    match comparison {
        TimeComparison::Equals => now == value,
        TimeComparison::NotEquals => now != value,
        TimeComparison::Before => now < value,
        TimeComparison::BeforeOrEquals => now <= value,
        TimeComparison::After => now > value,
        TimeComparison::AfterOrEquals => now >= value,
    }
}
