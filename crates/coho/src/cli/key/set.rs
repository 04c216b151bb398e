//! `coho key disable`, `coho key enable` and `coho key rights`.

use crate::cli::{
    admin_client::RunningStore,
    output::{Output, lines},
};
use clap::Args;
use coho_admin_api::{
    AdminOperation,
    access::{AccessKey, AccessKeyChange},
};

/// Refuse requests with an access key, and with the sessions that were made with it, from the next one on.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho key disable COHOABCDEFGHJKLMNPQR")]
pub(in crate::cli) struct Disable {
    #[command(flatten)]
    key: NamedKey,
}

/// Accept requests with an access key again.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho key enable COHOABCDEFGHJKLMNPQR")]
pub(in crate::cli) struct Enable {
    #[command(flatten)]
    key: NamedKey,
}

/// Change what an access key may do, from the next request on.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho key rights COHOABCDEFGHJKLMNPQR read-only:photos read-write:photos/inbox/")]
pub(in crate::cli) struct Rights {
    #[command(flatten)]
    key: NamedKey,
    /// Its rights from now on, as for `coho key create`.
    #[arg(required = true, value_name = "RIGHT")]
    rights: Vec<String>,
}

#[derive(Debug, Args)]
struct NamedKey {
    /// The id of the key.
    id: String,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    store: RunningStore,
}

impl NamedKey {
    fn change(self, change: &AccessKeyChange) -> anyhow::Result<()> {
        let client = self.store.client()?;
        let key: AccessKey = client.send_json(AdminOperation::ChangeAccessKey, &self.id, change)?.json()?;
        self.output.show(&key, lines)
    }
}

impl Disable {
    pub(super) fn run(self) -> anyhow::Result<()> {
        self.key.change(&AccessKeyChange { enabled: Some(false), rights: None })
    }
}

impl Enable {
    pub(super) fn run(self) -> anyhow::Result<()> {
        self.key.change(&AccessKeyChange { enabled: Some(true), rights: None })
    }
}

impl Rights {
    pub(super) fn run(self) -> anyhow::Result<()> {
        self.key.change(&AccessKeyChange { enabled: None, rights: Some(self.rights) })
    }
}
