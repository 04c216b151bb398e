//! `coho mirror forget`.

use crate::cli::{
    admin_client::{RunningStore, encoded},
    output::{Output, lines},
};
use clap::Args;
use coho_admin_api::{AdminOperation, mirror::Forgotten};

/// Forget missing objects of origins, so that the next request asks them again.
///
/// Misses are remembered only where `coho mirror set BUCKET --missing-seconds` or the configuration says so. New rules forget
/// them as well.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho mirror forget photos\n  \
    coho mirror forget photos 2024/cat.jpg\n  \
    coho mirror forget photos --prefix 2024/")]
pub(in crate::cli) struct Forget {
    /// The bucket.
    bucket: String,
    /// One object; without it and a prefix, all of the bucket.
    #[arg(conflicts_with = "prefix")]
    key: Option<String>,
    /// All objects whose names begin so.
    #[arg(long)]
    prefix: Option<String>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    store: RunningStore,
}

impl Forget {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let which = match (&self.key, &self.prefix) {
            (Some(key), _) => format!("key={}", encoded(key)),
            (None, Some(prefix)) => format!("prefix={}", encoded(prefix)),
            (None, None) => String::new(),
        };
        let client = self.store.client()?;
        let forgotten: Forgotten = client.call(AdminOperation::ForgetMissing, &[&self.bucket], &which)?.json()?;
        self.output.show(&forgotten, lines)
    }
}
