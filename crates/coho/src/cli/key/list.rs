//! `coho key list`.

use crate::cli::{
    admin_client::{RunningStore, shown},
    output::Output,
};
use clap::Args;
use coho_admin_api::{
    AdminOperation,
    access::{AccessKey, AccessKeySource, AccessKeys},
};
use std::fmt::Write;

/// List the access keys with their state, account, rights and last use, without secrets.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho key list")]
pub(in crate::cli) struct ListKeys {
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    store: RunningStore,
}

impl ListKeys {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let keys: AccessKeys = self.store.client()?.call(AdminOperation::ListAccessKeys, &[], "")?.json()?;
        self.output.show(&keys, text)
    }
}

fn text(keys: &AccessKeys) -> String {
    let mut out = String::new();
    for AccessKey { id, account, source, state, rights, last_used_at, expires_at, .. } in &keys.keys {
        let used = last_used_at.as_deref().unwrap_or("never");
        let rights: Vec<_> = rights.iter().map(|right| shown(right)).collect();
        let (account, rights) = (shown(account), rights.join(","));
        // Writing to a string cannot fail.
        let _ = write!(out, "{id}  {}  {account}  {rights}  used {used}", state.as_str());
        if let Some(expires) = expires_at {
            let _ = write!(out, "  expires {expires}");
        }
        out += if *source == AccessKeySource::Stored { "\n" } else { "  of the configuration\n" };
    }
    out
}
