//! Redirects that lead back to themselves.
//!
//! Simulates a browser: starting with a key that the rule applies to, it follows redirects while they lead to this
//! bucket. This also finds circles over several rules.

use super::{OwnEndpoints, Problem};
use crate::{
    Access, Method, NoTrace, Observation, RuleRequest,
    matcher::{Action, Match, Subject, first_match},
    rewrite::rewrite,
};
use coho_model::website::{MAX_ROUTING_RULES, Protocol, RedirectType, RoutingRule, WebsiteConfiguration};

pub(super) fn check(
    website: &WebsiteConfiguration,
    rule: &RoutingRule,
    own: &OwnEndpoints<'_>,
    add: &mut dyn FnMut(Problem),
) {
    let start = sample_key(rule);
    let mut key = start.clone();
    for hop in 0..=MAX_ROUTING_RULES {
        let Some((next, at)) = redirected(website, rule, own, &key) else { return };
        // An earlier rule decides about the sample, and will be checked itself.
        if hop == 0 && next != rule.rule_number {
            return;
        }
        if hop > 0 && next == rule.rule_number {
            return add(Problem::RedirectLoop { key: start });
        }
        key = at;
    }
}

/// A key with the rule's prefix and suffix.
fn sample_key(rule: &RoutingRule) -> String {
    let condition = &rule.condition;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    format!("{}x{}", text(&condition.key_prefix_equals), text(&condition.key_suffix_equals))
}

/// The rule that redirects the key back to the bucket, and the target key.
fn redirected(
    website: &WebsiteConfiguration,
    rule: &RoutingRule,
    own: &OwnEndpoints<'_>,
    key: &str,
) -> Option<(u32, String)> {
    let headers: Vec<(&str, String)> = rule
        .condition
        .include_headers
        .iter()
        .map(|header| {
            let text = |text: &Option<String>| text.clone().unwrap_or_default();
            let value = header.equals.clone();
            (header.key.as_str(), value.unwrap_or_else(|| text(&header.starts_with) + &text(&header.ends_with)))
        })
        .collect();
    let request = RuleRequest {
        bucket: own.bucket.unwrap_or_default(),
        key: None,
        method: Method::Get,
        raw_query: "",
        headers: &headers,
        scheme: Protocol::Http,
        host: "bucket",
        leading_slashes: 0,
        path_style: false,
        lacks_slash: false,
        anyone_reads: true,
        access: Access::Anonymous,
    };
    let found = match rule.condition.http_error_code_returned_equals {
        None | Some(404) => Observation::Missing,
        Some(code) => Observation::Refused(code),
    };
    let subject = Subject { requested: key, stored_as: key };
    let Match { rule, action } = first_match(website, &request, subject, found, &mut NoTrace)?;
    let Action::Redirect { .. } = action else { return None };
    let redirect = rule.redirect.as_ref().filter(|redirect| redirect.redirect_type != RedirectType::Internal)?;
    let rewritten = rewrite(key, &rule.condition, redirect)?;
    let back = match redirect.host_name.as_deref() {
        None => &*rewritten,
        Some(host) => own.path_in_bucket(host, &rewritten)?,
    };
    Some((rule.rule_number, back.to_owned()))
}
