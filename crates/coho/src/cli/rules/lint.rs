//! `coho rules lint`.

use crate::{
    cli::output::Output,
    website_text::{Format, Source},
};
use clap::Args;
use coho_model::website::WebsiteConfiguration;
use coho_rules::{Finding, OwnEndpoints, lint};
use serde::Serialize;
use std::path::PathBuf;

/// Find probable mistakes in a configuration.
///
/// Rules that never apply, rules that an earlier rule hides, redirect loops, origins that are this store itself,
/// elements without effect. One finding a line; a rule is named by its RuleNumber. Needs no running
/// store. Ends with code 1 if there are findings, and with 2 if the file is not a valid configuration.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho rules lint photos.yaml --base-domain oss.example.com --endpoint http://10.0.0.5:9000\n\n\
    finds a rule that would fetch from http://photos.oss.example.com/, that is from the bucket itself.")]
pub(in crate::cli) struct Lint {
    /// The configuration (XML, JSON or YAML); `-` for standard input.
    file: PathBuf,
    /// Format of the file.  [default: by its extension, else by its first character]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// The bucket of the configuration.  [default: any of this store]
    bucket: Option<String>,
    /// Domain of this store, to which a bucket's name is prepended; may be repeated.
    #[arg(long = "base-domain", value_name = "DOMAIN")]
    base_domains: Vec<String>,
    /// Address of this store, with the bucket's name in the path; may be repeated.
    #[arg(long = "endpoint", value_name = "URL")]
    endpoints: Vec<String>,
    #[command(flatten)]
    output: Output,
}

/// What was found.
#[derive(Debug, Serialize)]
struct LintReport {
    findings: Vec<LintFinding>,
    notes: Vec<String>,
}

#[derive(Debug, Serialize)]
struct LintFinding {
    rule: Option<u32>,
    element: Option<String>,
    code: &'static str,
    text: String,
}

impl Lint {
    /// Returns whether the configuration has no findings.
    pub(super) fn run(self) -> anyhow::Result<bool> {
        let source = Source::read(&self.file, self.format)?;
        let findings = self.findings(&source.website);
        let shown = |finding: &Finding| LintFinding {
            rule: finding.rule,
            element: finding.problem.element().map(str::to_owned),
            code: finding.problem.code(),
            text: finding.to_string(),
        };
        let found = LintReport { findings: findings.iter().map(shown).collect(), notes: source.suggestions };
        self.output.show(&found, table)?;
        Ok(findings.is_empty())
    }

    fn findings(&self, website: &WebsiteConfiguration) -> Vec<Finding> {
        let base_domains: Vec<&str> = self.base_domains.iter().map(|domain| domain.trim_matches('.')).collect();
        let hosts: Vec<&str> = self.endpoints.iter().map(|endpoint| host_of(endpoint)).collect();
        lint(website, &OwnEndpoints { bucket: self.bucket.as_deref(), base_domains: &base_domains, hosts: &hosts })
    }
}

fn table(found: &LintReport) -> String {
    let notes = found.notes.iter().map(|note| format!("note: {note}"));
    let lines: Vec<_> = found.findings.iter().map(|finding| finding.text.clone()).chain(notes).collect();
    if lines.is_empty() { "no findings".to_owned() } else { lines.join("\n") }
}

/// The host of a URL, with its port unless it is the usual one; a host alone is taken as it is.
fn host_of(endpoint: &str) -> &str {
    let (usual_port, rest) = match endpoint.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => (":443", rest),
        Some((_, rest)) => (":80", rest),
        None => (":80", endpoint),
    };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    host.strip_suffix(usual_port).unwrap_or(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_is_compared_by_host_and_port() {
        for (endpoint, host) in [
            ("http://a.test:9000/", "a.test:9000"),
            ("http://a.test:80", "a.test"),
            ("HTTPS://a.test:443/x", "a.test"),
            ("https://a.test:80", "a.test:80"),
            ("a.test:9000", "a.test:9000"),
            ("", ""),
        ] {
            assert_eq!(host_of(endpoint), host);
        }
    }
}
