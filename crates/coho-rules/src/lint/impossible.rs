//! Conditions that no request can meet, and origins that are never asked.

use super::{Impossibility, Problem};
use crate::origin_url::climbs_out;
use coho_model::{
    MAX_KEY_BYTES,
    website::{IncludeHeader, RoutingRule},
};

pub(super) fn check(rule: &RoutingRule, add: &mut dyn FnMut(Problem)) {
    let mut add = |element, reason| add(Problem::Impossible { element, reason });
    let condition = &rule.condition;
    for header in &condition.include_headers {
        if let Some(reason) = header_fault(header) {
            add("IncludeHeader", reason);
        }
    }
    let prefix = condition.key_prefix_equals.as_deref().unwrap_or_default();
    if prefix.starts_with(['/', '\\']) {
        add("KeyPrefixEquals", Impossibility::KeyPrefix);
    }
    let suffix = condition.key_suffix_equals.as_deref().unwrap_or_default();
    if shortest(prefix, suffix) > MAX_KEY_BYTES {
        add("KeySuffixEquals", Impossibility::KeyTooLong);
    }
    if rule.is_mirror() {
        check_mirror(rule, prefix, &mut add);
    }
}

fn check_mirror(rule: &RoutingRule, prefix: &str, add: &mut dyn FnMut(&'static str, Impossibility)) {
    if rule.condition.http_error_code_returned_equals.is_some_and(|code| code != 404) {
        add("HttpErrorCodeReturnedEquals", Impossibility::MirrorStatus);
    }
    let Some(redirect) = &rule.redirect else { return };
    let set = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let (with, prefix_with) = (set(&redirect.replace_key_with), set(&redirect.replace_key_prefix_with));
    let kept = (redirect.enable_replace_prefix != Some(true)).then(|| prefix.to_owned());
    let (element, fixed) = match (with, prefix_with) {
        (Some(with), _) => ("ReplaceKeyWith", with),
        (None, Some(with)) => ("ReplaceKeyPrefixWith", with),
        (None, None) => ("KeyPrefixEquals", kept.unwrap_or_default()),
    };
    // Only text that ends with a slash is a whole segment of every name.
    let whole = fixed.rfind('/').map_or("", |end| &fixed[..end]);
    if climbs_out(whole) {
        add(element, Impossibility::LeavesFolder);
    }
}

fn header_fault(header: &IncludeHeader) -> Option<Impossibility> {
    let IncludeHeader { key, equals, starts_with, ends_with, .. } = header;
    let header = || key.clone();
    if !key.bytes().all(is_token) {
        return Some(Impossibility::HeaderName { header: header() });
    }
    for text in [equals, starts_with, ends_with].into_iter().flatten() {
        if text.chars().any(|c| c.is_control() && c != '\t') {
            return Some(Impossibility::HeaderControl { header: header() });
        }
    }
    let equals = equals.as_deref()?;
    let fits = starts_with.as_deref().is_none_or(|text| equals.starts_with(text))
        && ends_with.as_deref().is_none_or(|text| equals.ends_with(text));
    (!fits).then(|| Impossibility::HeaderTests { header: header(), value: equals.to_owned() })
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Bytes of the shortest key with this prefix and this suffix, which may overlap.
fn shortest(prefix: &str, suffix: &str) -> usize {
    let shared = suffix.char_indices().map(|(at, c)| at + c.len_utf8());
    let shared = shared.filter(|end| prefix.ends_with(&suffix[..*end])).max().unwrap_or(0);
    let shared = if prefix.ends_with(suffix) { suffix.len() } else { shared };
    prefix.len() + suffix.len() - shared
}
