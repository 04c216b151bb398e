//! SIGHUP: reads keys, allowed networks and the log level again, while the store runs.

use crate::{
    config::{Config, ConfigSource},
    credentials,
    logging::LogFilter,
    started::StoreParts,
};
use coho_admin_api::configuration::Configuration;

/// What can be read again.
pub(crate) struct Reload {
    pub(crate) source: ConfigSource,
    pub(crate) filter: LogFilter,
}

impl Reload {
    /// Applies what has changed. After a fault everything stays as it is.
    pub(crate) async fn run(&self, parts: &StoreParts) {
        match self.apply(parts).await {
            Ok(config) => {
                parts.store.events().configuration_changed(None, "reload");
                let Config { log, origin_allow, callback_allow, .. } = config;
                tracing::info!(
                    log,
                    ?origin_allow,
                    ?callback_allow,
                    "keys, allowed networks and log level were read again"
                );
            }
            Err(error) => {
                tracing::error!(error = format!("{error:#}"), "the configuration was not read again; nothing changes");
            }
        }
    }

    async fn apply(&self, parts: &StoreParts) -> anyhow::Result<Config> {
        let config = self.source.read()?;
        let keys = credentials::load(config.credentials_file.as_deref(), &parts.data_dir)?;
        self.filter.set(&config)?;
        let replaced = parts.context.access_keys().replace_configured(keys.configured()).await;
        replaced.map_err(|error| anyhow::anyhow!(error))?;
        self.show(parts, &config)?;
        parts.policy.set_allowed(config.origin_allow.clone());
        parts.callback_policy.set_allowed(config.callback_allow.clone());
        Ok(config)
    }

    /// Only what was read again has changed.
    fn show(&self, parts: &StoreParts, config: &Config) -> anyhow::Result<()> {
        let new = config.shown(self.source.file.as_deref(), &self.source.sources()?, 0);
        let mut shown = Configuration::clone(&parts.context.configuration());
        for setting in shown.settings.iter_mut().filter(|setting| setting.reloads) {
            if let Some(new) = new.settings.iter().find(|new| new.key == setting.key) {
                setting.clone_from(new);
            }
        }
        parts.context.replace_configuration(shown);
        Ok(())
    }
}
