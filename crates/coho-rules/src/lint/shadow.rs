//! Rules that are entirely covered by an earlier one.

use super::Problem;
use crate::not_executed;
use coho_model::website::{Condition, IncludeHeader, RoutingRule};

/// The statuses at which a rule applies.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Eligible {
    Code(u16),
    /// Without a code: 200 and 404.
    FoundOrMissing,
}

pub(super) fn check(rule: &RoutingRule, earlier: &[&RoutingRule], add: &mut dyn FnMut(Problem)) {
    let wider = |other: &&&RoutingRule| not_executed(other).is_none() && covers(&other.condition, &rule.condition);
    let mut partly = None;
    for other in earlier.iter().filter(wider) {
        let by = other.rule_number;
        match (eligible(other), eligible(rule)) {
            (have, need) if have == need => return add(Problem::Shadowed { by }),
            (Eligible::FoundOrMissing, Eligible::Code(404)) => return add(Problem::Shadowed { by }),
            (Eligible::Code(404), Eligible::FoundOrMissing) => {
                partly.get_or_insert(Problem::ShadowedAt { by, status: 404 });
            }
            _ => {}
        }
    }
    partly.into_iter().for_each(add);
}

fn eligible(rule: &RoutingRule) -> Eligible {
    match rule.condition.http_error_code_returned_equals {
        _ if rule.is_mirror() => Eligible::Code(404),
        Some(code) => Eligible::Code(code),
        None => Eligible::FoundOrMissing,
    }
}

/// Whether every request that meets `inner` meets `outer`, independent of the status.
fn covers(outer: &Condition, inner: &Condition) -> bool {
    let (prefix, suffix) = (text(&inner.key_prefix_equals), text(&inner.key_suffix_equals));
    prefix.starts_with(text(&outer.key_prefix_equals))
        && suffix.ends_with(text(&outer.key_suffix_equals))
        && outer.include_headers.iter().all(|test| inner.include_headers.iter().any(|given| implies(given, test)))
}

fn text(text: &Option<String>) -> &str {
    text.as_deref().unwrap_or_default()
}

/// Whether a header that meets `given` meets `test`.
fn implies(given: &IncludeHeader, test: &IncludeHeader) -> bool {
    let whole = given.equals.as_deref();
    let starts = whole.or(given.starts_with.as_deref()).unwrap_or_default();
    let ends = whole.or(given.ends_with.as_deref()).unwrap_or_default();
    given.key.eq_ignore_ascii_case(&test.key)
        && test.equals.as_deref().is_none_or(|equals| whole == Some(equals))
        && test.starts_with.as_deref().is_none_or(|text| starts.starts_with(text))
        && test.ends_with.as_deref().is_none_or(|text| ends.ends_with(text))
}
