//! `coho website history`.

use crate::cli::{
    admin_client::{AdminClient, RunningStore},
    output::Output,
};
use clap::Args;
use coho_admin_api::{
    AdminOperation,
    history::{WebsiteAction, WebsiteVersionDetail, WebsiteVersionPage, WebsiteVersionSummary},
};
use std::fmt::Write;

/// Show the earlier website configurations of a bucket, or one of them with what it changed.
///
/// Every change of the configuration is a version, through every interface. The number of versions that are kept is the setting
/// `history.website_versions`. Secrets are masked.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    coho website history photos\n  \
    coho website history photos 12                  what version 12 changed\n  \
    coho website history photos 12 --output json | jq -r .xml")]
pub(in crate::cli) struct History {
    /// The bucket.
    bucket: String,
    /// The version to show.
    id: Option<u64>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    store: RunningStore,
}

impl History {
    pub(in crate::cli) fn run(self) -> anyhow::Result<()> {
        let client = self.store.client()?;
        match self.id {
            Some(id) => {
                let detail = version(&client, &self.bucket, id)?;
                self.output.show(&detail, detail_text)
            }
            None => {
                let page = all(&client, &self.bucket)?;
                self.output.show(&page, |page| table(&self.bucket, &page.versions))
            }
        }
    }
}

/// One version with its document.
pub(super) fn version(client: &AdminClient, bucket: &str, id: u64) -> anyhow::Result<WebsiteVersionDetail> {
    client.call(AdminOperation::GetWebsiteVersion, &[bucket, &id.to_string()], "")?.json()
}

/// Every version that is kept: at most as many as one page may have.
fn all(client: &AdminClient, bucket: &str) -> anyhow::Result<WebsiteVersionPage> {
    let max = coho_model::MAX_WEBSITE_VERSIONS;
    client.call(AdminOperation::ListWebsiteVersions, &[bucket], &format!("max={max}"))?.json()
}

fn table(bucket: &str, versions: &[WebsiteVersionSummary]) -> String {
    if versions.is_empty() {
        return format!("bucket {bucket} never had a website configuration");
    }
    versions.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn line(version: &WebsiteVersionSummary) -> String {
    let WebsiteVersionSummary { id, at, author, action, rules, current } = version;
    let content = match (action, rules) {
        (WebsiteAction::Delete, _) => "removed".to_owned(),
        (WebsiteAction::Put, 1) => "1 rule".to_owned(),
        (WebsiteAction::Put, rules) => format!("{rules} rules"),
    };
    let (at, author) =
        (at.as_deref().unwrap_or("before the history"), if author.is_empty() { "unknown" } else { author });
    let mark = if *current { "  current" } else { "" };
    format!("{id:>5}  {at:<24}  {author:<24}  {content:<8}{mark}").trim_end().to_owned()
}

fn detail_text(detail: &WebsiteVersionDetail) -> String {
    let mut out = line(&detail.summary);
    // Writing to a string cannot fail.
    let _ = match (&detail.diff, &detail.xml) {
        (Some(diff), _) => write!(out, "\n{diff}"),
        (None, Some(xml)) => write!(out, "\nThe version before it is not kept. The document:\n{xml}"),
        (None, None) => Ok(()),
    };
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_lines() {
        let version = |id: u64, at: Option<&str>, author: &str, action, rules, current| WebsiteVersionSummary {
            id: id.to_string(),
            at: at.map(str::to_owned),
            author: author.into(),
            action,
            rules,
            current,
        };
        let versions = [
            version(3, Some("2026-11-30T08:00:00.000Z"), "admin", WebsiteAction::Put, 2, true),
            version(2, Some("2026-11-29T08:00:00.000Z"), "LTAI1", WebsiteAction::Delete, 0, false),
            version(1, None, "", WebsiteAction::Put, 1, false),
        ];
        assert_eq!(
            table("b", &versions),
            "    3  2026-11-30T08:00:00.000Z  admin                     2 rules   current\n    \
             2  2026-11-29T08:00:00.000Z  LTAI1                     removed\n    \
             1  before the history        unknown                   1 rule"
        );
        assert_eq!(table("b", &[]), "bucket b never had a website configuration");
    }
}
