//! `coho key rotate`.

use super::issued_text;
use crate::cli::{admin_client::RunningStore, output::Output, seconds::seconds};
use clap::Args;
use coho_admin_api::{
    AdminOperation,
    access::{IssuedAccessKey, RotationRequest},
};

/// Give an access key another secret, and show that this once.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho key rotate COHOABCDEFGHJKLMNPQR --grace 1d")]
pub(in crate::cli) struct Rotate {
    /// The id of the key.
    id: String,
    /// How long the old secret still works, such as 30m, 12h or 7d; it does not without this.
    #[arg(long, value_name = "TIME", value_parser = seconds, default_value = "0s")]
    grace: u64,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    store: RunningStore,
}

impl Rotate {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let asked = RotationRequest { grace_seconds: self.grace };
        let answer = self.store.client()?.send_json(AdminOperation::RotateAccessKey, &self.id, &asked)?;
        let issued: IssuedAccessKey = answer.json()?;
        self.output.show(&issued, issued_text)
    }
}
