//! `coho key delete`.

use crate::cli::{admin_client::RunningStore, say};
use clap::Args;
use coho_admin_api::AdminOperation;

/// Remove an access key, and end the sessions that were made with it.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho key delete COHOABCDEFGHJKLMNPQR")]
pub(in crate::cli) struct DeleteKey {
    /// The id of the key.
    id: String,
    #[command(flatten)]
    store: RunningStore,
}

impl DeleteKey {
    pub(super) fn run(self) -> anyhow::Result<()> {
        self.store.client()?.call(AdminOperation::DeleteAccessKey, &[&self.id], "")?.success()?;
        say(format_args!("{} is deleted", self.id));
        Ok(())
    }
}
