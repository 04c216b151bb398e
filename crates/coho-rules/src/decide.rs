//! What happens with a GET of an object that is missing.

use crate::{OriginUrl, not_executed};
use coho_model::website::{RoutingRule, WebsiteConfiguration};

/// What the rules say.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision<'w> {
    /// No rule matches: 404.
    Nothing,
    /// Fetch it from there.
    Mirror {
        /// The rule that matched.
        rule: &'w RoutingRule,
        /// Where the object is.
        url: OriginUrl,
    },
}

/// Tries the rules in ascending order of their numbers; the first that matches decides.
pub fn decide_missing<'w>(website: &'w WebsiteConfiguration, key: &str) -> Decision<'w> {
    let matching = website.routing_rules.iter().filter(|rule| matches(rule, key));
    let first = matching.min_by_key(|rule| rule.rule_number);
    let url = |rule: &RoutingRule| OriginUrl::new(rule.redirect.as_ref()?.mirror.url.as_deref()?, key);
    match first.and_then(|rule| Some((rule, url(rule)?))) {
        Some((rule, url)) => Decision::Mirror { rule, url },
        None => Decision::Nothing,
    }
}

fn matches(rule: &RoutingRule, key: &str) -> bool {
    let condition = &rule.condition;
    condition.key_prefix_equals.as_deref().is_none_or(|prefix| key.starts_with(prefix))
        && condition.key_suffix_equals.as_deref().is_none_or(|suffix| key.ends_with(suffix))
        && not_executed(rule).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use coho_model::website::{IncludeHeader, MirrorHeaders, Redirect, RedirectType};

    fn mirror(number: u32, prefix: Option<&str>, suffix: Option<&str>, url: &str) -> RoutingRule {
        let mut rule = RoutingRule { rule_number: number, ..Default::default() };
        rule.condition.key_prefix_equals = prefix.map(Into::into);
        rule.condition.key_suffix_equals = suffix.map(Into::into);
        let mut redirect = Redirect::new(RedirectType::Mirror);
        redirect.mirror.url = Some(url.into());
        rule.redirect = Some(redirect);
        rule
    }

    fn check(rules: &[RoutingRule], key: &str, expected: Option<&str>) {
        let website = WebsiteConfiguration { routing_rules: rules.to_vec(), ..Default::default() };
        let url = match decide_missing(&website, key) {
            Decision::Nothing => None,
            Decision::Mirror { url, .. } => Some(url.to_string()),
        };
        assert_eq!(url.as_deref(), expected, "{key}");
    }

    #[test]
    fn the_lowest_number_that_matches_decides() {
        let rules = [
            mirror(3, None, None, "http://c/"),
            mirror(2, Some("img/"), Some(".png"), "http://b/"),
            mirror(1, Some("img/a"), None, "http://a/x/"),
        ];
        check(&rules, "img/a.png", Some("http://a/x/img/a.png"));
        check(&rules, "img/b.png", Some("http://b/img/b.png"));
        check(&rules, "img/b.gif", Some("http://c/img/b.gif"));
        check(&rules[1..], "doc/b.png", None);
        check(&[], "k", None);
        check(&rules, "a/../b", None);
    }

    #[test]
    fn a_rule_with_anything_not_executed_never_matches() {
        let plain = mirror(1, None, None, "http://o/");
        let with = |change: fn(&mut RoutingRule)| {
            let mut rule = plain.clone();
            change(&mut rule);
            rule
        };
        let redirect = |change: fn(&mut Redirect)| {
            let mut rule = plain.clone();
            rule.redirect.iter_mut().for_each(change);
            rule
        };
        let refused = [
            with(|rule| rule.condition.include_headers.push(IncludeHeader::default())),
            with(|rule| rule.condition.http_error_code_returned_equals = Some(403)),
            with(|rule| rule.condition.unknown.push(Default::default())),
            with(|rule| rule.redirect = Some(Redirect::new(RedirectType::External))),
            redirect(|redirect| redirect.pass_query_string = Some(true)),
            redirect(|redirect| redirect.replace_key_with = Some("x".into())),
            redirect(|redirect| redirect.replace_key_prefix_with = Some("x".into())),
            redirect(|redirect| redirect.mirror.pass_query_string = Some(true)),
            redirect(|redirect| redirect.mirror.follow_redirect = Some(false)),
            redirect(|redirect| {
                redirect.mirror.headers = Some(MirrorHeaders { pass_all: Some(true), ..Default::default() })
            }),
            redirect(|redirect| redirect.mirror.url_slave = Some("http://s/".into())),
        ];
        for rule in refused {
            check(std::slice::from_ref(&rule), "k", None);
            // The next rule is tried, as if this one were not there.
            check(&[rule, mirror(2, None, None, "http://next/")], "k", Some("http://next/k"));
        }
        let harmless = [
            with(|rule| rule.condition.http_error_code_returned_equals = Some(404)),
            redirect(|redirect| redirect.pass_query_string = Some(false)),
            redirect(|redirect| redirect.http_redirect_code = Some(302)),
            redirect(|redirect| redirect.mirror.follow_redirect = Some(true)),
            redirect(|redirect| redirect.mirror.headers = Some(MirrorHeaders::default())),
        ];
        for rule in harmless {
            check(&[rule], "k", Some("http://o/k"));
        }
    }
}
