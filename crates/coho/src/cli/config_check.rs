//! `coho config check`.

use super::say;
use crate::config::{Config, RawConfig};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct ConfigCheck {
    /// The file to check.
    #[arg(long, env = "COHO_CONFIG", value_name = "FILE", default_value = "coho.toml")]
    config: PathBuf,
}

impl ConfigCheck {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let raw = RawConfig::read(&self.config)?;
        Config::resolve(raw).map_err(|error| error.context(self.config.display().to_string()))?;
        say(format_args!("{}: ok", self.config.display()));
        Ok(())
    }
}
