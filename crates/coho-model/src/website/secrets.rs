//! Secrets of a website document: which values are secret, and how a mask that a client sends back becomes the stored value.
//!
//! A client that reads a document, changes one rule and puts it back sends masks for all others. A rule keeps its secrets if it
//! is the same rule: same condition and origins, also under another number, or same number and origins if no other rule is the
//! one that had it. So rules that change places do not exchange their secrets, and no secret goes to an origin that it was not
//! stored for: who may change a rule need not know its secrets.

use super::{InvalidWebsite, MASKED_SECRET, MirrorSettings, RoutingRule, WebsiteConfiguration};

/// Words of a header's name, between hyphens or underscores, that make its value a secret.
const SECRET_WORDS: [&str; 8] =
    ["authorization", "authorization2", "auth", "authentication", "cookie", "passwd", "credential", "credentials"];
/// Ends of such words.
const SECRET_ENDS: [&str; 4] = ["token", "secret", "password", "apikey"];
/// The words before `key` in names like `X-Api-Key`.
const SECRET_KEYS: [&str; 6] = ["api", "access", "auth", "private", "subscription", "functions"];

/// Whether the value of a header with this name is a secret, which no document, log or answer shows.
pub fn is_secret_header(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    let words: Vec<_> = name.split(['-', '_']).collect();
    let is_secret = |word: &&str| SECRET_WORDS.contains(word) || SECRET_ENDS.iter().any(|end| word.ends_with(end));
    words.iter().any(is_secret) || words.windows(2).any(|pair| pair[1] == "key" && SECRET_KEYS.contains(&pair[0]))
}

impl WebsiteConfiguration {
    /// Replaces masks that the client has returned with the stored secrets of the same rule. A mask without a stored secret is
    /// refused.
    pub fn restore_masked_secrets(&mut self, previous: Option<&Self>) -> Result<(), InvalidWebsite> {
        let stored: Vec<_> =
            self.routing_rules.iter().map(|rule| stored_rule(rule, &self.routing_rules, previous)).collect();
        for (index, (rule, stored)) in self.routing_rules.iter_mut().zip(stored).enumerate() {
            let number = rule.rule_number;
            let Some(redirect) = &mut rule.redirect else { continue };
            let stored = stored.and_then(|stored| Some(&stored.redirect.as_ref()?.mirror));
            restore(&mut redirect.mirror, stored).map_err(|error| error.in_rule(index + 1, Some(number)))?;
        }
        Ok(())
    }
}

fn restore(mirror: &mut MirrorSettings, stored: Option<&MirrorSettings>) -> Result<(), InvalidWebsite> {
    if let Some(auth) = mirror.auth.as_mut().filter(|auth| auth.is_masked()) {
        let secret = stored.and_then(|stored| stored.auth.as_ref()?.access_key_secret.clone());
        let missing = || refused("AccessKeySecret", "no secret is stored for this rule");
        auth.access_key_secret = Some(secret.ok_or_else(missing)?);
    }
    let Some(headers) = &mut mirror.headers else { return Ok(()) };
    let old: Vec<_> = stored.iter().filter_map(|stored| stored.headers.as_ref()).flat_map(|old| &old.set).collect();
    for at in 0..headers.set.len() {
        let (earlier, rest) = headers.set.split_at_mut(at);
        let set = &mut rest[0];
        if set.value != MASKED_SECRET || !is_secret_header(&set.key) {
            continue;
        }
        // The same header may be set more than once.
        let nth = earlier.iter().filter(|other| other.key.eq_ignore_ascii_case(&set.key)).count();
        let same = old.iter().filter(|old| old.key.eq_ignore_ascii_case(&set.key)).nth(nth);
        let missing = || refused("Value", &format!("no value of the header {} is stored for this rule", set.key));
        set.value = same.map(|old| old.value.clone()).ok_or_else(missing)?;
    }
    Ok(())
}

fn refused(element: &'static str, reason: &str) -> InvalidWebsite {
    InvalidWebsite::because(element, MASKED_SECRET, reason)
}

/// The stored rule that this one is, perhaps with changes.
fn stored_rule<'p>(
    rule: &RoutingRule,
    all: &[RoutingRule],
    previous: Option<&'p WebsiteConfiguration>,
) -> Option<&'p RoutingRule> {
    let stored = &previous?.routing_rules;
    let has_number = |other: &&RoutingRule| other.rule_number == rule.rule_number;
    let numbered = stored.iter().find(has_number);
    if let Some(same) = numbered.filter(|stored| is_same(stored, rule)) {
        return Some(same);
    }
    let moved = stored.iter().find(|stored| is_same(stored, rule));
    // A rule that has moved to another number has taken its secrets along.
    let stayed =
        |numbered: &&RoutingRule| has_same_origins(numbered, rule) && !all.iter().any(|other| is_same(numbered, other));
    moved.or_else(|| numbered.filter(stayed))
}

/// Whether two rules apply to the same requests and lead to the same origins.
fn is_same(one: &RoutingRule, other: &RoutingRule) -> bool {
    one.condition == other.condition && has_same_origins(one, other)
}

