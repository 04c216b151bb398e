//! `coho mirror reset`.

use crate::cli::{
    admin_client::RunningStore,
    output::{Output, lines},
};
use clap::Args;
use coho_admin_api::{
    AdminOperation,
    mirror::{OriginReset, OriginResetRequest},
};

/// Close the circuit breaker of an origin and forget its failures, so that the next request asks it.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho mirror reset http://old-host:8080")]
pub(in crate::cli) struct Reset {
    /// Scheme, host and port, as `coho mirror status` shows them.
    origin: String,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    store: RunningStore,
}

impl Reset {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let request = OriginResetRequest { origin: self.origin };
        let client = self.store.client()?;
        // The route names no bucket.
        let reset: OriginReset = client.send_json(AdminOperation::ResetOrigin, "", &request)?.json()?;
        self.output.show(&reset, lines)
    }
}
