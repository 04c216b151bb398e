//! The log of a running store, on standard error.

use crate::{config::Config, log_writer};
use anyhow::Context;
use std::io::{self, IsTerminal};
use tracing_subscriber::{EnvFilter, Layer, Registry, fmt, layer::SubscriberExt, reload, util::SubscriberInitExt};

/// The filter until the configuration is known.
const FIRST_FILTER: &str = "info";

/// The filter of the log, which can be replaced while the store runs.
pub(crate) struct LogFilter(reload::Handle<EnvFilter, Registry>);

/// Starts logging in one of the two formats.
pub(crate) fn start(json: bool) -> anyhow::Result<LogFilter> {
    let (filter, handle) = reload::Layer::new(EnvFilter::new(FIRST_FILTER));
    let writer = log_writer::start().context("the thread of the log could not be started")?;
    let lines = fmt::layer().with_ansi(io::stderr().is_terminal()).with_writer(writer);
    let lines = if json { lines.json().boxed() } else { lines.boxed() };
    let result = tracing_subscriber::registry().with(filter).with(lines).try_init();
    result.map_err(|error| anyhow::anyhow!("logging could not be started: {error}"))?;
    Ok(LogFilter(handle))
}

impl LogFilter {
    /// Replaces the filter by that of the configuration.
    pub(crate) fn set(&self, config: &Config) -> anyhow::Result<()> {
        let filter =
            EnvFilter::try_new(&config.log).with_context(|| format!("log: {:?} is not a filter", config.log))?;
        self.0.reload(filter).context("the log filter could not be replaced")
    }
}
