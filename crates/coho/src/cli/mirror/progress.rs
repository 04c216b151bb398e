//! `coho mirror progress`.

use crate::cli::{
    admin_client::RunningStore,
    output::{Output, lines},
};
use clap::Args;
use coho_admin_api::{AdminOperation, mirror::MirrorProgress};

/// Show how far the migration of a bucket is, and what is not known.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho mirror progress photos")]
pub(in crate::cli) struct ShowProgress {
    /// The bucket.
    bucket: String,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    store: RunningStore,
}

impl ShowProgress {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let answer = self.store.client()?.call(AdminOperation::GetProgress, &[&self.bucket], "")?;
        let progress: MirrorProgress = answer.json()?;
        self.output.show(&progress, lines)
    }
}
