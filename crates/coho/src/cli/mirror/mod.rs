//! `coho mirror`: the fetches of a running store.

mod limit;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(super) enum MirrorCommand {
    Limit(limit::Limit),
}

impl MirrorCommand {
    pub(super) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Limit(limit) => limit.run(),
        }
    }
}
