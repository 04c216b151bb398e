//! `coho console`: where the console of a running store is.

use super::{admin_client::RunningStore, say};
use anyhow::{Context, bail};
use clap::Args;
use std::process::{Command, Stdio};

/// The program that opens an address in the desktop's browser.
const OPENER: &str = "xdg-open";

/// Open the console of a running store in a browser, and show its address.
#[derive(Debug, Args)]
pub(super) struct OpenConsole {
    /// Only show the address.
    #[arg(long)]
    print: bool,
    #[command(flatten)]
    store: RunningStore,
}

impl OpenConsole {
    /// The token is not part of the address: it would stay in histories and logs.
    pub(super) fn run(self) -> anyhow::Result<()> {
        let Some(url) = self.store.console()? else {
            bail!("the store has no console; it was started with console_listen = \"off\"");
        };
        say(&url);
        if self.print {
            return Ok(());
        }
        let mut opener = Command::new(OPENER);
        let opener = opener.arg(&url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let status =
            opener.status().with_context(|| format!("{OPENER} cannot be started; open the address by hand"))?;
        if !status.success() {
            bail!("{OPENER} ends with {status}; open the address by hand");
        }
        Ok(())
    }
}
