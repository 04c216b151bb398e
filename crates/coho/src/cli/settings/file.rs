//! `config.toml` of the user: named profiles.

use super::{KeyPair, Layer, Source, Values, dirs, protection};
use crate::cli::oss::AddressingStyle;
use anyhow::{anyhow, bail};
use clap::ValueEnum;
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

/// The file.
#[derive(Debug, Default)]
pub(in crate::cli) struct ConfigFile {
    path: PathBuf,
    content: Content,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    default_profile: Option<String>,
    #[serde(default)]
    profile: BTreeMap<String, Profile>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Profile {
    endpoint: Option<String>,
    region: Option<String>,
    addressing: Option<String>,
    access_key_id: Option<String>,
    access_key_secret: Option<Secret>,
    security_token: Option<Secret>,
    data_dir: Option<PathBuf>,
}

/// Text that is in no debug output.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
struct Secret(String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl ConfigFile {
    /// Reads the user's file; an empty one if there is none.
    pub(in crate::cli) fn load() -> anyhow::Result<Self> {
        match dirs::config_file() {
            Some(path) => Self::read(&path),
            None => Ok(Self::default()),
        }
    }

    fn read(path: &Path) -> anyhow::Result<Self> {
        let Some(text) = protection::read(path)? else {
            return Ok(Self { path: path.to_owned(), content: Content::default() });
        };
        // The parser's own message would quote the line, which may hold a secret.
        let content: Content = toml::from_str(&text).map_err(|error| {
            let line = error.span().map_or(0, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            anyhow!("{}: line {line}: {}", path.display(), error.message())
        })?;
        if content.profile.values().any(|profile| profile.access_key_secret.is_some()) {
            protection::warn_if_others_can_read(path);
        }
        Ok(Self { path: path.to_owned(), content })
    }

    pub(in crate::cli) fn path(&self) -> &Path {
        &self.path
    }

    pub(in crate::cli) fn names(&self) -> impl Iterator<Item = &str> {
        self.content.profile.keys().map(String::as_str)
    }

    pub(in crate::cli) fn default_profile(&self) -> Option<&str> {
        self.content.default_profile.as_deref()
    }

    /// The values of a profile; none if the file does not have it.
    pub(in crate::cli) fn profile(&self, name: &str) -> anyhow::Result<Option<Layer>> {
        let Some(profile) = self.content.profile.get(name).cloned() else { return Ok(None) };
        let wrong = |what: &str| anyhow!("{}: profile {name}: {what}", self.path.display());
        let addressing = match profile.addressing.as_deref().map(|text| AddressingStyle::from_str(text, false)) {
            None => None,
            Some(Ok(addressing)) => Some(addressing),
            Some(Err(_)) => bail!(wrong("addressing is auto, path or virtual")),
        };
        let (secret, token) = (profile.access_key_secret.map(|s| s.0), profile.security_token.map(|s| s.0));
        let values = Values {
            endpoint: profile.endpoint,
            region: profile.region,
            addressing,
            key: KeyPair::of(profile.access_key_id, secret, token).map_err(wrong)?,
            data_dir: profile.data_dir,
        };
        Ok(Some(Layer::new(Source::Profile { name: name.to_owned(), file: self.path.clone() }, values)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> anyhow::Result<ConfigFile> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("config.toml");
        std::fs::write(&path, text).unwrap();
        ConfigFile::read(&path)
    }

    #[test]
    fn profiles_have_names() {
        let file = read(
            "default_profile = 'work'\n[profile.work]\nendpoint = 'oss.example.com'\naddressing = 'path'\naccess_key_id = 'i'\n\
             access_key_secret = 's'\n[profile.local]\ndata_dir = '/srv/coho'\n",
        )
        .unwrap();
        assert_eq!((file.default_profile(), file.names().collect::<Vec<_>>()), (Some("work"), vec!["local", "work"]));
        let work = file.profile("work").unwrap().unwrap().values;
        assert_eq!((work.endpoint.as_deref(), work.addressing), (Some("oss.example.com"), Some(AddressingStyle::Path)));
        assert_eq!(work.key.unwrap().id, "i");
        assert_eq!(file.profile("local").unwrap().unwrap().values.data_dir, Some("/srv/coho".into()));
        assert!(file.profile("other").unwrap().is_none());
    }

    #[test]
    fn mistakes_are_named_without_their_secrets() {
        let check = |text: &str, expected: &str| {
            let told = match read(text) {
                Err(error) => format!("{error:#}"),
                Ok(file) => format!("{:#}", file.profile("p").unwrap_err()),
            };
            assert!(told.contains(expected) && !told.contains("hunter2"), "{told}");
        };
        check("[profile.p]\naccess_key_secrte = 'hunter2'\n", "line 2: unknown field `access_key_secrte`");
        check("[profile.p]\naccess_key_secret = 'hunter2\n", "line 2");
        check("[profile.p]\naccess_key_secret = 'hunter2'\n", "both its id and its secret");
        check("[profile.p]\naddressing = 'host'\n", "auto, path or virtual");
        let shown = format!("{:?}", read("[profile.p]\naccess_key_secret = 'hunter2'\n").unwrap());
        assert!(!shown.contains("hunter2"), "{shown}");
    }
}