fn has_same_origins(one: &RoutingRule, other: &RoutingRule) -> bool {
    match (&one.redirect, &other.redirect) {
        (Some(one), Some(other)) => {
            let (one, other) = (&one.mirror, &other.mirror);
            one.url == other.url
                && one.url_slave == other.url_slave
                && one.url_probe == other.url_probe
                && one.multi_alternates == other.multi_alternates
        }
        (one, other) => one.is_none() && other.is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{KeyValue, MirrorAuth, MirrorHeaders, Redirect, RedirectType},
        *,
    };

    #[test]
    fn headers_with_credentials_are_secret() {
        for name in [
            "Authorization",
            "proxy-authorization",
            "COOKIE",
            "X-Api-Key",
            "apikey",
            "X-Amz-Security-Token",
            "X-Auth",
            "PRIVATE-TOKEN",
            "X-AccessToken",
            "Ocp-Apim-Subscription-Key",
            "X-Client-Secret",
            "x-password",
            "X_Api_Key",
        ] {
            assert!(is_secret_header(name), "{name}");
        }
        for name in ["Host", "X-From", "X-Author", "Cache-Key", "Accept", "X-Key-Id", "Referer", "User-Agent", ""] {
            assert!(!is_secret_header(name), "{name}");
        }
    }

    fn rule(number: u32, prefix: &str, url: &str, set: &[(&str, &str)], secret: Option<&str>) -> RoutingRule {
        let mut rule = RoutingRule { rule_number: number, ..RoutingRule::default() };
        rule.condition.key_prefix_equals = Some(prefix.into());
        let mut redirect = Redirect::new(RedirectType::Mirror);
        let pair = |&(key, value): &(&str, &str)| KeyValue { key: key.into(), value: value.into(), unknown: vec![] };
        let headers = MirrorHeaders { set: set.iter().map(pair).collect(), ..MirrorHeaders::default() };
        redirect.mirror.url = Some(url.into());
        redirect.mirror.headers = Some(headers);
        redirect.mirror.auth =
            secret.map(|secret| MirrorAuth { access_key_secret: Some(secret.into()), ..MirrorAuth::default() });
        rule.redirect = Some(redirect);
        rule
    }

    fn document(rules: Vec<RoutingRule>) -> WebsiteConfiguration {
        WebsiteConfiguration { routing_rules: rules, ..WebsiteConfiguration::default() }
    }

    #[test]
    fn a_mask_becomes_the_secret_of_its_rule() {
        const M: &str = MASKED_SECRET;
        fn with(number: u32, prefix: &str, url: &str, token: &str) -> RoutingRule {
            rule(number, prefix, url, &[("Authorization", token)], Some(token))
        }
        let check = |what: &str, sent: &[(u32, &str, &str)], expected: &[Option<&str>]| {
            let stored = document(vec![with(1, "a/", "http://a/", "one"), with(2, "b/", "http://b/", "two")]);
            let mut put = document(sent.iter().map(|(number, prefix, url)| with(*number, prefix, url, M)).collect());
            let restored = put.restore_masked_secrets(Some(&stored));
            assert_eq!(restored.is_ok(), expected.iter().all(Option::is_some), "{what}: {restored:?}");
            let expected = sent.iter().zip(expected);
            for (rule, ((number, prefix, url), token)) in put.routing_rules.iter().zip(expected) {
                if let Some(token) = token.filter(|_| restored.is_ok()) {
                    assert_eq!(*rule, with(*number, prefix, url, token), "{what}");
                }
            }
        };
        let (a, b) = ("http://a/", "http://b/");
        check("unchanged", &[(1, "a/", a), (2, "b/", b)], &[Some("one"), Some("two")]);
        check("in another order", &[(2, "b/", b), (1, "a/", a)], &[Some("two"), Some("one")]);
        check("with exchanged numbers", &[(1, "b/", b), (2, "a/", a)], &[Some("two"), Some("one")]);
        check("moved down", &[(2, "a/", a), (3, "b/", b)], &[Some("one"), Some("two")]);
        check("changed in place", &[(1, "c/", a), (2, "d/", b)], &[Some("one"), Some("two")]);
        check("with another origin", &[(1, "a/", "http://c/"), (2, "b/", b)], &[None, Some("two")]);
        check("one removed", &[(2, "b/", b)], &[Some("two")]);
        check("a new rule", &[(3, "c/", "http://c/")], &[None]);
        check("a new rule where one was", &[(1, "c/", "http://c/"), (2, "a/", a), (3, "b/", b)], &[None, None, None]);
    }

    #[test]
    fn each_header_has_its_own_secret_and_other_values_are_kept() {
        let of = |set: &[(&str, &str)]| document(vec![rule(1, "a/", "http://a/", set, None)]);
        let stored = of(&[("Authorization", "Bearer t"), ("X-From", "coho"), ("Cookie", "1"), ("cookie", "2")]);
        let check = |sent: &[(&str, &str)], expected: Result<&[(&str, &str)], &str>| {
            let mut put = of(sent);
            let restored = put.restore_masked_secrets(Some(&stored));
            match expected {
                Ok(expected) => assert_eq!((restored, put), (Ok(()), of(expected)), "{sent:?}"),
                Err(reason) => assert!(restored.unwrap_err().to_string().contains(reason), "{sent:?}"),
            }
        };
        const M: &str = MASKED_SECRET;
        check(&[("authorization", M), ("X-From", M)], Ok(&[("authorization", "Bearer t"), ("X-From", M)]));
        check(
            &[("Cookie", M), ("Authorization", "new"), ("Cookie", M)],
            Ok(&[("Cookie", "1"), ("Authorization", "new"), ("Cookie", "2")]),
        );
        check(&[("X-Api-Key", M)], Err("no value of the header X-Api-Key is stored"));
        let none = of(&[("Cookie", M)]).restore_masked_secrets(None);
        assert_eq!(none.unwrap_err().element, "Value");
        assert!(!format!("{stored:?}").contains("Bearer"), "a secret is never printed");
    }
}
