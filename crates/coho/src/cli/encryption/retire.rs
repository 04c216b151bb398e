//! `coho encryption retire`.

use super::job::end_of;
use crate::cli::{
    admin_client::RunningStore,
    output::{Output, lines},
};
use clap::Args;
use coho_admin_api::{
    AdminOperation,
    encryption::{EncryptionStatus, MasterKeyRetirementRequest},
};

/// Remove an old master key from the key file, if nothing is sealed by it.
///
/// Backups of the data folder from before the rotation need the old key: keep a copy of the key file with them.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho encryption retire 1f0c5a7e93b2d684")]
pub(in crate::cli) struct RetireMaster {
    /// The id of the key, as coho encryption status shows it.
    key: String,
    /// Temporary credentials that the key has sealed may end; without this they are waited for, 12 hours at most.
    #[arg(long)]
    end_sessions: bool,
    /// End at once; coho encryption status shows how far it is.
    #[arg(long)]
    no_wait: bool,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    store: RunningStore,
}

impl RetireMaster {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let client = self.store.client()?;
        let request = MasterKeyRetirementRequest { key: self.key.clone(), end_sessions: self.end_sessions };
        // The route names no bucket.
        let begun: EncryptionStatus = client.send_json(AdminOperation::RetireMasterKey, "", &request)?.json()?;
        if self.no_wait {
            return self.output.show(&begun, |status| crate::cli::printable(&lines(status)));
        }
        self.output.show(&end_of(&client, begun)?, |job| crate::cli::printable(&lines(job)))
    }
}
