//! The key that a rule makes of the requested one.

use coho_model::{
    MAX_KEY_BYTES,
    website::{Condition, Redirect},
};
use std::borrow::Cow;

/// Maximum bytes of a rewritten key: room for the key and for what a rule adds. `${key}` can occur many times in a
/// rule, and a longer result would not fit into a header.
pub const MAX_REWRITTEN_KEY_BYTES: usize = 4 * MAX_KEY_BYTES;

/// The variable of `ReplaceKeyWith` that stands for the key.
const KEY_VARIABLE: &str = "${key}";

/// The rewritten key; `None` if it would be too long.
pub(crate) fn rewrite<'k>(key: &'k str, condition: &Condition, redirect: &Redirect) -> Option<Cow<'k, str>> {
    let set = |text: &'k str| Some(Cow::Borrowed(text));
    if let Some(template) = not_empty(&redirect.replace_key_with) {
        return expand(template, key).map(Cow::Owned);
    }
    let prefix = condition.key_prefix_equals.as_deref().unwrap_or_default();
    let rest = key.strip_prefix(prefix).unwrap_or(key);
    if let Some(with) = not_empty(&redirect.replace_key_prefix_with) {
        let fits = with.len() + rest.len() <= MAX_REWRITTEN_KEY_BYTES;
        return fits.then(|| Cow::Owned(format!("{with}{rest}")));
    }
    if redirect.enable_replace_prefix == Some(true) { set(rest) } else { set(key) }
}

/// The element that rewrote the key.
pub(crate) fn rewriting_element(redirect: &Redirect) -> &'static str {
    match not_empty(&redirect.replace_key_with) {
        Some(_) => "ReplaceKeyWith",
        None => "ReplaceKeyPrefixWith",
    }
}

fn not_empty(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

fn expand(template: &str, key: &str) -> Option<String> {
    let variables = template.matches(KEY_VARIABLE).count();
    let length = template.len() - variables * KEY_VARIABLE.len() + variables * key.len();
    (length <= MAX_REWRITTEN_KEY_BYTES).then(|| template.replace(KEY_VARIABLE, key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use coho_model::website::RedirectType;

    #[test]
    fn a_key_too_long_for_a_header_is_not_built() {
        let with = |change: fn(&mut Redirect)| {
            let mut redirect = Redirect::new(RedirectType::External);
            change(&mut redirect);
            redirect
        };
        let variables = with(|redirect| redirect.replace_key_with = Some("${key}".repeat(170)));
        let longest = with(|redirect| redirect.replace_key_prefix_with = Some("a".repeat(MAX_REWRITTEN_KEY_BYTES - 1)));
        let check = |key: &str, redirect: &Redirect, expected: Option<usize>| {
            let rewritten = rewrite(key, &Condition::default(), redirect);
            assert_eq!(rewritten.map(|key| key.len()), expected, "{} bytes", key.len());
        };
        check(&"k".repeat(24), &variables, Some(24 * 170));
        check(&"k".repeat(25), &variables, None);
        check("k", &longest, Some(MAX_REWRITTEN_KEY_BYTES));
        check("kk", &longest, None);
    }
}
