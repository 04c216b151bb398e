//! `coho website get`.

use super::fetch;
use crate::{
    cli::{admin_client::RunningStore, print, say},
    website_text::{Format, is_stdin},
};
use anyhow::{Context, bail};
use clap::Args;
use coho_oss::document::website_text::{Node, TextFormat};
use std::path::PathBuf;

/// Show the website configuration of a bucket.
///
/// Defaults are filled in as OSS does, and secrets are masked; put the mask back, and the stored secret stays.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    coho website get photos                      to the terminal, in XML\n  \
    coho website get photos photos.yaml          to a file; its extension selects the format\n  \
    coho website get photos --format json | jq   to another program")]
pub(in crate::cli) struct Get {
    /// The bucket.
    bucket: String,
    /// File to write; without it the configuration is printed.
    file: Option<PathBuf>,
    /// Output format.  [default: by the file's extension, else xml]
    #[arg(long, visible_alias = "output", value_name = "FORMAT")]
    format: Option<Format>,
    #[command(flatten)]
    store: RunningStore,
}

impl Get {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let file = self.file.filter(|file| !is_stdin(file));
        let format = self.format.or_else(|| file.as_deref().and_then(Format::of_path)).unwrap_or(Format::Xml);
        let (Some(xml), _) = fetch(&self.store.client()?, &self.bucket)? else {
            bail!("bucket {} has no website configuration", self.bucket);
        };
        let text = TextFormat::from(format).write(&Node::from_xml(&xml)?)?;
        match file {
            Some(file) => {
                std::fs::write(&file, text).with_context(|| format!("cannot write {}", file.display()))?;
                say(format_args!("wrote {}", file.display()));
            }
            None => print(text),
        }
        Ok(())
    }
}
