//! `coho website`: the website configuration of a bucket of a running store.

mod confirm;
mod delete;
mod get;
mod history;
mod put;
mod rollback;

pub(super) use confirm::confirm;
pub(super) use history::History;
pub(super) use rollback::Rollback;

use super::admin_client::{AdminClient, Seen};
use anyhow::Context;
use clap::Subcommand;
use coho_admin_api::AdminOperation;
use coho_oss::{
    ErrorCode,
    document::{website, website_text::shown},
};

#[derive(Debug, Subcommand)]
pub(super) enum WebsiteCommand {
    Get(get::Get),
    Put(put::Put),
    Delete(delete::Delete),
    History(History),
    Rollback(Rollback),
}

impl WebsiteCommand {
    pub(super) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Get(get) => get.run(),
            Self::Put(put) => put.run(),
            Self::Delete(delete) => delete.run(),
            Self::History(history) => history.run(),
            Self::Rollback(rollback) => rollback.run(),
        }
    }
}

/// The configuration in XML, with secrets masked, and its state; no XML if the bucket has none.
pub(super) fn fetch(client: &AdminClient, bucket: &str) -> anyhow::Result<(Option<Vec<u8>>, Seen)> {
    let answer = client.call(AdminOperation::GetWebsite, &[bucket], "")?;
    let code = answer.problem().map(|problem| problem.code);
    if code.is_some_and(|code| code == ErrorCode::NoSuchWebsiteConfiguration.as_str()) {
        return Ok((None, Seen::Nothing));
    }
    let etag = answer.etag.clone();
    let xml = answer.success()?;
    let etag = etag.context("the answer has no ETag; is the running store of another version?")?;
    Ok((Some(xml), Seen::Tag(etag)))
}

/// The configuration as it is compared, and its state; no text if there is none.
pub(super) fn fetch_shown(client: &AdminClient, bucket: &str) -> anyhow::Result<(Option<String>, Seen)> {
    let (xml, seen) = fetch(client, bucket)?;
    let Some(xml) = xml else { return Ok((None, seen)) };
    let stored = website::parse_stored(&xml).context("the stored configuration cannot be read")?;
    Ok((Some(shown(&stored)?), seen))
}
