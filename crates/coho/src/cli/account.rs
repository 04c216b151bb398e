//! `coho account`: the accounts of a running store, which own buckets.

use super::{
    admin_client::{RunningStore, shown},
    output::{Output, lines},
    say,
};
use clap::{Args, Subcommand};
use coho_admin_api::{
    AdminOperation,
    access::{AccountChange, AccountList, AccountSummary, NewAccount},
};
use std::fmt::Write;

#[derive(Debug, Subcommand)]
pub(super) enum AccountCommand {
    Create(CreateAccount),
    #[command(visible_alias = "ls")]
    List(ListAccounts),
    Rename(RenameAccount),
    #[command(visible_alias = "rm")]
    Delete(DeleteAccount),
}

/// Make an account.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho account create --display-name 'The other team'")]
pub(super) struct CreateAccount {
    /// Its id; sixteen random digits without it.
    id: Option<String>,
    /// What answers show beside the id.
    #[arg(long, value_name = "NAME")]
    display_name: Option<String>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    store: RunningStore,
}

/// List the accounts with their names and the number of their access keys.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho account list")]
pub(super) struct ListAccounts {
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    store: RunningStore,
}

/// Give an account another display name.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho account rename 1000000000000000 'Our team'")]
pub(super) struct RenameAccount {
    /// The id of the account.
    id: String,
    /// Its new display name.
    name: String,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    store: RunningStore,
}

/// Remove an account that has neither access keys, roles nor buckets.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho account delete 1000000000000002")]
pub(super) struct DeleteAccount {
    /// The id of the account.
    id: String,
    #[command(flatten)]
    store: RunningStore,
}

impl AccountCommand {
    pub(super) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Create(create) => create.run(),
            Self::List(list) => list.run(),
            Self::Rename(rename) => rename.run(),
            Self::Delete(delete) => delete.run(),
        }
    }
}

impl CreateAccount {
    fn run(self) -> anyhow::Result<()> {
        let asked = NewAccount { id: self.id, display_name: self.display_name };
        let account: AccountSummary =
            self.store.client()?.send_json(AdminOperation::CreateAccount, "", &asked)?.json()?;
        self.output.show(&account, lines)
    }
}

impl ListAccounts {
    fn run(self) -> anyhow::Result<()> {
        let accounts: AccountList = self.store.client()?.call(AdminOperation::ListAccounts, &[], "")?.json()?;
        self.output.show(&accounts, |AccountList { accounts }| {
            let mut out = String::new();
            for AccountSummary { id, display_name, access_keys, .. } in accounts {
                // Writing to a string cannot fail.
                let plural = if *access_keys == 1 { "" } else { "s" };
                let _ = writeln!(out, "{}  {}  {access_keys} access key{plural}", shown(id), shown(display_name));
            }
            out
        })
    }
}

impl RenameAccount {
    fn run(self) -> anyhow::Result<()> {
        let asked = AccountChange { display_name: self.name };
        let client = self.store.client()?;
        let account: AccountSummary = client.send_json(AdminOperation::ChangeAccount, &self.id, &asked)?.json()?;
        self.output.show(&account, lines)
    }
}

impl DeleteAccount {
    fn run(self) -> anyhow::Result<()> {
        self.store.client()?.call(AdminOperation::DeleteAccount, &[&self.id], "")?.success()?;
        say(format_args!("{} is deleted", self.id));
        Ok(())
    }
}
