//! `coho object`: objects through the OSS API.

mod cat;
mod cp;
mod delete_many;
mod du;
mod form;
mod ls;
mod restore;
mod rm;
mod sign;
mod stat;
mod symlink;
mod tag;
mod upload_callback;

use clap::Subcommand;

/// Most parallel transfers.
pub(in crate::cli) const MAX_PARALLEL: usize = 64;

#[derive(Debug, Subcommand)]
pub(super) enum ObjectCommand {
    Ls(ls::LsObjects),
    Stat(stat::StatObject),
    Cat(cat::Cat),
    Cp(Box<cp::Cp>),
    Du(du::Du),
    Rm(rm::RmObjects),
    Sign(sign::Sign),
    Form(Box<form::UploadForm>),
    Restore(restore::RestoreArchived),
    Symlink(symlink::Symlink),
    #[command(subcommand)]
    Tag(tag::TagObject),
}

impl ObjectCommand {
    pub(super) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Ls(ls) => ls.run(),
            Self::Stat(stat) => stat.run(),
            Self::Cat(cat) => cat.run(),
            Self::Cp(cp) => cp.run(),
            Self::Du(du) => du.run(),
            Self::Rm(rm) => rm.run(),
            Self::Sign(sign) => sign.run(),
            Self::Form(form) => form.run(),
            Self::Restore(restore) => restore.run(),
            Self::Symlink(symlink) => symlink.run(),
            Self::Tag(tag) => tag.run(),
        }
    }
}
