//! Every address that a document makes the server connect to.
//!
//! Whether such an address is allowed is a policy of the caller, which checks all of them before the document is
//! stored.

use super::{InvalidWebsite, RedirectType, RoutingRule, WebsiteConfiguration};

/// An origin's address, and its place in the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OriginAddress<'w> {
    /// `RuleNumber` of the rule.
    pub rule_number: u32,
    /// The element: `MirrorURL`, `MirrorURLSlave`, `MirrorURLProbe` or `MirrorMultiAlternateURL`.
    pub element: &'static str,
    /// The address as sent.
    pub url: &'w str,
}

impl OriginAddress<'_> {
    /// The error that refuses this address.
    pub fn refused(&self, reason: &str) -> InvalidWebsite {
        let reason = format!("{reason}, in RuleNumber {}", self.rule_number);
        InvalidWebsite { rule: Some(self.rule_number), ..InvalidWebsite::because(self.element, self.url, &reason) }
    }
}

impl WebsiteConfiguration {
    /// Whether any rule fetches from an origin.
    pub fn mirrors(&self) -> bool {
        let is_mirror = |rule: &RoutingRule| {
            rule.redirect.as_ref().is_some_and(|redirect| redirect.redirect_type == RedirectType::Mirror)
        };
        self.routing_rules.iter().any(is_mirror)
    }

    /// The addresses of all Mirror rules in document order. On rules of other types these elements have no effect.
    pub fn origin_urls(&self) -> impl Iterator<Item = OriginAddress<'_>> {
        self.routing_rules.iter().flat_map(RoutingRule::origin_urls)
    }
}

impl RoutingRule {
    /// The addresses of this rule.
    pub fn origin_urls(&self) -> impl Iterator<Item = OriginAddress<'_>> {
        let redirect = self.redirect.as_ref().filter(|redirect| redirect.redirect_type == RedirectType::Mirror);
        redirect.into_iter().flat_map(|redirect| {
            let mirror = &redirect.mirror;
            let single = [
                ("MirrorURL", mirror.url.as_deref()),
                ("MirrorURLSlave", mirror.url_slave.as_deref()),
                ("MirrorURLProbe", mirror.url_probe.as_deref()),
            ];
            let alternates = mirror.multi_alternates.iter().flat_map(|list| &list.items);
            let alternates = alternates.map(|alternate| ("MirrorMultiAlternateURL", alternate.url.as_deref()));
            let rule_number = self.rule_number;
            single.into_iter().chain(alternates).filter_map(move |(element, url)| {
                let url = url?;
                Some(OriginAddress { rule_number, element, url })
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::website::{ElementList, MirrorMultiAlternate, Redirect};

    #[test]
    fn only_addresses_of_mirror_rules_are_listed() {
        let mut redirect = Redirect::new(RedirectType::Mirror);
        redirect.mirror.url = Some("http://a/".into());
        redirect.mirror.url_slave = Some("http://b/".into());
        redirect.mirror.url_probe = Some("http://c/ok".into());
        let alternate = |url: Option<&str>| MirrorMultiAlternate { url: url.map(Into::into), ..Default::default() };
        let items = vec![alternate(Some("http://d/")), alternate(None), alternate(Some("http://e/"))];
        redirect.mirror.multi_alternates = Some(ElementList { items, ..ElementList::default() });
        let external = Redirect { redirect_type: RedirectType::External, ..redirect.clone() };
        let rule = |rule_number, redirect| RoutingRule { rule_number, redirect, ..RoutingRule::default() };
        let website = WebsiteConfiguration {
            routing_rules: vec![rule(3, Some(redirect)), rule(1, Some(external)), rule(2, None)],
            ..WebsiteConfiguration::default()
        };
        let found: Vec<_> = website.origin_urls().map(|o| (o.rule_number, o.element, o.url)).collect();
        let expected = [
            (3, "MirrorURL", "http://a/"),
            (3, "MirrorURLSlave", "http://b/"),
            (3, "MirrorURLProbe", "http://c/ok"),
            (3, "MirrorMultiAlternateURL", "http://d/"),
            (3, "MirrorMultiAlternateURL", "http://e/"),
        ];
        assert_eq!(found, expected);
        let refused = website.origin_urls().next().unwrap().refused("its address is private");
        assert_eq!(refused.to_string(), "MirrorURL is Invalid: its address is private, in RuleNumber 3");
        assert_eq!((&*refused.element, &*refused.value), ("MirrorURL", "http://a/"));
    }
}
