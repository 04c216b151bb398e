//! `coho status`: asks the admin address of a running store.

use super::{admin_client::RunningStore, say};
use clap::Args;

#[derive(Debug, Args)]
pub(super) struct Status {
    #[command(flatten)]
    store: RunningStore,
}

impl Status {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let status = self.store.client()?.get("/v1/status")?.success()?;
        let json: serde_json::Value = serde_json::from_slice(&status)?;
        say(format_args!("{json:#}"));
        Ok(())
    }
}
