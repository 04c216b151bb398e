//! `coho role create`.

use crate::cli::{
    admin_client::RunningStore,
    output::{Output, lines},
    seconds::seconds,
};
use clap::Args;
use coho_admin_api::{
    AdminOperation,
    role::{NewRole, RoleSummary},
};

/// Make a role, which access keys assume with AssumeRole of STS.
#[derive(Debug, Args)]
#[command(after_help = "Rights are those of `coho key create`, but for admin.\n\n\
    Example:\n  \
    coho role create readers --rights read-only:photos --trust key:COHOABCDEFGHJKLMNPQR\n  \
    coho role create deploy --rights read-write:site --external-id ci-7 --max-session 15m")]
pub(in crate::cli) struct CreateRole {
    /// Its name, of letters, digits and '-'.
    name: String,
    /// The account that its sessions act for; otherwise that of the first key of the credentials file.
    #[arg(long, value_name = "ACCOUNT")]
    account: Option<String>,
    /// What its sessions may do; full without it. Can be repeated.
    #[arg(long, value_name = "RIGHT")]
    rights: Vec<String>,
    /// Which keys may assume it: account:ACCOUNT for those of an account with the right full, or key:ID; the role's own account
    /// without it. Can be repeated.
    #[arg(long, value_name = "PRINCIPAL")]
    trust: Vec<String>,
    /// What a client must name to assume it.
    #[arg(long, value_name = "ID")]
    external_id: Option<String>,
    /// How long a session may last: from 15m to 12h; an hour without it.
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    max_session: Option<u64>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    store: RunningStore,
}

impl CreateRole {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let asked = NewRole {
            name: self.name,
            account: self.account,
            rights: Some(self.rights).filter(|rights| !rights.is_empty()),
            trusted: Some(self.trust).filter(|trust| !trust.is_empty()),
            external_id: self.external_id,
            max_session_seconds: self.max_session,
        };
        let role: RoleSummary = self.store.client()?.send_json(AdminOperation::CreateRole, "", &asked)?.json()?;
        self.output.show(&role, lines)
    }
}
