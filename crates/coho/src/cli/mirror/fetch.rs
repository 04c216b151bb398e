//! `coho mirror fetch`.

use crate::cli::{
    admin_client::RunningStore,
    output::{Output, lines},
};
use clap::Args;
use coho_admin_api::{
    AdminOperation,
    mirror::{FetchObjectRequest, FetchObjectResult},
};

/// Fetch a missing object as a GET would, without waiting for it: a retry of a fetch that has failed.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho mirror fetch photos 2024/cat.jpg")]
pub(in crate::cli) struct FetchOne {
    /// The bucket.
    bucket: String,
    /// The object.
    key: String,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    store: RunningStore,
}

impl FetchOne {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let request = FetchObjectRequest { key: self.key };
        let answer = self.store.client()?.send_json(AdminOperation::FetchObject, &self.bucket, &request)?;
        let result: FetchObjectResult = answer.json()?;
        self.output.show(&result, lines)
    }
}
