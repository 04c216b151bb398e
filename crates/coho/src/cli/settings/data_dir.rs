//! A store on this machine, by its data folder: its endpoint, region and first access key.

use super::{KeyPair, Layer, Source, Values, protection::warn_if_others_can_read};
use crate::{admin_file::AdminFile, credentials};
use anyhow::{Context, anyhow};
use std::{env, path::Path};

/// The folder that `coho serve` uses without an option, below the current one.
pub(super) const DEFAULT: &str = "./coho-data";

/// Reads a folder that was named.
pub(super) fn load(path: &Path) -> anyhow::Result<Layer> {
    let file = AdminFile::read(path)?;
    let endpoint = file.endpoint.with_context(|| {
        format!("{} names no endpoint: the store was started by an earlier version; start it again", path.display())
    })?;
    let values = Values { endpoint: Some(endpoint), region: file.region, key: key(path)?, ..Values::default() };
    Ok(Layer { source: Source::DataDir(path.to_owned()), values, is_bound: true })
}

/// Reads a folder that was not named for this command; none if no store runs there.
pub(super) fn load_if_running(path: &Path) -> anyhow::Result<Option<Layer>> {
    if AdminFile::read(path).ok().and_then(|file| file.endpoint).is_none() {
        return Ok(None);
    }
    load(path).map(Some)
}

/// The key that a store with this folder and these variables would use.
fn key(path: &Path) -> anyhow::Result<Option<KeyPair>> {
    let variable = |name: &str| env::var(name).ok();
    let (id, secret) = (variable("COHO_ACCESS_KEY_ID"), variable("COHO_ACCESS_KEY_SECRET"));
    let named = KeyPair::of(id, secret, None).map_err(|what| anyhow!("COHO_ACCESS_KEY_*: {what}"))?;
    let file = path.join("credentials.toml");
    if named.is_some() || !file.exists() {
        return Ok(named);
    }
    let (id, secret, token) = credentials::first_key(&file)?;
    warn_if_others_can_read(&file);
    Ok(Some(KeyPair { id, secret, token }))
}
