//! `coho mirror missing`.

use crate::cli::{
    admin_client::{RunningStore, encoded, shown},
    output::Output,
};
use clap::Args;
use coho_admin_api::{
    AdminOperation,
    mirror::{MissingKeys, MissingObject},
};
use std::fmt::Write;

/// List the missing objects of origins that are remembered, a page at a time.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho mirror missing photos --prefix 2024/")]
pub(in crate::cli) struct MissingList {
    /// The bucket.
    bucket: String,
    /// Only objects whose names begin so.
    #[arg(long)]
    prefix: Option<String>,
    /// Only objects after this one.
    #[arg(long)]
    after: Option<String>,
    /// Most objects that are shown.
    #[arg(long, default_value_t = 100)]
    max: u64,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    store: RunningStore,
}

impl MissingList {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let mut query = format!("max={}", self.max);
        for (name, value) in [("prefix", &self.prefix), ("after", &self.after)] {
            if let Some(value) = value {
                query += &format!("&{name}={}", encoded(value));
            }
        }
        let client = self.store.client()?;
        let page = client.call(AdminOperation::ListMissing, &[&self.bucket], &query)?.json()?;
        self.output.show(&page, text)
    }
}

fn text(page: &MissingKeys) -> String {
    let mut out = String::new();
    for MissingObject { key, at, expires_in_ms, .. } in &page.missing {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{at}  for {:.0} s more  {}", *expires_in_ms as f64 / 1000.0, shown(key));
    }
    match &page.next_after {
        Some(next) => out + &format!("more after {}", shown(next)),
        None => out + "no more",
    }
}
