//! `coho key create`.

use super::issued_text;
use crate::cli::{admin_client::RunningStore, output::Output, seconds::seconds};
use clap::Args;
use coho_admin_api::{
    AdminOperation,
    access::{IssuedAccessKey, NewAccessKey},
};

/// Make an access key, and show its secret this once. It works from the next request on.
#[derive(Debug, Args)]
#[command(
    after_help = "Rights: admin, full, read-write and read-only; the last three also as full:BUCKET, and the last two as\n\
    read-only:BUCKET/PREFIX. Several can be named.\n\n\
    Example:\n  \
    coho key create --rights read-only:photos --rights read-write:photos/inbox/\n  \
    coho key create --account 1000000000000002 --display-name 'The other team'\n  \
    coho key create --expires 1h --output json"
)]
pub(in crate::cli) struct CreateKey {
    /// The account that the key acts for; it is made if it does not exist. Otherwise that of the first key of the credentials file.
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
    /// The display name of the account, if it is made.
    #[arg(long, value_name = "NAME", requires = "account")]
    display_name: Option<String>,
    /// What the key may do; full without it. Can be repeated.
    #[arg(long, value_name = "RIGHT")]
    rights: Vec<String>,
    /// Make a temporary key, with a security token, that is refused after this time, such as 30m, 12h or 7d.
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    expires: Option<u64>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    store: RunningStore,
}

impl CreateKey {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let asked = NewAccessKey {
            account: self.account,
            display_name: self.display_name,
            rights: Some(self.rights).filter(|rights| !rights.is_empty()),
            expires_seconds: self.expires,
        };
        let answer = self.store.client()?.send_json(AdminOperation::CreateAccessKey, "", &asked)?;
        let issued: IssuedAccessKey = answer.json()?;
        self.output.show(&issued, issued_text)
    }
}
