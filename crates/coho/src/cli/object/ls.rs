//! `coho object ls`.

use crate::cli::{
    admin_client::shown,
    oss::{ListedObject, Listing, OssUrl, ShownVersion, VersionListing},
    output::Output,
    rows::Rows,
    settings::OssConnection,
};
use clap::Args;
use serde::Serialize;

/// List objects whose keys begin with a text.
///
/// Keys are collapsed at the next slash, unless -r is given. The beginning is text and no folder: oss://b/log finds logs/a
/// as well.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    coho object ls oss://photos/\n  \
    coho object ls -r oss://photos/2026/ --output json | jq -r .[].key\n  \
    coho object ls --versions oss://photos/a.jpg")]
pub(in crate::cli) struct LsObjects {
    /// Bucket and beginning of the keys.
    #[arg(value_name = "oss://BUCKET/PREFIX")]
    url: OssUrl,
    /// Shows every key instead of folders.
    #[arg(long, short)]
    recursive: bool,
    /// Shows all versions and delete markers of each key, newest first.
    #[arg(long)]
    versions: bool,
    /// Ends after this number of entries.
    #[arg(long, value_name = "N")]
    limit: Option<u64>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connection: OssConnection,
}

/// A folder in the listing.
#[derive(Debug, Serialize)]
struct Folder {
    prefix: String,
}

impl LsObjects {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let client = self.connection.client()?;
        let mut rows = Rows::begin(self.output);
        let limit = self.limit.unwrap_or(u64::MAX);
        let delimiter = if self.recursive { "" } else { "/" };
        if self.versions {
            for page in VersionListing::new(&client, &self.url, delimiter) {
                let page = page?;
                show_prefixes(&mut rows, page.prefixes, limit)?;
                for version in page.versions.iter().take(left(&rows, limit)) {
                    rows.row(version, version_line)?;
                }
                if rows.count() >= limit {
                    break;
                }
            }
            return rows.end();
        }
        for page in Listing::new(&client, &self.url, delimiter) {
            let page = page?;
            show_prefixes(&mut rows, page.prefixes, limit)?;
            for object in page.objects.iter().take(left(&rows, limit)) {
                rows.row(object, line)?;
            }
            if rows.count() >= limit {
                break;
            }
        }
        rows.end()
    }
}

fn show_prefixes(rows: &mut Rows, prefixes: Vec<String>, limit: u64) -> anyhow::Result<()> {
    for prefix in prefixes {
        if rows.count() < limit {
            rows.row(&Folder { prefix }, |folder| format!("{:>38}  {}", "folder", shown(&folder.prefix)))?;
        }
    }
    Ok(())
}

/// Rows up to the limit.
fn left(rows: &Rows, limit: u64) -> usize {
    usize::try_from(limit.saturating_sub(rows.count())).unwrap_or(usize::MAX)
}

fn version_line(version: &ShownVersion) -> String {
    let ShownVersion { key, version_id, is_latest, size, last_modified, .. } = version;
    let size = size.map_or_else(|| "deleted".to_owned(), |size| size.to_string());
    let latest = if *is_latest { "latest" } else { "" };
    shown(&format!("{last_modified:<24}  {size:>12}  {version_id:<36}  {latest:<6}  {key}"))
}

fn line(object: &ListedObject) -> String {
    let ListedObject { key, size, last_modified, .. } = object;
    shown(&format!("{last_modified:<24}  {size:>12}  {key}"))
}
