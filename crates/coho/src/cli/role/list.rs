//! `coho role list`.

use crate::cli::{
    admin_client::{RunningStore, shown},
    output::Output,
};
use clap::Args;
use coho_admin_api::{
    AdminOperation,
    role::{RoleList, RoleSummary},
};
use std::fmt::Write;

/// List the roles with their state, rights and who may assume them.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho role list")]
pub(in crate::cli) struct ListRoles {
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    store: RunningStore,
}

impl ListRoles {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let roles: RoleList = self.store.client()?.call(AdminOperation::ListRoles, &[], "")?.json()?;
        self.output.show(&roles, text)
    }
}

fn text(roles: &RoleList) -> String {
    let mut out = String::new();
    for RoleSummary { arn, rights, trusted, external_id, max_session_seconds, enabled, .. } in &roles.roles {
        let state = if *enabled { "active" } else { "disabled" };
        let rights: Vec<_> = rights.iter().map(|right| shown(right)).collect();
        let (rights, trusted) = (rights.join(","), trusted.join(","));
        // Writing to a string cannot fail.
        let _ = write!(out, "{arn}  {state}  {rights}  trusts {trusted}  {max_session_seconds} s");
        out += if external_id.is_some() { "  needs an external id\n" } else { "\n" };
    }
    out
}
