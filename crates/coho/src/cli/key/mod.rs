//! `coho key`: the access keys of a running store.

mod create;
mod delete;
mod list;
mod rotate;
mod session;
mod set;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(super) enum KeyCommand {
    Create(create::CreateKey),
    #[command(visible_alias = "ls")]
    List(list::ListKeys),
    Disable(set::Disable),
    Enable(set::Enable),
    Rights(set::Rights),
    Rotate(rotate::Rotate),
    Session(session::MakeSession),
    #[command(visible_alias = "rm")]
    Delete(delete::DeleteKey),
}

impl KeyCommand {
    pub(super) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Create(create) => create.run(),
            Self::List(list) => list.run(),
            Self::Disable(disable) => disable.run(),
            Self::Enable(enable) => enable.run(),
            Self::Rights(rights) => rights.run(),
            Self::Rotate(rotate) => rotate.run(),
            Self::Session(session) => session.run(),
            Self::Delete(delete) => delete.run(),
        }
    }
}

/// What is shown of a key whose secret was made.
fn issued_text(issued: &coho_admin_api::access::IssuedAccessKey) -> String {
    let mut text = format!("access key id:     {}\naccess key secret: {}\n", issued.key.id, issued.secret);
    if let Some(token) = &issued.security_token {
        text += &format!("security token:    {token}\n");
    }
    if let Some(expires) = &issued.key.expires_at {
        text += &format!("expires:           {expires}\n");
    }
    text + "The secret is not shown again."
}
