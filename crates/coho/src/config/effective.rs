//! The settings in force as an operator sees them: value, unit and source of each. None of them is a secret; the keys are in a
//! file of their own.

use super::{Config, source::SettingSources};
use coho_admin_api::configuration::{Configuration, ConfigurationSetting, SettingValue};
use std::{fmt::Display, path::Path, time::Duration};

/// Settings that SIGHUP reads again.
const RELOADED: [&str; 4] = ["origin_allow", "callback_allow", "credentials_file", "log"];

/// A value on its way to a [`ConfigurationSetting`].
struct Shown(&'static str, Option<&'static str>, Option<SettingValue>);

impl Config {
    /// Every setting. `reserve_bytes` is what the default of `storage.reserve_bytes` comes to.
    pub(crate) fn shown(&self, file: Option<&Path>, sources: &SettingSources, reserve_bytes: u64) -> Configuration {
        let all = [self.places(), self.limits_shown(), self.origin_shown(), self.storage_shown(reserve_bytes)];
        let setting = |Shown(key, unit, value)| ConfigurationSetting {
            key: key.to_owned(),
            value,
            unit: unit.map(str::to_owned),
            source: sources.of(key),
            reloads: RELOADED.contains(&key),
        };
        Configuration {
            file: file.map(|file| file.display().to_string()),
            settings: all.into_iter().flatten().map(setting).collect(),
        }
    }

    fn places(&self) -> Vec<Shown> {
        let mirrors = self.mirrors.iter().map(|flag| format!("{}={}", flag.bucket, flag.url));
        vec![
            text("data_dir", self.data_dir.display()),
            list("listen", &self.listen),
            text("admin_listen", self.admin_listen),
            list("admin_host", &self.admin_hosts),
            text("console_listen", self.console_listen.map_or("off".to_owned(), |address| address.to_string())),
            list("console_host", &self.console_hosts),
            list("base_domain", &self.base_domains),
            text("region", &self.region),
            list("origin_allow", &self.origin_allow),
            list("callback_allow", &self.callback_allow),
            list("mirror", &mirrors.collect::<Vec<_>>()),
            Shown("credentials_file", None, self.credentials_file.as_ref().map(|file| shown_text(file.display()))),
            text("log", &self.log),
            text("log_format", &self.log_format),
        ]
    }

    fn limits_shown(&self) -> Vec<Shown> {
        let (limits, memory) = (&self.limits, &self.limits.memory);
        vec![
            number("limits.max_connections", "connections", limits.max_connections as u64),
            ms("limits.header_timeout_ms", limits.header_timeout),
            ms("limits.body_idle_timeout_ms", limits.body_idle_timeout),
            ms("limits.send_idle_timeout_ms", limits.send_idle_timeout),
            number("limits.heads_bytes", "bytes", memory.heads_bytes as u64),
            number("limits.documents_bytes", "bytes", memory.documents_bytes as u64),
            number("limits.waiting_output_bytes", "bytes", memory.waiting_output_bytes as u64),
            number("limits.client_share_percent", "percent", memory.client_share_percent as u64),
        ]
    }

    fn origin_shown(&self) -> Vec<Shown> {
        let origin = &self.origin;
        vec![
            ms("origin.connect_timeout_ms", origin.connect_timeout),
            ms("origin.first_byte_timeout_ms", origin.first_byte_timeout),
            ms("origin.idle_timeout_ms", origin.idle_timeout),
            ms("origin.total_timeout_ms", origin.total_timeout),
            number("origin.missing_seconds", "s", origin.missing.as_secs()),
            number("origin.max_object_bytes", "bytes", origin.max_object_bytes),
        ]
    }

    fn storage_shown(&self, reserve_bytes: u64) -> Vec<Shown> {
        let storage = &self.storage;
        vec![
            number("storage.inline_bytes", "bytes", storage.inline_bytes as u64),
            number("storage.reserve_bytes", "bytes", reserve_bytes),
            number("storage.record_cache_bytes", "bytes", storage.record_cache_bytes),
            ms("storage.persist_delay_ms", storage.persist_delay),
            number("storage.restore_seconds", "s", storage.restore_delay.as_secs()),
            text("storage.encryption_keys_file", storage.encryption_keys_file.display()),
            number(
                "storage.encryption_changes_per_second",
                "changes per second",
                u64::from(storage.encryption_changes_per_second),
            ),
            number("storage.open_files", "files", storage.open_files as u64),
            number("history.website_versions", "versions", self.website_versions as u64),
            number("lifecycle.interval_seconds", "s", self.lifecycle.interval.as_secs()),
            number("lifecycle.changes_per_second", "changes per second", u64::from(self.lifecycle.changes_per_second)),
            ms("callback.timeout_ms", self.callback.timeout),
            Shown("callback.public_key_url", None, self.callback.public_key_url.as_ref().map(shown_text)),
        ]
    }
}

fn shown_text(text: impl Display) -> SettingValue {
    SettingValue::Text(text.to_string())
}

fn text(key: &'static str, value: impl Display) -> Shown {
    Shown(key, None, Some(shown_text(value)))
}

fn list(key: &'static str, values: &[impl Display]) -> Shown {
    Shown(key, None, Some(SettingValue::List(values.iter().map(ToString::to_string).collect())))
}

fn number(key: &'static str, unit: &'static str, value: u64) -> Shown {
    Shown(key, Some(unit), Some(SettingValue::Number(value)))
}

fn ms(key: &'static str, value: Duration) -> Shown {
    number(key, "ms", u64::try_from(value.as_millis()).unwrap_or(u64::MAX))
}
