//! `coho status`: asks the admin address of a running store.

use super::say;
use crate::admin_file::AdminFile;
use anyhow::{Context, bail};
use clap::Args;
use std::{
    io::{Read, Write},
    net::TcpStream,
    path::PathBuf,
    time::Duration,
};

/// Longest wait for an answer.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Largest answer that is read.
const MAX_ANSWER_BYTES: u64 = 1 << 20;

#[derive(Debug, Args)]
pub(super) struct Status {
    /// Data folder of the running store, which holds the token.
    #[arg(long, env = "COHO_DATA_DIR", value_name = "DIR", default_value = "./coho-data")]
    data_dir: PathBuf,
}

impl Status {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let admin = AdminFile::read(&self.data_dir)?;
        let json: serde_json::Value = serde_json::from_str(&get(&admin, "/v1/status")?)?;
        say(format_args!("{json:#}"));
        Ok(())
    }
}

fn get(admin: &AdminFile, path: &str) -> anyhow::Result<String> {
    let host = admin.address.strip_prefix("http://").unwrap_or(&admin.address);
    let mut stream = TcpStream::connect(host).with_context(|| format!("no store answers at {host}; is it running?"))?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    write!(
        stream,
        "GET {path} HTTP/1.0\r\nHost: {host}\r\nAuthorization: Bearer {}\r\nConnection: close\r\n\r\n",
        admin.token
    )?;
    let mut answer = String::new();
    stream.take(MAX_ANSWER_BYTES).read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").context("the answer is no HTTP")?;
    let status = head.lines().next().unwrap_or_default();
    if !status.contains(" 200 ") {
        bail!("the store answered: {status}");
    }
    Ok(body.to_owned())
}
