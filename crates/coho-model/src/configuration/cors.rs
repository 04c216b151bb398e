//! Which pages of other origins may read a bucket (CORS).

use crate::wildcard::{LetterCase, matches};
use serde::{Deserialize, Serialize};

/// The methods that rules can allow.
pub const CORS_METHODS: [&str; 5] = ["GET", "PUT", "DELETE", "POST", "HEAD"];

/// The rules of a bucket, in order: the first one that fits a request counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorsConfiguration {
    /// The rules.
    pub rules: Vec<CorsRule>,
    /// Whether every answer says that it depends on the origin.
    pub response_vary: bool,
}

/// A rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CorsRule {
    /// Patterns of origins with at most one star each.
    pub origins: Vec<Box<str>>,
    /// Methods, of [`CORS_METHODS`].
    pub methods: Vec<Box<str>>,
    /// Patterns of request headers with at most one star each.
    pub headers: Vec<Box<str>>,
    /// Response headers that scripts may read.
    pub exposed: Vec<Box<str>>,
    /// How long the answer to a preflight counts.
    pub max_age_seconds: Option<u32>,
}

impl CorsConfiguration {
    /// The first rule for requests of this origin with this method and these headers.
    pub fn rule(&self, origin: &str, method: &str, headers: &[&str]) -> Option<&CorsRule> {
        self.rules.iter().find(|rule| rule.allows(origin, method, headers))
    }
}

impl CorsRule {
    fn allows(&self, origin: &str, method: &str, headers: &[&str]) -> bool {
        let any =
            |patterns: &[Box<str>], text| patterns.iter().any(|pattern| matches(pattern, text, LetterCase::Either));
        any(&self.origins, origin)
            && self.methods.iter().any(|allowed| **allowed == *method)
            && headers.iter().all(|header| any(&self.headers, header))
    }

    /// Whether the rule is for every origin.
    pub fn is_for_all(&self) -> bool {
        self.origins.iter().any(|origin| **origin == *"*")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(origins: &[&str], methods: &[&str], headers: &[&str]) -> CorsRule {
        let list = |texts: &[&str]| texts.iter().map(|text| (*text).into()).collect();
        let (origins, methods, headers) = (list(origins), list(methods), list(headers));
        CorsRule { origins, methods, headers, exposed: Vec::new(), max_age_seconds: None }
    }

    #[test]
    fn the_first_rule_that_fits_counts() {
        let rules = vec![
            rule(&["http://a.test"], &["GET"], &["x-oss-*"]),
            rule(&["http://*.test:8080", "http://a.test"], &["GET", "PUT"], &["*"]),
            rule(&["*"], &["HEAD"], &[]),
        ];
        let configuration = CorsConfiguration { rules, response_vary: false };
        let check = |origin: &str, method: &str, headers: &[&str], expected: Option<usize>| {
            let found = configuration.rule(origin, method, headers);
            assert_eq!(found, expected.map(|at| &configuration.rules[at]), "{origin} {method} {headers:?}");
        };
        check("http://a.test", "GET", &[], Some(0));
        check("HTTP://A.test", "GET", &["X-Oss-Date"], Some(0));
        check("http://a.test", "GET", &["x-oss-date", "authorization"], Some(1));
        check("http://b.test:8080", "PUT", &[], Some(1));
        check("http://b.test", "PUT", &[], None);
        check("http://b.test", "put", &[], None);
        check("http://b.test", "HEAD", &[], Some(2));
        check("http://b.test", "HEAD", &["range"], None);
        check("null", "HEAD", &[], Some(2));
    }
}
