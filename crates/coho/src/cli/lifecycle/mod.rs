//! `coho lifecycle`: the runs of lifecycle rules of a running store.

mod run;
mod status;

use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(super) enum LifecycleCommand {
    Run(run::Run),
    Status(status::Status),
}

impl LifecycleCommand {
    pub(super) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Run(run) => run.run(),
            Self::Status(status) => status.run(),
        }
    }
}
