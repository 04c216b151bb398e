//! `coho profile ls`.

use crate::cli::{
    admin_client::shown,
    output::Output,
    rows::Rows,
    settings::{ConfigFile, ossutil_profiles},
};
use clap::Args;
use serde::Serialize;

/// List the profiles of ~/.config/coho/config.toml and ~/.ossutilconfig.
#[derive(Debug, Args)]
pub(in crate::cli) struct LsProfiles {
    #[command(flatten)]
    output: Output,
}

/// A profile.
#[derive(Debug, Serialize)]
struct ListedProfile {
    name: String,
    file: String,
    is_default: bool,
}

impl LsProfiles {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let config = ConfigFile::load()?;
        let mut rows = Rows::begin(self.output);
        for name in config.names() {
            let is_default = config.default_profile() == Some(name);
            let file = config.path().display().to_string();
            rows.row(&ListedProfile { name: name.to_owned(), file, is_default }, line)?;
        }
        for name in ossutil_profiles()? {
            rows.row(&ListedProfile { name, file: "~/.ossutilconfig".to_owned(), is_default: false }, line)?;
        }
        rows.end()
    }
}

fn line(profile: &ListedProfile) -> String {
    let ListedProfile { name, file, is_default } = profile;
    let mark = if *is_default { "  default" } else { "" };
    shown(&format!("{name:<20}  {file}{mark}"))
}
