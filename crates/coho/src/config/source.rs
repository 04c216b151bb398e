//! Where the configuration comes from, so that it can be read again.

use super::{Config, RawConfig};
use std::path::PathBuf;

/// Options and variables, and the file below them.
#[derive(Debug)]
pub(crate) struct ConfigSource {
    pub(crate) over: RawConfig,
    pub(crate) file: Option<PathBuf>,
}

impl ConfigSource {
    /// Reads the file again and checks the whole.
    pub(crate) fn read(&self) -> anyhow::Result<Config> {
        let file = match &self.file {
            Some(path) => RawConfig::read(path)?,
            None => RawConfig::default(),
        };
        Ok(Config::resolve(self.over.clone().or(file))?)
    }

    /// Whether the log is to be in JSON, as far as that is known before the configuration is checked.
    pub(crate) fn logs_json(&self) -> bool {
        let in_file = || RawConfig::read(self.file.as_deref()?).ok()?.log_format;
        self.over.log_format.clone().or_else(in_file).is_some_and(|format| format == "json")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_beat_the_file_which_can_change() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("coho.toml");
        let over = RawConfig { region: Some("cn-beijing".into()), ..RawConfig::default() };
        let source = ConfigSource { over, file: Some(file.clone()) };
        assert!(source.read().is_err());
        std::fs::write(&file, "region = 'us-west-1'\nlog = 'warn'\n").unwrap();
        let config = source.read().unwrap();
        assert_eq!((config.region.as_str(), config.log.as_str(), source.logs_json()), ("cn-beijing", "warn", false));
        std::fs::write(&file, "log = 'debug'\nlog_format = 'json'\n").unwrap();
        assert_eq!((source.read().unwrap().log.as_str(), source.logs_json()), ("debug", true));
    }
}
