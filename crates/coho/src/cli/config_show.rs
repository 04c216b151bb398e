//! `coho config show`.

use super::{
    admin_client::{RunningStore, shown},
    output::Output,
};
use clap::Args;
use coho_admin_api::{
    AdminOperation,
    configuration::{Configuration, ConfigurationSetting, SettingValue},
};
use std::fmt::Write;

#[derive(Debug, Args)]
pub(super) struct ConfigShow {
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    store: RunningStore,
}

impl ConfigShow {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let answer = self.store.client()?.call(AdminOperation::GetConfiguration, &[], "")?;
        self.output.show(&answer.json()?, table)
    }
}

fn table(configuration: &Configuration) -> String {
    let width = configuration.settings.iter().map(|setting| setting.key.len()).max().unwrap_or(0);
    let mut out = String::new();
    for ConfigurationSetting { key, value, unit, source, .. } in &configuration.settings {
        let value = match value {
            None => "none".to_owned(),
            Some(SettingValue::Number(number)) => number.to_string(),
            Some(SettingValue::Text(text)) => shown(text),
            Some(SettingValue::List(list)) if list.is_empty() => "none".to_owned(),
            Some(SettingValue::List(list)) => shown(&list.join(", ")),
        };
        let unit = unit.as_deref().map(|unit| format!(" {unit}")).unwrap_or_default();
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{key:<width$}  {value}{unit}  ({})", source.as_str());
    }
    out.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use coho_admin_api::configuration::SettingSource;

    #[test]
    fn a_setting_is_a_line_with_its_source() {
        let setting = |key: &str, value, unit: Option<&str>, source| ConfigurationSetting {
            key: key.to_owned(),
            value,
            unit: unit.map(str::to_owned),
            source,
            reloads: false,
        };
        let settings = vec![
            setting("log", Some(SettingValue::Text("info\u{1b}".into())), None, SettingSource::Flag),
            setting("a.b_ms", Some(SettingValue::Number(7)), Some("ms"), SettingSource::File),
            setting("hosts", Some(SettingValue::List(vec!["a".into(), "b".into()])), None, SettingSource::Variable),
            setting("none", Some(SettingValue::List(vec![])), None, SettingSource::Default),
            setting("file", None, None, SettingSource::Default),
        ];
        assert_eq!(
            table(&Configuration { file: None, settings }),
            "log     info\\u{1b}  (flag)\na.b_ms  7 ms  (file)\nhosts   a, b  (variable)\nnone    none  (default)\n\
             file    none  (default)"
        );
    }
}
