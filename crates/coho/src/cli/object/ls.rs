//! `coho object ls`.

use crate::cli::{
    admin_client::shown,
    oss::{ListedObject, Listing, OssUrl},
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
    coho object ls -r oss://photos/2026/ --output json | jq -r .[].key")]
pub(in crate::cli) struct LsObjects {
    /// Bucket and beginning of the keys.
    #[arg(value_name = "oss://BUCKET/PREFIX")]
    url: OssUrl,
    /// Shows every key instead of folders.
    #[arg(long, short)]
    recursive: bool,
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
        for page in Listing::new(&client, &self.url, if self.recursive { "" } else { "/" }) {
            let page = page?;
            for prefix in page.prefixes {
                if rows.count() < limit {
                    rows.row(&Folder { prefix }, |folder| format!("{:>38}  {}", "folder", shown(&folder.prefix)))?;
                }
            }
            for object in page.objects.iter().take(usize::try_from(limit - rows.count()).unwrap_or(usize::MAX)) {
                rows.row(object, line)?;
            }
            if rows.count() >= limit {
                break;
            }
        }
        rows.end()
    }
}

fn line(object: &ListedObject) -> String {
    let ListedObject { key, size, last_modified, .. } = object;
    shown(&format!("{last_modified:<24}  {size:>12}  {key}"))
}
