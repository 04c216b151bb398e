//! The values that count, and where each came from.

use super::{ConfigFile, KeyPair, Layer, Source, Values, data_dir, ossutil};
use crate::cli::oss::{AddressingStyle, Endpoint, OssClient};
use anyhow::{Context, anyhow, bail};
use clap::Args;
use coho_auth::Credential;
use std::{
    env,
    path::{Path, PathBuf},
};

/// The region of signatures if no source names one.
const DEFAULT_REGION: &str = "cn-hangzhou";
/// Attempts after the first one, unless an option says otherwise.
const DEFAULT_RETRIES: u32 = 5;
/// Most of them that an option may ask for.
const MAX_RETRIES: i64 = 20;

/// Selects the store and the access key.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Store and access key")]
pub(in crate::cli) struct OssConnection {
    /// Address of the store.  [also OSS_ENDPOINT]
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// Region that signatures name.  [also OSS_REGION]
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// How buckets are addressed.
    #[arg(long, value_name = "STYLE")]
    addressing: Option<AddressingStyle>,
    /// Profile of ~/.config/coho/config.toml, or of ~/.ossutilconfig.  [also COHO_PROFILE]
    #[arg(long, value_name = "NAME", conflicts_with = "data_dir")]
    profile: Option<String>,
    /// Data folder of a store on this machine, which gives its endpoint and key.  [also COHO_DATA_DIR]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Further attempts after a fault that may pass.
    #[arg(long, value_name = "N", default_value_t = DEFAULT_RETRIES, value_parser = clap::value_parser!(u32).range(0..=MAX_RETRIES))]
    retries: u32,
}

/// A value with its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Sourced<T> {
    pub(in crate::cli) value: T,
    pub(in crate::cli) source: Source,
}

/// What the layers say together.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::cli) struct ResolvedSettings {
    pub(in crate::cli) endpoint: Option<Sourced<String>>,
    pub(in crate::cli) region: Sourced<String>,
    pub(in crate::cli) addressing: Sourced<AddressingStyle>,
    pub(in crate::cli) key: Option<Sourced<KeyPair>>,
}

impl OssConnection {
    /// A client of the store.
    pub(in crate::cli) fn client(&self) -> anyhow::Result<OssClient> {
        let ResolvedSettings { endpoint, region, addressing, key } = self.resolved()?;
        let endpoint = endpoint.ok_or_else(|| {
            anyhow!("no store is named: give --endpoint, --profile or --data-dir, set OSS_ENDPOINT, or write a profile into \
                     ~/.config/coho/config.toml; `coho profile show` shows what is found")
        })?;
        let Sourced { value, source } = endpoint;
        let endpoint = Endpoint::parse(&value, addressing.value).with_context(|| source.to_string())?;
        let credential = key.map(|key| {
            let KeyPair { id, secret, token } = key.value;
            let credential = Credential::new(&id, &secret, "");
            token.map_or(credential.clone(), |token| credential.with_security_token(&token))
        });
        OssClient::new(endpoint, region.value, credential, self.retries)
    }

    /// The values and their sources.
    pub(in crate::cli) fn resolved(&self) -> anyhow::Result<ResolvedSettings> {
        Ok(resolve(&self.layers()?))
    }

    /// Every source, the one that counts most first. A source that was named for this command excludes the files and folders
    /// that were not.
    fn layers(&self) -> anyhow::Result<Vec<Layer>> {
        let config = ConfigFile::load()?;
        let mut layers = vec![Layer::new(Source::Option, self.options())];
        if let Some(name) = &self.profile {
            layers.extend(named_profile(&config, name)?);
        }
        if let Some(path) = &self.data_dir {
            layers.push(data_dir::load(path)?);
        }
        layers.push(Layer::new(Source::Variables, variables()?));
        if self.profile.is_some() || self.data_dir.is_some() {
            return Ok(layers);
        }
        if let Some(name) = variable("COHO_PROFILE").or_else(|| config.default_profile().map(str::to_owned)) {
            layers.extend(named_profile(&config, &name)?);
        }
        if let Some(path) = variable("COHO_DATA_DIR") {
            layers.extend(data_dir::load_if_running(Path::new(&path))?);
        }
        layers.extend(ossutil::load(None)?);
        layers.extend(data_dir::load_if_running(Path::new(data_dir::DEFAULT))?);
        Ok(layers)
    }

    fn options(&self) -> Values {
        let Self { endpoint, region, addressing, .. } = self.clone();
        Values { endpoint, region, addressing, ..Values::default() }
    }
}

