//! `coho encryption status`.

use crate::cli::{
    admin_client::RunningStore,
    output::{Output, lines},
};
use clap::Args;
use coho_admin_api::{AdminOperation, encryption::EncryptionStatus};

/// Show the master keys, what each of them seals, and the job under way.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho encryption status --output json | jq .keys")]
pub(in crate::cli) struct ShowEncryption {
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    store: RunningStore,
}

impl ShowEncryption {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let status: EncryptionStatus = self.store.client()?.call(AdminOperation::GetEncryption, &[], "")?.json()?;
        self.output.show(&status, |status| crate::cli::printable(&lines(status)))
    }
}
