//! What a configuration cannot mean: rules that never apply, redirects that go in circles, origins that are this
//! bucket, and elements that are stored without effect.
//!
//! Findings are advice. A document with findings is valid, and one without can still be wrong.

mod circle;
mod elements;
mod impossible;
mod own;
mod shadow;

pub use own::OwnEndpoints;

use coho_model::website::WebsiteConfiguration;
use std::fmt;

/// Something that is probably not meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// `RuleNumber` of the rule; none for what is about the pages.
    pub rule: Option<u32>,
    /// What is the matter.
    pub problem: Problem,
}

/// What is the matter with a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// An earlier rule applies wherever this one would.
    Shadowed {
        /// The number of the earlier one.
        by: u32,
    },
    /// An earlier rule applies wherever this one would at this status; at others this one does.
    ShadowedAt {
        /// The number of the earlier one.
        by: u32,
        /// The status.
        status: u16,
    },
    /// No request can meet this.
    Impossible {
        /// The element.
        element: &'static str,
        /// Why.
        reason: String,
    },
    /// The redirect leads to a request that comes to this rule again.
    RedirectLoop {
        /// A key that goes in a circle.
        key: String,
    },
    /// The origin is this server.
    MirrorsItself {
        /// The element.
        element: &'static str,
        /// The address.
        url: String,
    },
    /// The element is stored and returned, and because of it the rule never applies.
    NotExecuted {
        /// The element.
        element: String,
    },
    /// The element has no effect where it stands.
    NoEffect {
        /// The element.
        element: String,
        /// Why.
        reason: &'static str,
    },
}

/// Looks at a whole document. Findings come in the order of the rules' numbers, those about the pages first.
pub fn lint(website: &WebsiteConfiguration, own: &OwnEndpoints<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    elements::of_pages(website, &mut |problem| findings.push(Finding { rule: None, problem }));
    let rules = website.rules_in_order();
    for (index, rule) in rules.iter().enumerate() {
        let mut add = |problem| findings.push(Finding { rule: Some(rule.rule_number), problem });
        elements::of_rule(rule, &mut add);
        impossible::check(rule, &mut add);
        shadow::check(rule, &rules[..index], &mut add);
        circle::check(website, rule, own, &mut add);
        own.check(rule, &mut add);
    }
    findings
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rule {
            Some(rule) => write!(f, "rule {rule}: {}", self.problem),
            None => self.problem.fmt(f),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Shadowed { by } => write!(f, "never applies: rule {by} comes before it and applies to all of it"),
            Self::ShadowedAt { by, status } => {
                write!(f, "never applies at {status}: rule {by} comes before it and applies to all of it there")
            }
            Self::Impossible { element, reason } => write!(f, "never applies because of {element}: {reason}"),
            Self::RedirectLoop { key } => write!(f, "redirects in a circle, for example {key:?}"),
            Self::MirrorsItself { element, url } => write!(f, "{element} {url} is this server"),
            Self::NotExecuted { element } => {
                write!(f, "never applies because of {element}, which is stored and not executed yet")
            }
            Self::NoEffect { element, reason } => write!(f, "{element} has no effect: {reason}"),
        }
    }
}
