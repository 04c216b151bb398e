//! `coho profile show`.

use crate::cli::{
    oss::AddressingStyle,
    output::Output,
    printable,
    settings::{OssConnection, ResolvedSettings, Sourced},
};
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::fmt::Write;

/// Show which store a command would speak to, and where each setting comes from.
///
/// Secrets are never shown.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    coho profile show\n  \
    coho profile show --profile work --output json")]
pub(in crate::cli) struct Show {
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connection: OssConnection,
}

/// A setting.
#[derive(Debug, Serialize)]
struct Setting {
    setting: &'static str,
    value: Option<String>,
    source: Option<String>,
}

impl Show {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let settings = settings(self.connection.resolved()?);
        self.output.show(&settings, |settings| printable(&table(settings)))
    }
}

fn settings(resolved: ResolvedSettings) -> Vec<Setting> {
    let ResolvedSettings { endpoint, region, addressing, key } = resolved;
    let named = |addressing: AddressingStyle| {
        addressing.to_possible_value().map_or_else(String::new, |value| value.get_name().to_owned())
    };
    let key_part = |value: Option<String>| {
        value.zip(key.as_ref()).map(|(value, key)| Sourced { value, source: key.source.clone() })
    };
    let is_set = |is_set: bool| is_set.then(|| "set".to_owned());
    vec![
        setting("endpoint", endpoint),
        setting("region", Some(region)),
        setting("addressing", Some(Sourced { value: named(addressing.value), source: addressing.source })),
        setting("access_key_id", key_part(key.as_ref().map(|key| key.value.id.clone()))),
        setting("access_key_secret", key_part(is_set(key.is_some()))),
        setting("security_token", key_part(is_set(key.as_ref().is_some_and(|key| key.value.token.is_some())))),
    ]
}

fn setting(name: &'static str, value: Option<Sourced<String>>) -> Setting {
    let (value, source) = value.map(|sourced| (sourced.value, sourced.source.to_string())).unzip();
    Setting { setting: name, value, source }
}

fn table(settings: &Vec<Setting>) -> String {
    let mut out = String::new();
    for Setting { setting, value, source } in settings {
        let value = value.as_deref().unwrap_or("none");
        // Writing to a string cannot fail.
        let _ = match source {
            Some(source) => writeln!(out, "{setting:<18}  {value:<32}  {source}"),
            None => writeln!(out, "{setting:<18}  {value}"),
        };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::settings::{KeyPair, Source};

    #[test]
    fn no_secret_is_shown() {
        let key = KeyPair { id: "LTAI".into(), secret: "hunter2".into(), token: Some("t0ken".into()) };
        let resolved = ResolvedSettings {
            endpoint: None,
            region: Sourced { value: "cn-x".into(), source: Source::Default },
            addressing: Sourced { value: AddressingStyle::Path, source: Source::Option },
            key: Some(Sourced { value: key, source: Source::Variables }),
        };
        let settings = settings(resolved);
        let text = table(&settings) + &serde_json::to_string(&settings).unwrap();
        assert!(!text.contains("hunter2") && !text.contains("t0ken"), "{text}");
        assert!(
            text.contains("LTAI") && text.contains("OSS_* variables") && text.contains("endpoint            none"),
            "{text}"
        );
    }
}
