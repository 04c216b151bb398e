//! The document as a whole, its two pages and the frame of a rule.
//!
//! Elements that a client sent empty are held as absent: SDKs send empty shells of what they do not use.

use super::{Condition, InvalidWebsite, Redirect, RedirectType};

/// Most routing rules in one document.
pub const MAX_ROUTING_RULES: usize = 20;

/// The whole configuration (`WebsiteConfiguration`).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WebsiteConfiguration {
    /// `IndexDocument`.
    pub index_document: Option<IndexDocument>,
    /// `ErrorDocument`.
    pub error_document: Option<ErrorDocument>,
    /// `RoutingRules/RoutingRule` in the order of the document, which is not the order of evaluation.
    pub routing_rules: Vec<RoutingRule>,
    /// Unknown elements inside `RoutingRules`.
    pub unknown_in_routing_rules: Vec<UnknownElement>,
    /// Unknown elements of the document.
    pub unknown: Vec<UnknownElement>,
}

/// The home page (`IndexDocument`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IndexDocument {
    /// `Suffix`: the name of the page.
    pub suffix: Option<String>,
    /// `SupportSubDir`: every directory has a page of its own.
    pub support_sub_dir: Option<bool>,
    /// `Type`: 0 to 2, what is done about a missing key that could be a directory.
    pub index_type: Option<u8>,
    /// Unknown elements.
    pub unknown: Vec<UnknownElement>,
}

/// The page that stands for a 404 (`ErrorDocument`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ErrorDocument {
    /// `Key`: the object.
    pub key: Option<String>,
    /// `HttpStatus`: 200 or 404.
    pub http_status: Option<u16>,
    /// Unknown elements.
    pub unknown: Vec<UnknownElement>,
}

/// One rule (`RoutingRule`).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RoutingRule {
    /// `RuleNumber`: rules are tried in ascending order of it. 0 stands for a missing one, which is not valid.
    pub rule_number: u32,
    /// `Condition`: when it applies.
    pub condition: Condition,
    /// `Redirect`: what it does.
    pub redirect: Option<Redirect>,
    /// `LuaConfig`: kept, never executed.
    pub lua_config: Option<LuaConfig>,
    /// Unknown elements.
    pub unknown: Vec<UnknownElement>,
}

/// A script by name (`LuaConfig`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LuaConfig {
    /// `Script`.
    pub script: Option<String>,
    /// Unknown elements.
    pub unknown: Vec<UnknownElement>,
}

/// An element that is kept without being understood. Attributes and comments are not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UnknownElement {
    /// Its name without prefix.
    pub name: String,
    /// Its text; outer blanks are dropped if there are children.
    pub text: String,
    /// The elements in it.
    pub children: Vec<UnknownElement>,
}

impl WebsiteConfiguration {
    /// Whether the configuration may be stored.
    pub fn validate(&self) -> Result<(), InvalidWebsite> {
        super::validate::validate(self)
    }

    /// The rules in the order in which they are tried.
    pub fn rules_in_order(&self) -> Vec<&RoutingRule> {
        let mut rules: Vec<_> = self.routing_rules.iter().collect();
        rules.sort_by_key(|rule| rule.rule_number);
        rules
    }

    /// Puts the stored secret back wherever a client returns the mask that it was shown: that of the rule with
    /// the same number. A mask with no stored secret behind it is refused.
    pub fn restore_masked_secrets(&mut self, previous: Option<&Self>) -> Result<(), InvalidWebsite> {
        for rule in &mut self.routing_rules {
            let number = rule.rule_number;
            let Some(auth) = rule.redirect.as_mut().and_then(|redirect| redirect.mirror.auth.as_mut()) else {
                continue;
            };
            if !auth.is_masked() {
                continue;
            }
            let old = previous
                .and_then(|previous| previous.routing_rules.iter().find(|rule| rule.rule_number == number))
                .and_then(|rule| rule.redirect.as_ref()?.mirror.auth.as_ref()?.access_key_secret.clone());
            auth.access_key_secret = Some(old.ok_or_else(|| {
                InvalidWebsite::because("AccessKeySecret", super::MASKED_SECRET, "no secret is stored for this rule")
            })?);
        }
        Ok(())
    }
}

impl IndexDocument {
    /// Whether it says nothing at all.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// `SupportSubDir`, false by default.
    pub fn effective_support_sub_dir(&self) -> bool {
        self.support_sub_dir.unwrap_or(false)
    }

    /// `Type`, 0 by default.
    pub fn effective_type(&self) -> u8 {
        self.index_type.unwrap_or(0)
    }
}

impl ErrorDocument {
    /// Whether it says nothing at all.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// `HttpStatus`, 404 by default.
    pub fn effective_http_status(&self) -> u16 {
        self.http_status.unwrap_or(404)
    }
}

impl RoutingRule {
    /// Whether it fetches from an origin.
    pub fn is_mirror(&self) -> bool {
        self.redirect.as_ref().is_some_and(|redirect| redirect.redirect_type == RedirectType::Mirror)
    }
}
