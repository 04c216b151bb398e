//! `admin.json`: the admin address, its token, and the address of the console.

use crate::{data_dir::write_secret, random_text::random_text};
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::{net::SocketAddr, path::Path};

/// Characters of a token: 200 random bits.
const TOKEN_CHARS: usize = 40;

/// The file.
#[derive(Serialize, Deserialize)]
pub(crate) struct AdminFile {
    /// Such as `http://127.0.0.1:9010`.
    pub(crate) address: String,
    /// The value of `Authorization: Bearer`.
    pub(crate) token: String,
    /// Such as `http://127.0.0.1:9020`; none without a console.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) console: Option<String>,
}

impl AdminFile {
    /// Reads the file of a running store.
    pub(crate) fn read(data_dir: &Path) -> anyhow::Result<Self> {
        let path = data_dir.join("admin.json");
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}; is this the data folder of a running store?", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} is not valid", path.display()))
    }

    /// Writes the file; the token of an earlier run is kept. A disk that is full must not keep a store from starting:
    /// objects can only be deleted while it runs.
    pub(crate) fn create(data_dir: &Path, address: SocketAddr, console: Option<SocketAddr>) -> anyhow::Result<Self> {
        let address = format!("http://{address}");
        let console = console.map(|address| format!("http://{address}"));
        let token = match Self::read(data_dir) {
            Ok(file) if file.address == address && file.console == console => return Ok(file),
            Ok(file) => file.token,
            Err(_) => random_text(TOKEN_CHARS)?,
        };
        let file = Self { address, token, console };
        if let Err(error) = write_secret(&data_dir.join("admin.json"), &serde_json::to_string_pretty(&file)?) {
            tracing::error!(error = format!("{error:#}"), "commands will not find this store's admin address");
        }
        Ok(file)
    }
}
