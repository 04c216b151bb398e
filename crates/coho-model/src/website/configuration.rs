//! The website document: its two pages and the frame of its rules.
//!
//! Empty elements are stored as absent: SDKs send empty elements for unused settings.

use super::{Condition, InvalidWebsite, Redirect, RedirectType};

/// Maximum number of routing rules in one document.
pub const MAX_ROUTING_RULES: usize = 20;

/// The whole configuration (`WebsiteConfiguration`).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct WebsiteConfiguration {
    /// `IndexDocument`.
    pub index_document: Option<IndexDocument>,
    /// `ErrorDocument`.
    pub error_document: Option<ErrorDocument>,
    /// `RoutingRules/RoutingRule` in document order, which is not the order of evaluation.
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
    /// `SupportSubDir`: whether every directory has its own page.
    pub support_sub_dir: Option<bool>,
    /// `Type`: 0 to 2, how a missing key that could be a directory is handled.
    pub index_type: Option<u8>,
    /// Unknown elements.
    pub unknown: Vec<UnknownElement>,
}

/// The page returned for a 404 (`ErrorDocument`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ErrorDocument {
    /// `Key`: the object key.
    pub key: Option<String>,
    /// `HttpStatus`: 200 or 404.
    pub http_status: Option<u16>,
    /// Unknown elements.
    pub unknown: Vec<UnknownElement>,
}

/// One rule (`RoutingRule`).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RoutingRule {
    /// `RuleNumber`: rules are tried in ascending order. 0 means missing, which is invalid.
    pub rule_number: u32,
    /// `Condition`: when the rule applies.
    pub condition: Condition,
    /// `Redirect`: the action.
    pub redirect: Option<Redirect>,
    /// `LuaConfig`: stored, never executed.
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

/// An element that is stored without being interpreted. Attributes and comments are dropped.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UnknownElement {
    /// The name without prefix.
    pub name: String,
    /// The text; surrounding whitespace is dropped if there are child elements.
    pub text: String,
    /// The child elements.
    pub children: Vec<UnknownElement>,
}

impl WebsiteConfiguration {
    /// Checks whether the configuration may be stored.
    pub fn validate(&self) -> Result<(), InvalidWebsite> {
        super::validate::validate(self)
    }

    /// The rules in evaluation order.
    pub fn rules_in_order(&self) -> Vec<&RoutingRule> {
        let mut rules: Vec<_> = self.routing_rules.iter().collect();
        rules.sort_by_key(|rule| rule.rule_number);
        rules
    }
}

impl IndexDocument {
    /// Whether no element is set.
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
    /// Whether no element is set.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// `HttpStatus`, 404 by default.
    pub fn effective_http_status(&self) -> u16 {
        self.http_status.unwrap_or(404)
    }
}

impl RoutingRule {
    /// Whether the rule fetches from an origin.
    pub fn is_mirror(&self) -> bool {
        self.redirect.as_ref().is_some_and(|redirect| redirect.redirect_type == RedirectType::Mirror)
    }
}
