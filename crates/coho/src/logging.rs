//! The log of a running store, on standard error.

use crate::config::Config;
use anyhow::Context;
use tracing_subscriber::{EnvFilter, fmt};

/// Starts logging as the configuration says.
pub(crate) fn start(config: &Config) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log).with_context(|| format!("log: {:?} is not a filter", config.log))?;
    let ansi = std::io::IsTerminal::is_terminal(&std::io::stderr());
    let builder = fmt().with_env_filter(filter).with_ansi(ansi).with_writer(std::io::stderr);
    let result = if config.log_json { builder.json().try_init() } else { builder.try_init() };
    result.map_err(|error| anyhow::anyhow!("logging could not be started: {error}"))
}
