//! `coho website delete`.

use super::{confirm::confirm, fetch_shown};
use crate::{
    cli::{admin_client::RunningStore, say},
    website_text::difference,
};
use clap::Args;
use coho_admin_api::AdminOperation;

/// Remove the website configuration of a bucket: pages and rules.
///
/// Objects stay, those that were fetched by a rule as well; missing ones are not fetched any more. What is removed is
/// shown first, and you are asked.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho website get photos before.yaml     keeps a copy, but for secrets\n  \
    coho website delete photos")]
pub(in crate::cli) struct Delete {
    /// The bucket.
    bucket: String,
    /// Removes without asking, for scripts.
    #[arg(long, short)]
    yes: bool,
    #[command(flatten)]
    store: RunningStore,
}

impl Delete {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let Self { bucket, yes, store } = self;
        let client = store.client()?;
        let (Some(stored), seen) = fetch_shown(&client, &bucket)? else {
            say(format_args!("bucket {bucket} has no website configuration"));
            return Ok(());
        };
        let question = format!("Remove the website configuration of bucket {bucket}?");
        if confirm(&difference(&stored, ""), &question, yes, false)? {
            client.change(AdminOperation::DeleteWebsite, &[&bucket], &seen)?.success()?;
            say(format_args!("removed the website configuration of bucket {bucket}"));
        }
        Ok(())
    }
}
