//! `admin.json`: where the admin address is, and the token that opens it.

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
    /// What `Authorization: Bearer` must carry.
    pub(crate) token: String,
}

impl AdminFile {
    /// Reads the file of a running store.
    pub(crate) fn read(data_dir: &Path) -> anyhow::Result<Self> {
        let path = data_dir.join("admin.json");
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}; is this the data folder of a store?", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} cannot be understood", path.display()))
    }

    /// Writes the file with a new token.
    pub(crate) fn create(data_dir: &Path, address: SocketAddr) -> anyhow::Result<Self> {
        let file = Self { address: format!("http://{address}"), token: random_text(TOKEN_CHARS)? };
        write_secret(&data_dir.join("admin.json"), &serde_json::to_string_pretty(&file)?)?;
        Ok(file)
    }
}
