//! `coho role set`, `coho role enable` and `coho role disable`.

use crate::cli::{
    admin_client::RunningStore,
    output::{Output, lines},
    seconds::seconds,
};
use clap::Args;
use coho_admin_api::{
    AdminOperation,
    role::{RoleChange, RoleSummary},
};

/// Change a role, and what its sessions may do, from the next request on. What is not named stays.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho role set readers --rights read-only:photos --rights read-only:films\n  \
    coho role set deploy --no-external-id")]
pub(in crate::cli) struct SetRole {
    #[command(flatten)]
    role: NamedRole,
    #[command(flatten)]
    change: NewSettings,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = true)]
struct NewSettings {
    /// What its sessions may do from now on, as for `coho role create`. Can be repeated.
    #[arg(long, value_name = "RIGHT")]
    rights: Vec<String>,
    /// Which keys may assume it from now on, as for `coho role create`. Can be repeated.
    #[arg(long, value_name = "PRINCIPAL")]
    trust: Vec<String>,
    /// What a client must name to assume it.
    #[arg(long, value_name = "ID")]
    external_id: Option<String>,
    /// A client need name nothing to assume it.
    #[arg(long, conflicts_with = "external_id")]
    no_external_id: bool,
    /// How long a new session may last: from 15m to 12h.
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    max_session: Option<u64>,
}

/// Refuse to let keys assume a role, and refuse its sessions, from the next request on.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho role disable readers")]
pub(in crate::cli) struct DisableRole {
    #[command(flatten)]
    role: NamedRole,
}

/// Accept a role and its sessions again.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho role enable readers")]
pub(in crate::cli) struct EnableRole {
    #[command(flatten)]
    role: NamedRole,
}

#[derive(Debug, Args)]
struct NamedRole {
    /// Its name, its id or its ARN.
    role: String,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    store: RunningStore,
}

impl NamedRole {
    fn change(self, change: &RoleChange) -> anyhow::Result<()> {
        let client = self.store.client()?;
        let role: RoleSummary = client.send_json(AdminOperation::ChangeRole, &self.role, change)?.json()?;
        self.output.show(&role, lines)
    }
}

impl SetRole {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let NewSettings { rights, trust, external_id, no_external_id, max_session } = self.change;
        self.role.change(&RoleChange {
            enabled: None,
            rights: Some(rights).filter(|rights| !rights.is_empty()),
            trusted: Some(trust).filter(|trust| !trust.is_empty()),
            external_id: if no_external_id { Some(String::new()) } else { external_id },
            max_session_seconds: max_session,
        })
    }
}

impl DisableRole {
    pub(super) fn run(self) -> anyhow::Result<()> {
        self.role.change(&RoleChange { enabled: Some(false), ..RoleChange::default() })
    }
}

impl EnableRole {
    pub(super) fn run(self) -> anyhow::Result<()> {
        self.role.change(&RoleChange { enabled: Some(true), ..RoleChange::default() })
    }
}
