//! `coho man`.

use super::{Cli, say};
use anyhow::Context;
use clap::{Args, CommandFactory};
use clap_mangen::generate_to;
use std::path::PathBuf;

/// Write the manual pages, one for each command.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho man /usr/local/share/man/man1")]
pub(super) struct Man {
    /// The folder; created if it is missing.
    dir: PathBuf,
}

impl Man {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let shown = self.dir.display();
        std::fs::create_dir_all(&self.dir).with_context(|| format!("cannot create {shown}"))?;
        generate_to(Cli::command(), &self.dir).with_context(|| format!("cannot write into {shown}"))?;
        say(format_args!("wrote the manual pages into {shown}"));
        Ok(())
    }
}
