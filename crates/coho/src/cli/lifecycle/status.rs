//! `coho lifecycle status`.

use crate::cli::{
    admin_client::RunningStore,
    output::{Output, lines},
};
use clap::Args;
use coho_admin_api::{AdminOperation, lifecycle::LifecycleStatus};

/// Show the present run of lifecycle rules, the last one, and when the next one begins.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho lifecycle status")]
pub(in crate::cli) struct Status {
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    store: RunningStore,
}

impl Status {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let status: LifecycleStatus = self.store.client()?.call(AdminOperation::GetLifecycleStatus, &[], "")?.json()?;
        self.output.show(&status, lines)
    }
}
