//! Reports configurations that cannot have the intended effect: rules that never apply, redirect loops, origins that
//! are this bucket, and elements without effect.
//!
//! Findings are advice. A document with findings is valid, and one without findings can still be wrong.

mod circle;
mod elements;
mod impossible;
mod own;
mod reason;
mod shadow;

pub use own::OwnEndpoints;
pub use reason::{Impossibility, Ineffectiveness};

use coho_model::website::WebsiteConfiguration;
use std::fmt;

/// A probable mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// `RuleNumber` of the rule; `None` for findings about the pages.
    pub rule: Option<u32>,
    /// The problem.
    pub problem: Problem,
}

/// The problem of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// An earlier rule always applies first.
    Shadowed {
        /// The number of the earlier rule.
        by: u32,
    },
    /// An earlier rule applies first at this status; at others this rule does.
    ShadowedAt {
        /// The number of the earlier rule.
        by: u32,
        /// The status.
        status: u16,
    },
    /// No request can meet the element.
    Impossible {
        /// The element.
        element: &'static str,
        /// The reason.
        reason: Impossibility,
    },
    /// The redirect leads to a request that reaches this rule again.
    RedirectLoop {
        /// A key for which this happens.
        key: String,
    },
    /// The origin is this server.
    MirrorsItself {
        /// The element.
        element: &'static str,
        /// The address.
        url: String,
    },
    /// The element is stored and returned, and keeps the rule from ever applying.
    NotExecuted {
        /// The element.
        element: String,
    },
    /// The element has no effect in its place.
    NoEffect {
        /// The element.
        element: String,
        /// The reason.
        reason: Ineffectiveness,
    },
}

/// Checks a whole document. Findings are ordered by rule number, those about the pages first.
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

impl Problem {
    /// Its name, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Shadowed { .. } => "Shadowed",
            Self::ShadowedAt { .. } => "ShadowedAt",
            Self::Impossible { .. } => "Impossible",
            Self::RedirectLoop { .. } => "RedirectLoop",
            Self::MirrorsItself { .. } => "MirrorsItself",
            Self::NotExecuted { .. } => "NotExecuted",
            Self::NoEffect { .. } => "NoEffect",
        }
    }

    /// The element that it is about.
    pub fn element(&self) -> Option<&str> {
        match self {
            Self::Impossible { element, .. } | Self::MirrorsItself { element, .. } => Some(element),
            Self::NotExecuted { element } | Self::NoEffect { element, .. } => Some(element),
            Self::Shadowed { .. } | Self::ShadowedAt { .. } | Self::RedirectLoop { .. } => None,
        }
    }
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
            Self::Shadowed { by } => write!(f, "never applies: rule {by} always applies first"),
            Self::ShadowedAt { by, status } => {
                write!(f, "never applies at {status}: rule {by} always applies first at that status")
            }
            Self::Impossible { element, reason } => write!(f, "never applies because of {element}: {reason}"),
            Self::RedirectLoop { key } => write!(f, "redirects in a loop, for example {key:?}"),
            Self::MirrorsItself { element, url } => write!(f, "{element} {url} is this server"),
            Self::NotExecuted { element } => {
                write!(f, "never applies because of {element}, which is stored and not executed yet")
            }
            Self::NoEffect { element, reason } => write!(f, "{element} has no effect: {reason}"),
        }
    }
}
