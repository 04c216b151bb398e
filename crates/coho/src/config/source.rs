//! Where the configuration comes from, so that it can be read again.

use super::{Config, RawConfig};
use coho_admin_api::configuration::SettingSource;
use std::{collections::BTreeMap, path::PathBuf};

/// Options and variables, and the file below them.
#[derive(Debug)]
pub(crate) struct ConfigSource {
    pub(crate) over: RawConfig,
    pub(crate) file: Option<PathBuf>,
    /// Which of the former are options, and which variables, by key.
    pub(crate) given: BTreeMap<String, SettingSource>,
}

/// What has set each key; the others have their defaults.
#[derive(Debug, Default)]
pub(crate) struct SettingSources(BTreeMap<String, SettingSource>);

impl SettingSources {
    /// What has set this key.
    pub(super) fn of(&self, key: &str) -> SettingSource {
        self.0.get(key).copied().unwrap_or(SettingSource::Default)
    }
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

    /// What has set each key, with the file as it is now.
    pub(crate) fn sources(&self) -> anyhow::Result<SettingSources> {
        let keys = self.file.as_deref().map(RawConfig::keys).transpose()?.unwrap_or_default();
        let mut sources: BTreeMap<_, _> = keys.into_iter().map(|key| (key, SettingSource::File)).collect();
        sources.extend(self.given.iter().map(|(key, source)| (key.clone(), *source)));
        Ok(SettingSources(sources))
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
        let given = BTreeMap::from([("region".to_owned(), SettingSource::Variable)]);
        let source = ConfigSource { over, file: Some(file.clone()), given };
        assert!(source.read().is_err());
        std::fs::write(&file, "region = 'us-west-1'\nlog = 'warn'\n").unwrap();
        let config = source.read().unwrap();
        assert_eq!((config.region.as_str(), config.log.as_str(), source.logs_json()), ("cn-beijing", "warn", false));
        std::fs::write(&file, "log = 'debug'\nlog_format = 'json'\n").unwrap();
        assert_eq!((source.read().unwrap().log.as_str(), source.logs_json()), ("debug", true));
        std::fs::write(&file, "region = 'us-west-1'\n[limits]\nmax_connections = 7\n").unwrap();
        let sources = source.sources().unwrap();
        for (key, expected) in [
            ("region", SettingSource::Variable),
            ("limits.max_connections", SettingSource::File),
            ("limits.heads_bytes", SettingSource::Default),
            ("limits", SettingSource::Default),
            ("log", SettingSource::Default),
        ] {
            assert_eq!(sources.of(key), expected, "{key}");
        }
    }
}
