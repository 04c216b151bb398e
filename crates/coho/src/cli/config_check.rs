//! `coho config check`.

use super::say;
use crate::{
    config::{Config, RawConfig, place_of},
    credentials,
};
use anyhow::anyhow;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct ConfigCheck {
    /// The file to check.
    #[arg(long, env = "COHO_CONFIG", value_name = "FILE", default_value = "coho.toml")]
    config: PathBuf,
    /// The same without the option's name.
    #[arg(value_name = "FILE", conflicts_with = "config")]
    file: Option<PathBuf>,
}

impl ConfigCheck {
    pub(super) fn run(mut self) -> anyhow::Result<()> {
        if let Some(file) = self.file.take() {
            self.config = file;
        }
        let raw = RawConfig::read(&self.config)?;
        let config = Config::resolve(raw).map_err(|error| self.located(&error))?;
        if let Some(path) = &config.credentials_file {
            credentials::check(path).map_err(|error| self.located(&error.context("credentials_file")))?;
        }
        say(format_args!("{}: ok", self.config.display()));
        Ok(())
    }

    /// Messages about a value begin with its key, by which its place is found.
    fn located(&self, error: &anyhow::Error) -> anyhow::Error {
        let (message, shown) = (format!("{error:#}"), self.config.display());
        let key = message.split(':').next().unwrap_or_default();
        let text = std::fs::read_to_string(&self.config).unwrap_or_default();
        match place_of(&text, key) {
            Some((line, column)) => anyhow!("{shown}: line {line}, column {column}: {message}"),
            None => anyhow!("{shown}: {message}"),
        }
    }
}
