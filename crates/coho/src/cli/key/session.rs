//! `coho key session`.

use crate::cli::{admin_client::RunningStore, output::Output, seconds::seconds};
use anyhow::Context;
use clap::Args;
use coho_admin_api::{
    AdminOperation,
    access::{IssuedKeySession, NewKeySession},
};
use std::path::PathBuf;

/// Make temporary credentials with an access key, which a policy may limit, and show them this once.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho key session COHOABCDEFGHJKLMNPQR --expires 15m --policy policy.json")]
pub(in crate::cli) struct MakeSession {
    /// The id of the key. The credentials may do what it may, and end with it.
    id: String,
    /// How long they last: from 15m to 12h.
    #[arg(long, value_name = "TIME", value_parser = seconds, default_value = "1h")]
    expires: u64,
    /// A policy in JSON that limits them further; its statements name no principal.
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    store: RunningStore,
}

impl MakeSession {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let read =
            |path: &PathBuf| std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()));
        let policy = self.policy.as_ref().map(read).transpose()?;
        let asked = NewKeySession { expires_seconds: self.expires, policy };
        let answer = self.store.client()?.send_json(AdminOperation::CreateSession, &self.id, &asked)?;
        let issued: IssuedKeySession = answer.json()?;
        self.output.show(&issued, |issued| {
            format!(
                "access key id:     {}\naccess key secret: {}\nsecurity token:    {}\nexpires:           {}\n\
                 They are not shown again.",
                issued.access_key_id, issued.access_key_secret, issued.security_token, issued.expires_at
            )
        })
    }
}
