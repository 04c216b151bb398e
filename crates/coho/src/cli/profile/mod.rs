//! `coho profile`: what the settings are and where they come from.

mod ls;
mod show;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(super) enum ProfileCommand {
    Ls(ls::LsProfiles),
    Show(show::Show),
}

impl ProfileCommand {
    pub(super) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Ls(ls) => ls.run(),
            Self::Show(show) => show.run(),
        }
    }
}
