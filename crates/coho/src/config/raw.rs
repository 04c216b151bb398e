//! The configuration as written. Unknown keys are errors, with line and column.

use anyhow::{Context, anyhow};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// The file `coho.toml`, overridden by options and variables.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawConfig {
    pub(crate) data_dir: Option<PathBuf>,
    pub(crate) listen: Option<Vec<String>>,
    pub(crate) admin_listen: Option<String>,
    pub(crate) admin_host: Option<Vec<String>>,
    pub(crate) console_listen: Option<String>,
    pub(crate) console_host: Option<Vec<String>>,
    pub(crate) base_domain: Option<Vec<String>>,
    pub(crate) region: Option<String>,
    pub(crate) origin_allow: Option<Vec<String>>,
    pub(crate) callback_allow: Option<Vec<String>>,
    pub(crate) mirror: Option<Vec<String>>,
    pub(crate) credentials_file: Option<PathBuf>,
    pub(crate) log: Option<String>,
    pub(crate) log_format: Option<String>,
    #[serde(default)]
    pub(crate) limits: RawLimits,
    #[serde(default)]
    pub(crate) origin: RawOrigin,
    #[serde(default)]
    pub(crate) storage: RawStorage,
    #[serde(default)]
    pub(crate) history: RawHistory,
    #[serde(default)]
    pub(crate) lifecycle: RawLifecycle,
    #[serde(default)]
    pub(crate) callback: RawCallback,
}

/// `[limits]`: connections of clients.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawLimits {
    pub(crate) max_connections: Option<usize>,
    pub(crate) header_timeout_ms: Option<u64>,
    pub(crate) body_idle_timeout_ms: Option<u64>,
    pub(crate) send_idle_timeout_ms: Option<u64>,
    pub(crate) heads_bytes: Option<usize>,
    pub(crate) documents_bytes: Option<usize>,
    pub(crate) waiting_output_bytes: Option<usize>,
    pub(crate) client_share_percent: Option<usize>,
}

/// `[origin]`: fetches.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawOrigin {
    pub(crate) connect_timeout_ms: Option<u64>,
    pub(crate) first_byte_timeout_ms: Option<u64>,
    pub(crate) idle_timeout_ms: Option<u64>,
    pub(crate) total_timeout_ms: Option<u64>,
    pub(crate) max_object_bytes: Option<u64>,
    pub(crate) missing_seconds: Option<u32>,
}

/// `[storage]`: the engines.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawStorage {
    pub(crate) inline_bytes: Option<usize>,
    pub(crate) reserve_bytes: Option<u64>,
    pub(crate) record_cache_bytes: Option<u64>,
    pub(crate) open_files: Option<usize>,
    pub(crate) persist_delay_ms: Option<u64>,
    pub(crate) restore_seconds: Option<u64>,
    pub(crate) encryption_keys_file: Option<PathBuf>,
    pub(crate) encryption_changes_per_second: Option<u32>,
}

/// `[history]`: what is kept of the past.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawHistory {
    pub(crate) website_versions: Option<usize>,
}

/// `[lifecycle]`: runs of lifecycle rules.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawLifecycle {
    pub(crate) interval_seconds: Option<u64>,
    pub(crate) changes_per_second: Option<u32>,
}

/// `[callback]`: upload callbacks.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawCallback {
    pub(crate) timeout_ms: Option<u64>,
    pub(crate) public_key_url: Option<String>,
}

impl RawConfig {
    /// These values over those of a file. Tables are in the file alone.
    pub(super) fn or(self, file: Self) -> Self {
        Self {
            data_dir: self.data_dir.or(file.data_dir),
            listen: self.listen.or(file.listen),
            admin_listen: self.admin_listen.or(file.admin_listen),
            admin_host: self.admin_host.or(file.admin_host),
            console_listen: self.console_listen.or(file.console_listen),
            console_host: self.console_host.or(file.console_host),
            base_domain: self.base_domain.or(file.base_domain),
            region: self.region.or(file.region),
            origin_allow: self.origin_allow.or(file.origin_allow),
            callback_allow: self.callback_allow.or(file.callback_allow),
            mirror: self.mirror.or(file.mirror),
            credentials_file: self.credentials_file.or(file.credentials_file),
            log: self.log.or(file.log),
            log_format: self.log_format.or(file.log_format),
            limits: file.limits,
            origin: file.origin,
            storage: file.storage,
            history: file.history,
            lifecycle: file.lifecycle,
            callback: file.callback,
        }
    }

    /// Reads a file; an error names file, line and column.
    pub(crate) fn read(path: &Path) -> anyhow::Result<Self> {
        let shown = path.display();
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {shown}"))?;
        toml::from_str(&text).map_err(|error| anyhow!("{shown}: {}", error.to_string().trim_end()))
    }

    /// The keys that a file sets, with dots.
    pub(super) fn keys(path: &Path) -> anyhow::Result<Vec<String>> {
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut keys = Vec::new();
        for (name, value) in text.parse::<Table>()? {
            match value {
                Value::Table(section) => keys.extend(section.keys().map(|key| format!("{name}.{key}"))),
                _ => keys.push(name),
            }
        }
        Ok(keys)
    }

    /// Reads what can be read of a text. A key that is unknown, or whose value has another type, is a fault.
    pub(super) fn read_leniently(text: &str) -> Result<(Self, Vec<KeyFault>), toml::de::Error> {
        let (mut good, mut faults) = (Table::new(), Vec::new());
        for (name, value) in text.parse::<Table>()? {
            match value {
                Value::Table(section) if SECTIONS.contains(&name.as_str()) => {
                    for (key, value) in section {
                        let alone = Table::from_iter([(
                            name.clone(),
                            Value::Table(Table::from_iter([(key.clone(), value.clone())])),
                        )]);
                        match KeyFault::of(format!("{name}.{key}"), alone) {
                            Some(fault) => faults.push(fault),
                            None => {
                                let section = good.entry(name.clone()).or_insert_with(|| Value::Table(Table::new()));
                                section.as_table_mut().map(|section| section.insert(key, value));
                            }
                        }
                    }
                }
                value => match KeyFault::of(name.clone(), Table::from_iter([(name.clone(), value.clone())])) {
                    Some(fault) => faults.push(fault),
                    None => drop(good.insert(name, value)),
                },
            }
        }
        Ok((good.try_into()?, faults))
    }
}

/// Tables of the file.
const SECTIONS: [&str; 6] = ["limits", "origin", "storage", "history", "lifecycle", "callback"];

/// A fault of one key.
#[derive(Debug)]
pub(super) struct KeyFault {
    /// With dots.
    pub(super) key: String,
    pub(super) message: String,
    /// Whether the key itself is unknown; else its value is wrong.
    pub(super) is_unknown: bool,
}

impl KeyFault {
    /// The fault of a file with this key alone, if it has one.
    fn of(key: String, alone: Table) -> Option<Self> {
        let error = alone.try_into::<RawConfig>().err()?;
        let message = error.message().trim_end().to_owned();
        Some(Self { key, is_unknown: message.contains("unknown field"), message })
    }
}
