//! One statement of a policy.

use super::{PolicyFault, PolicyKind, condition, map, texts};
use crate::{document::website_text::Value, operation::names_an_action};
use coho_model::{PolicyEffect, PolicyResource, PolicyStatement};

/// Maximum bytes of a principal.
const MAX_PRINCIPAL_BYTES: usize = 256;
/// Actions of the access management itself, which no request to a store has. Policies that were written for ossutil's
/// examples name them.
const FOREIGN_ACTIONS: &str = "ram:";
/// What the name of a role's session begins with. There are no roles, so that such a principal sends no request.
const ROLE: &str = "arn:sts::";

pub(super) fn read(value: Value, kind: PolicyKind) -> Result<PolicyStatement, PolicyFault> {
    let (mut effect, mut principals, mut actions, mut resources) = (None, Vec::new(), None, None);
    let mut conditions = Vec::new();
    for (name, value) in map(value, "it")? {
        let read = match name.as_str() {
            "Effect" => read_effect(value).map(|read| effect = Some(read)),
            "Principal" if kind == PolicyKind::Bucket => read_principals(value).map(|read| principals = read),
            "Action" => read_actions(value).map(|read| actions = Some(read)),
            "Resource" => read_resources(value).map(|read| resources = Some(read)),
            "Condition" => condition::read(value).map(|read| conditions = read),
            _ => return Err(PolicyFault::new(format_args!("the element {name:?} is not supported"))),
        };
        read.map_err(|fault| fault.within(&name))?;
    }
    let missing = |name: &str| PolicyFault::new(format_args!("the {name} is missing"));
    Ok(PolicyStatement {
        effect: effect.ok_or_else(|| missing("Effect"))?,
        principals,
        actions: actions.ok_or_else(|| missing("Action"))?,
        resources: resources.ok_or_else(|| missing("Resource"))?,
        conditions,
    })
}

fn read_effect(value: Value) -> Result<PolicyEffect, PolicyFault> {
    match value {
        Value::Text(text) if text == "Allow" => Ok(PolicyEffect::Allow),
        Value::Text(text) if text == "Deny" => Ok(PolicyEffect::Deny),
        _ => Err(PolicyFault::new("it must be Allow or Deny")),
    }
}

/// OSS: an empty list is everyone, as `*` is.
fn read_principals(value: Value) -> Result<Vec<Box<str>>, PolicyFault> {
    let listed = texts(value)?;
    if listed.iter().any(|principal| principal == "*") {
        return Ok(Vec::new());
    }
    for principal in &listed {
        let is_printable = principal.bytes().all(|byte| byte.is_ascii_graphic());
        let has_wildcard = principal.contains(['*', '?']) && !principal.starts_with(ROLE);
        if principal.is_empty() || principal.len() > MAX_PRINCIPAL_BYTES || !is_printable || has_wildcard {
            return Err(PolicyFault::new(format_args!("{principal:?} is not the id of an account")));
        }
    }
    Ok(listed.into_iter().map(String::into).collect())
}

fn read_actions(value: Value) -> Result<Vec<Box<str>>, PolicyFault> {
    let listed = not_empty(texts(value)?)?;
    for action in &listed {
        let is_foreign = action.strip_prefix(FOREIGN_ACTIONS).is_some_and(|name| !name.is_empty());
        if !is_foreign && !names_an_action(action) {
            return Err(PolicyFault::new(format_args!("{action:?} is not an action of OSS")));
        }
    }
    Ok(listed.into_iter().map(String::into).collect())
}

fn read_resources(value: Value) -> Result<Vec<PolicyResource>, PolicyFault> {
    not_empty(texts(value)?)?.into_iter().map(|text| resource(&text)).collect()
}

/// `acs:oss:region:account:bucket`, `…:bucket/key`, or `*` for everything.
fn resource(text: &str) -> Result<PolicyResource, PolicyFault> {
    if text == "*" {
        return Ok(PolicyResource { region: "*".into(), account: "*".into(), path: "*".into() });
    }
    let wrong = || PolicyFault::new(format_args!("{text:?} is not a resource of OSS"));
    let mut parts = text.splitn(5, ':');
    let mut part = || parts.next().ok_or_else(wrong);
    let (scheme, service, region, account, path) = (part()?, part()?, part()?, part()?, part()?);
    if scheme != "acs" || service != "oss" || region.is_empty() || account.is_empty() || path.is_empty() {
        return Err(wrong());
    }
    Ok(PolicyResource { region: region.into(), account: account.into(), path: path.into() })
}

fn not_empty(list: Vec<String>) -> Result<Vec<String>, PolicyFault> {
    if list.is_empty() { Err(PolicyFault::new("it must not be empty")) } else { Ok(list) }
}
