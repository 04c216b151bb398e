//! `admin.json`: the admin address, its token, and the address of the console.

use crate::{data_dir::write_secret, random_text::random_text};
use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
};

/// Characters of a token: 200 random bits.
const TOKEN_CHARS: usize = 40;

/// The file.
#[derive(PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AdminFile {
    /// Such as `http://127.0.0.1:9010`.
    pub(crate) address: String,
    /// The value of `Authorization: Bearer`.
    pub(crate) token: String,
    /// Such as `http://127.0.0.1:9020`; none without a console.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) console: Option<String>,
    /// The OSS API, such as `http://127.0.0.1:9000`; files of earlier versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) endpoint: Option<String>,
    /// The region of that API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) region: Option<String>,
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
    pub(crate) fn create(
        data_dir: &Path,
        address: SocketAddr,
        console: Option<SocketAddr>,
        endpoint: Option<SocketAddr>,
        region: &str,
    ) -> anyhow::Result<Self> {
        let earlier = Self::read(data_dir);
        let token = match &earlier {
            Ok(file) => file.token.clone(),
            Err(_) => random_text(TOKEN_CHARS)?,
        };
        let console = console.map(|address| format!("http://{}", reachable(address)));
        let endpoint = endpoint.map(|endpoint| format!("http://{}", reachable(endpoint)));
        let file =
            Self { address: format!("http://{address}"), token, console, endpoint, region: Some(region.to_owned()) };
        if earlier.is_ok_and(|earlier| earlier == file) {
            return Ok(file);
        }
        if let Err(error) = write_secret(&data_dir.join("admin.json"), &serde_json::to_string_pretty(&file)?) {
            tracing::error!(error = format!("{error:#}"), "commands will not find this store's admin address");
        }
        Ok(file)
    }
}

/// An address that this machine can connect to, if the listener takes every address.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_names_an_endpoint_that_can_be_reached_and_keeps_its_token() {
        let dir = tempfile::tempdir().unwrap();
        let create = |endpoint: &str| {
            let (admin, endpoint) = ("127.0.0.1:1".parse().unwrap(), endpoint.parse().unwrap());
            AdminFile::create(dir.path(), admin, Some(endpoint), Some(endpoint), "cn-x").unwrap()
        };
        let first = create("0.0.0.0:9000");
        for (endpoint, expected) in [("[::]:9000", "http://[::1]:9000"), ("10.0.0.1:80", "http://10.0.0.1:80")] {
            let file = create(endpoint);
            assert_eq!((file.endpoint.as_deref(), &file.token), (Some(expected), &first.token));
            assert_eq!(file.console.as_deref(), Some(expected));
        }
        assert_eq!(first.endpoint.as_deref(), Some("http://127.0.0.1:9000"));
    }

    #[test]
    fn a_file_of_an_earlier_version_is_read() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("admin.json"), r#"{"address":"http://127.0.0.1:1","token":"t"}"#).unwrap();
        let file = AdminFile::read(dir.path()).unwrap();
        assert_eq!((file.endpoint, file.token.as_str()), (None, "t"));
    }
}
