//! `coho website rollback`.

use super::{confirm, fetch_shown, history};
use crate::{
    cli::{admin_client::RunningStore, say},
    website_text::difference,
};
use anyhow::Context;
use clap::Args;
use coho_admin_api::{AdminOperation, history::Restored};
use coho_oss::document::{website, website_text::shown};

/// Put an earlier website configuration of a bucket back, with the secrets that it had.
///
/// What changes is shown first, and you are asked. The configuration is checked as any other one that is put, and becomes
/// the newest version.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho website history photos\n  \
    coho website rollback photos 12")]
pub(in crate::cli) struct Rollback {
    /// The bucket.
    bucket: String,
    /// The version, as `coho website history` shows it.
    id: u64,
    /// Puts it back without asking, for scripts.
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    store: RunningStore,
}

impl Rollback {
    pub(in crate::cli) fn run(self) -> anyhow::Result<()> {
        let Self { bucket, id, yes, store } = self;
        let client = store.client()?;
        let version = history::version(&client, &bucket, id)?;
        if version.summary.current {
            say(format_args!("version {id} of bucket {bucket} is in force already"));
            return Ok(());
        }
        let wanted = match &version.xml {
            Some(xml) => shown(&website::parse_stored(xml.as_bytes()).context("the version cannot be read")?)?,
            None => String::new(),
        };
        let (current, seen) = fetch_shown(&client, &bucket)?;
        let current = current.unwrap_or_default();
        let question = format!("Put version {id} of the website configuration of bucket {bucket} back?");
        if !confirm(&difference(&current, &wanted), &question, yes, false)? {
            return Ok(());
        }
        let names = [bucket.as_str(), &id.to_string()];
        let answer = client.change(AdminOperation::RestoreWebsiteVersion, &names, &seen)?;
        let Restored { restored, current } = answer.json()?;
        say(format_args!("version {restored} of bucket {bucket} is in force again, as version {current}"));
        Ok(())
    }
}
