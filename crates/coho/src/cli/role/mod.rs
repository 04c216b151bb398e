//! `coho role`: the roles of a running store, which access keys assume for some time.

mod create;
mod delete;
mod list;
mod set;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(super) enum RoleCommand {
    Create(create::CreateRole),
    #[command(visible_alias = "ls")]
    List(list::ListRoles),
    Set(set::SetRole),
    Disable(set::DisableRole),
    Enable(set::EnableRole),
    #[command(visible_alias = "rm")]
    Delete(delete::DeleteRole),
}

impl RoleCommand {
    pub(super) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Create(create) => create.run(),
            Self::List(list) => list.run(),
            Self::Set(set) => set.run(),
            Self::Disable(disable) => disable.run(),
            Self::Enable(enable) => enable.run(),
            Self::Delete(delete) => delete.run(),
        }
    }
}
