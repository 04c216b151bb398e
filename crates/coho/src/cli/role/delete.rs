//! `coho role delete`.

use crate::cli::{admin_client::RunningStore, say};
use clap::Args;
use coho_admin_api::AdminOperation;

/// Remove a role, and end its sessions.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho role delete readers")]
pub(in crate::cli) struct DeleteRole {
    /// Its name, its id or its ARN.
    role: String,
    #[command(flatten)]
    store: RunningStore,
}

impl DeleteRole {
    pub(super) fn run(self) -> anyhow::Result<()> {
        self.store.client()?.call(AdminOperation::DeleteRole, &[&self.role], "")?.success()?;
        say(format_args!("{} is deleted", self.role));
        Ok(())
    }
}
