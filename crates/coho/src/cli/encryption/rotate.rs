//! `coho encryption rotate`.

use super::job::end_of;
use crate::cli::{
    admin_client::RunningStore,
    output::{Output, lines},
};
use clap::Args;
use coho_admin_api::{
    AdminOperation,
    encryption::{EncryptionStatus, MasterKeyRotationRequest},
};

/// Make a new master key, and have it seal everything that older ones seal.
///
/// Bodies are not written again. Afterwards, keep a copy of the key file, and retire the old key with coho encryption retire.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    coho encryption rotate\n  \
    coho encryption rotate --no-new-key")]
pub(in crate::cli) struct RotateMaster {
    /// Make no key: have the active one seal what older ones still seal, and count what each key seals.
    #[arg(long)]
    no_new_key: bool,
    /// End at once; coho encryption status shows how far it is.
    #[arg(long)]
    no_wait: bool,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    store: RunningStore,
}

impl RotateMaster {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let client = self.store.client()?;
        let request = MasterKeyRotationRequest { new_key: !self.no_new_key };
        // The route names no bucket.
        let begun: EncryptionStatus = client.send_json(AdminOperation::RotateMasterKey, "", &request)?.json()?;
        if self.no_wait {
            return self.output.show(&begun, |status| crate::cli::printable(&lines(status)));
        }
        self.output.show(&end_of(&client, begun)?, |job| crate::cli::printable(&lines(job)))
    }
}