/// The data folder for the administration: by option, profile, variable or default profile.
pub(in crate::cli) fn admin_data_dir(data_dir: Option<PathBuf>, profile: Option<&str>) -> anyhow::Result<PathBuf> {
    if let Some(path) = data_dir {
        return Ok(path);
    }
    let config = || ConfigFile::load();
    let of = |config: &ConfigFile, name: &str| {
        Ok::<_, anyhow::Error>(config.profile(name)?.and_then(|layer| layer.values.data_dir))
    };
    if let Some(name) = profile {
        return of(&config()?, name)?
            .with_context(|| format!("the profile {name} names no data folder of a store on this machine"));
    }
    if let Some(path) = variable("COHO_DATA_DIR") {
        return Ok(path.into());
    }
    let config = config()?;
    let name = variable("COHO_PROFILE").or_else(|| config.default_profile().map(str::to_owned));
    let found = name.map(|name| of(&config, &name)).transpose()?.flatten();
    Ok(found.unwrap_or_else(|| data_dir::DEFAULT.into()))
}

/// A profile and, beneath it, the data folder that it names.
fn named_profile(config: &ConfigFile, name: &str) -> anyhow::Result<Vec<Layer>> {
    if let Some(layer) = config.profile(name)? {
        let folder = layer.values.data_dir.clone();
        let mut layers = vec![layer];
        if let Some(path) = folder {
            layers.push(data_dir::load(&path).with_context(|| format!("profile {name}"))?);
        }
        return Ok(layers);
    }
    match ossutil::load(Some(name))? {
        Some(layer) => Ok(vec![layer]),
        None => bail!("no profile {name} in {} or ~/.ossutilconfig", config.path().display()),
    }
}

fn variables() -> anyhow::Result<Values> {
    let key =
        KeyPair::of(variable("OSS_ACCESS_KEY_ID"), variable("OSS_ACCESS_KEY_SECRET"), variable("OSS_SESSION_TOKEN"));
    Ok(Values {
        endpoint: variable("OSS_ENDPOINT"),
        region: variable("OSS_REGION"),
        key: key.map_err(|what| anyhow!("OSS_* variables: {what}"))?,
        ..Values::default()
    })
}

/// A variable that is set and not empty.
fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Takes each value from the first layer that has it.
fn resolve(layers: &[Layer]) -> ResolvedSettings {
    let endpoint = first(layers, |layer| layer.values.endpoint.clone());
    let is_usable =
        |layer: &Layer| !layer.is_bound || endpoint.as_ref().is_some_and(|endpoint| endpoint.source == layer.source);
    let key = first(layers, |layer| layer.values.key.clone().filter(|_| is_usable(layer)));
    let addressing = first(layers, |layer| layer.values.addressing);
    let addressing = addressing.unwrap_or(Sourced { value: AddressingStyle::Auto, source: Source::Default });
    let region = first(layers, |layer| layer.values.region.clone().filter(|_| is_usable(layer)));
    let region = region.unwrap_or_else(|| region_of(endpoint.as_ref()));
    ResolvedSettings { endpoint, region, addressing, key }
}

fn first<T>(layers: &[Layer], value: impl Fn(&Layer) -> Option<T>) -> Option<Sourced<T>> {
    layers.iter().find_map(|layer| value(layer).map(|value| Sourced { value, source: layer.source.clone() }))
}

fn region_of(endpoint: Option<&Sourced<String>>) -> Sourced<String> {
    let parsed = endpoint.and_then(|endpoint| Endpoint::parse(&endpoint.value, AddressingStyle::Auto).ok());
    match parsed.as_ref().and_then(Endpoint::region) {
        Some(region) => Sourced { value: region.to_owned(), source: Source::EndpointName },
        None => Sourced { value: DEFAULT_REGION.to_owned(), source: Source::Default },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(source: Source, endpoint: Option<&str>, key: Option<&str>, is_bound: bool) -> Layer {
        let key = key.map(|id| KeyPair { id: id.into(), secret: "s".into(), token: None });
        Layer { source, values: Values { endpoint: endpoint.map(str::to_owned), key, ..Values::default() }, is_bound }
    }

    #[test]
    fn each_value_comes_from_the_first_source_that_has_it() {
        let folder = || Source::DataDir("d".into());
        let layers = [
            layer(Source::Option, None, None, false),
            layer(Source::Variables, Some("oss-cn-beijing.aliyuncs.com"), None, false),
            layer(folder(), Some("http://127.0.0.1:9000"), Some("local"), true),
            layer(Source::Default, None, Some("other"), false),
        ];
        let resolved = resolve(&layers);
        assert_eq!(resolved.endpoint.unwrap().source, Source::Variables);
        assert_eq!((&*resolved.region.value, resolved.region.source), ("cn-beijing", Source::EndpointName));
        assert_eq!(resolved.key.unwrap().value.id, "other", "the key of a local store goes to that store alone");
        let local = resolve(&layers[2..]);
        assert_eq!((local.key.unwrap().value.id, local.endpoint.unwrap().source), ("local".to_owned(), folder()));
        assert_eq!(local.region.source, Source::Default);
        assert_eq!((resolve(&[]).endpoint, resolve(&[]).key), (None, None));
    }
}
