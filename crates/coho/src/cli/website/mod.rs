//! `coho website`: the website configuration of a bucket of a running store.

mod confirm;
mod delete;
mod get;
mod put;

pub(super) use confirm::confirm;

use super::admin_client::{AdminClient, encoded};
use crate::website_text::shown;
use anyhow::Context;
use clap::Subcommand;
use coho_oss::document::website;

#[derive(Debug, Subcommand)]
pub(super) enum WebsiteCommand {
    Get(get::Get),
    Put(put::Put),
    Delete(delete::Delete),
}

impl WebsiteCommand {
    pub(super) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Get(get) => get.run(),
            Self::Put(put) => put.run(),
            Self::Delete(delete) => delete.run(),
        }
    }
}

fn path(bucket: &str) -> String {
    format!("/v1/buckets/{}/website", encoded(bucket))
}

/// The configuration in XML, with secrets masked; none if the bucket has none.
fn fetch(client: &AdminClient, bucket: &str) -> anyhow::Result<Option<Vec<u8>>> {
    let answer = client.get(&path(bucket))?;
    if is_without(answer.status, &answer.text()) { Ok(None) } else { answer.success().map(Some) }
}

/// Whether the bucket exists and has no configuration. A missing bucket has the same status.
fn is_without(status: u16, text: &str) -> bool {
    status == 404 && (text.is_empty() || text.contains("NoSuchWebsiteConfiguration"))
}

/// The configuration as it is compared; an empty text if there is none.
pub(super) fn fetch_shown(client: &AdminClient, bucket: &str) -> anyhow::Result<Option<String>> {
    let Some(xml) = fetch(client, bucket)? else { return Ok(None) };
    let stored = website::parse_stored(&xml).context("the stored configuration cannot be read")?;
    shown(&stored).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_bucket_is_not_one_without_a_configuration() {
        assert!(is_without(404, "NoSuchWebsiteConfiguration: The specified bucket does not have one."));
        assert!(is_without(404, ""));
        assert!(!is_without(404, "NoSuchBucket: The specified bucket does not exist."));
        assert!(!is_without(404, "there is nothing here"));
        assert!(!is_without(500, ""));
        assert_eq!(path("a/b c"), "/v1/buckets/a%2Fb%20c/website");
    }
}
