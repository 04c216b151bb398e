//! `coho rules lint`.

use super::{FOUND, INVALID, online};
use crate::{
    cli::{admin_client::RunningStore, output::Output},
    website_text::{Format, Source, WebsiteDraft},
};
use anyhow::{Context, bail};
use clap::Args;
use coho_model::{BucketName, website::WebsiteConfiguration};
use coho_rules::{Finding, OwnEndpoints, lint};
use serde::Serialize;
use std::{path::Path, process::ExitCode};

/// What names a bucket and never a file.
const BUCKET_SCHEME: &str = "oss://";

/// Find probable mistakes in a configuration.
///
/// Rules that never apply, rules that an earlier rule hides, redirect loops, origins that are this store itself,
/// elements without effect. One finding a line; a rule is named by its RuleNumber. A file needs no running store, unless
/// --draft-of names a bucket: then the store checks it as a put to that bucket, and as the console does. Ends with code 1 if
/// there are findings, and with 2 if the file is not a valid configuration.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    coho rules lint photos.yaml --base-domain oss.example.com --endpoint http://10.0.0.5:9000\n  \
    coho rules lint photos.yaml --draft-of photos   what a put to the bucket would say\n  \
    coho rules lint photos                          what is stored\n\n\
    The first one finds a rule that would fetch from http://photos.oss.example.com/, that is from the bucket itself.")]
pub(in crate::cli) struct Lint {
    /// A file with the configuration (XML, JSON or YAML), `-` for standard input; else a bucket of the running store, also as
    /// oss://BUCKET.
    #[arg(value_name = "FILE|BUCKET")]
    what: String,
    /// Format of the file.  [default: by its extension, else by its first character]
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// The bucket of the configuration in the file.  [default: any of this store]
    #[arg(value_name = "OWN_BUCKET")]
    bucket: Option<String>,
    /// Domain of this store, to which a bucket's name is prepended; may be repeated.
    #[arg(long = "base-domain", value_name = "DOMAIN")]
    base_domains: Vec<String>,
    /// Address of this store, with the bucket's name in the path; may be repeated.
    #[arg(long = "endpoint", value_name = "URL")]
    endpoints: Vec<String>,
    /// Lets the running store check the file as a draft of this bucket's configuration. Nothing is stored.
    #[arg(long, value_name = "BUCKET", conflicts_with_all = ["bucket", "base_domains", "endpoints"])]
    draft_of: Option<String>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    store: RunningStore,
}

/// What was found.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct LintReport {
    pub(super) findings: Vec<LintFinding>,
    pub(super) notes: Vec<String>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct LintFinding {
    /// Whether the configuration cannot be stored because of it.
    pub(super) is_error: bool,
    pub(super) rule: Option<u32>,
    pub(super) element: Option<String>,
    pub(super) code: String,
    pub(super) text: String,
}

impl Lint {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let report = self.report()?;
        self.output.show(&report, table)?;
        Ok(match report.findings.as_slice() {
            [] => ExitCode::SUCCESS,
            findings if findings.iter().any(|finding| finding.is_error) => ExitCode::from(INVALID),
            _ => ExitCode::from(FOUND),
        })
    }

    fn report(&self) -> anyhow::Result<LintReport> {
        if let Some(bucket) = &self.draft_of {
            let draft = WebsiteDraft::read(Path::new(&self.what), self.format)?;
            return online::check(&self.store.client()?, bucket, &draft);
        }
        match self.named_bucket()? {
            Some(bucket) => online::check_stored(&self.store.client()?, &bucket),
            None => self.check_file(),
        }
    }

    /// The bucket, if no file is meant. A file comes first; `oss://` names a bucket of the same name.
    fn named_bucket(&self) -> anyhow::Result<Option<String>> {
        let (name, is_bucket) = match self.what.strip_prefix(BUCKET_SCHEME) {
            Some(name) => (name.trim_end_matches('/'), true),
            None => (self.what.as_str(), false),
        };
        if !is_bucket && (name == "-" || Path::new(name).exists()) {
            return Ok(None);
        }
        if let Err(error) = BucketName::parse(name) {
            let file = if is_bucket { "" } else { "no such file, and " };
            return Err(error).with_context(|| format!("{file}{name:?} names no bucket"));
        }
        if self.bucket.is_some() || self.format.is_some() || !self.base_domains.is_empty() || !self.endpoints.is_empty()
        {
            bail!(
                "no file {name:?}; for the configuration of a bucket the only options are --data-dir, --profile and --output"
            );
        }
        Ok(Some(name.to_owned()))
    }

    fn check_file(&self) -> anyhow::Result<LintReport> {
        let source = Source::read(Path::new(&self.what), self.format)?;
        let shown = |finding: &Finding| LintFinding {
            is_error: false,
            rule: finding.rule,
            element: finding.problem.element().map(str::to_owned),
            code: finding.problem.code().to_owned(),
            text: finding.to_string(),
        };
        let findings = self.findings(&source.website).iter().map(shown).collect();
        Ok(LintReport { findings, notes: source.suggestions })
    }

    fn findings(&self, website: &WebsiteConfiguration) -> Vec<Finding> {
        let base_domains: Vec<&str> = self.base_domains.iter().map(|domain| domain.trim_matches('.')).collect();
        let hosts: Vec<&str> = self.endpoints.iter().map(|endpoint| host_of(endpoint)).collect();
        lint(website, &OwnEndpoints { bucket: self.bucket.as_deref(), base_domains: &base_domains, hosts: &hosts })
    }
}

fn table(found: &LintReport) -> String {
    let notes = found.notes.iter().map(|note| format!("note: {note}"));
    let shown = |finding: &LintFinding| format!("{}{}", if finding.is_error { "error: " } else { "" }, finding.text);
    let lines: Vec<_> = found.findings.iter().map(shown).chain(notes).collect();
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
