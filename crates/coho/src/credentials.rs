//! Access keys: from a file, from the environment, or generated at the first start. No default password exists.

use crate::{
    data_dir::{DataDir, write_secret},
    random_text::random_text,
};
use anyhow::{Context, anyhow, bail};
use coho_admin_api::access::AccessKeySource;
use coho_auth::{Credential, Credentials};
use coho_server::ConfiguredKeys;
use serde::{Deserialize, Serialize};
use std::{
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    sync::Arc,
};

/// The account that owns everything unless a credentials file names others.
const DEFAULT_OWNER: &str = "1000000000000000";

/// Mode bits with which the group or other users read a file.
const OTHERS_READ: u32 = 0o044;

/// The keys, and facts about them for the operator.
pub(crate) struct Loaded {
    pub(crate) credentials: Credentials,
    /// Where they come from.
    pub(crate) source: AccessKeySource,
    /// Owner of the buckets that `--mirror` creates.
    pub(crate) owner: Arc<str>,
    /// The id of the first key.
    pub(crate) access_key_id: String,
    /// File of the secret, if Coho generated it.
    pub(crate) kept_in: Option<PathBuf>,
    /// The secret, if this start generated it.
    pub(crate) new_secret: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct CredentialsFile {
    credentials: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    access_key_id: String,
    access_key_secret: String,
    #[serde(default = "default_owner")]
    owner: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    security_token: Option<String>,
}

fn default_owner() -> String {
    DEFAULT_OWNER.into()
}

impl Loaded {
    /// The keys as the server takes them.
    pub(crate) fn configured(&self) -> ConfiguredKeys {
        ConfiguredKeys { credentials: self.credentials.clone(), source: self.source, owner: self.owner.clone() }
    }
}

/// Finds the keys to use.
pub(crate) fn load(file: Option<&Path>, data_dir: &DataDir) -> anyhow::Result<Loaded> {
    if let Some(path) = file {
        return loaded(read(path)?, AccessKeySource::File, None, None).with_context(|| path.display().to_string());
    }
    if let Some(entry) = from_environment()? {
        return loaded(vec![entry], AccessKeySource::Environment, None, None);
    }
    let path = data_dir.join("credentials.toml");
    if path.try_exists().with_context(|| format!("cannot look for {}", path.display()))? {
        let kept_in = Some(path.clone());
        return loaded(read(&path)?, AccessKeySource::Generated, kept_in, None)
            .with_context(|| path.display().to_string());
    }
    let entry = Entry {
        access_key_id: format!("COHO{}", random_text(16)?),
        access_key_secret: random_text(40)?,
        owner: default_owner(),
        security_token: None,
    };
    let secret = entry.access_key_secret.clone();
    let file = CredentialsFile { credentials: vec![entry] };
    write_secret(&path, &toml::to_string(&file)?)?;
    loaded(file.credentials, AccessKeySource::Generated, Some(path), Some(secret))
}

/// Reads a file to see whether it can be used.
pub(crate) fn check(path: &Path) -> anyhow::Result<()> {
    loaded(read(path)?, AccessKeySource::File, None, None).map(|_| ()).with_context(|| path.display().to_string())
}

/// The first key of a file: its id, secret and security token.
pub(crate) fn first_key(path: &Path) -> anyhow::Result<(String, String, Option<String>)> {
    let first = read(path)?.into_iter().next();
    let Entry { access_key_id, access_key_secret, security_token, .. } =
        first.with_context(|| format!("{} has no access key", path.display()))?;
    Ok((access_key_id, access_key_secret, security_token))
}

fn from_environment() -> anyhow::Result<Option<Entry>> {
    let variable = |name: &str| match std::env::var(name) {
        Ok(value) => Ok(Some(value)),
        Err(std::env::VarError::NotPresent) => Ok(None),
        Err(error) => Err(anyhow!("{name}: {error}")),
    };
    match (variable("COHO_ACCESS_KEY_ID")?, variable("COHO_ACCESS_KEY_SECRET")?) {
        (Some(access_key_id), Some(access_key_secret)) => {
            Ok(Some(Entry { access_key_id, access_key_secret, owner: default_owner(), security_token: None }))
        }
        (None, None) => Ok(None),
        _ => bail!("COHO_ACCESS_KEY_ID and COHO_ACCESS_KEY_SECRET must be set together"),
    }
}

fn read(path: &Path) -> anyhow::Result<Vec<Entry>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    warn_if_others_can_read(path);
    // The parser's own message would quote the line, which may hold a secret.
    let file: CredentialsFile = toml::from_str(&text).map_err(|error| {
        let line = error.span().map_or(0, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        anyhow!("{}: line {line}: {}", path.display(), error.message())
    })?;
    Ok(file.credentials)
}

/// Not a refusal: secrets that a container runtime mounts often have such a mode.
fn warn_if_others_can_read(path: &Path) {
    let mode = std::fs::metadata(path).map_or(0, |metadata| metadata.permissions().mode());
    if mode & OTHERS_READ != 0 {
        let (file, mode) = (path.display(), format!("{:o}", mode & 0o777));
        tracing::warn!(%file, mode, "other users can read the secrets in this file; chmod 600 protects them");
    }
}

fn loaded(
    entries: Vec<Entry>,
    source: AccessKeySource,
    kept_in: Option<PathBuf>,
    new_secret: Option<String>,
) -> anyhow::Result<Loaded> {
    let first = entries.first().ok_or_else(|| anyhow!("the list of credentials is empty"))?;
    let (owner, access_key_id) = (first.owner.as_str().into(), first.access_key_id.clone());
    let credentials = Credentials::new(entries.into_iter().map(|entry| {
        let credential = Credential::new(&entry.access_key_id, &entry.access_key_secret, &entry.owner);
        match entry.security_token {
            Some(token) => credential.with_security_token(&token),
            None => credential,
        }
    }))?;
    Ok(Loaded { credentials, source, owner, access_key_id, kept_in, new_secret })
}
