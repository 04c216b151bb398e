//! `coho bucket ls`.

use super::MAX_DOCUMENT_BYTES;
use crate::cli::{
    admin_client::shown,
    oss::{CallFailure, OssCall, OssClient, document, text},
    output::Output,
    rows::Rows,
    settings::OssConnection,
};
use clap::Args;
use http::Method;
use serde::Serialize;

/// Buckets of a page.
const PAGE_BUCKETS: usize = 1000;

/// List the buckets of the access key's account.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    coho bucket ls\n  \
    coho bucket ls --prefix photos --output json")]
pub(in crate::cli) struct LsBuckets {
    /// Beginning of the names.
    #[arg(long, value_name = "TEXT", default_value = "")]
    prefix: String,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connection: OssConnection,
}

/// A bucket as the listing shows it.
#[derive(Debug, Serialize)]
struct ListedBucket {
    name: String,
    created: String,
    region: String,
    storage_class: String,
}

impl LsBuckets {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let client = self.connection.client()?;
        let mut rows = Rows::begin(self.output);
        let mut marker = String::new();
        loop {
            let (buckets, next) = page(&client, &self.prefix, &marker)?;
            for bucket in &buckets {
                rows.row(bucket, line)?;
            }
            match next {
                Some(next) if next > marker => marker = next,
                _ => return rows.end(),
            }
        }
    }
}

fn line(bucket: &ListedBucket) -> String {
    let ListedBucket { name, created, region, storage_class } = bucket;
    shown(&format!("{created:<24}  {region:<16}  {storage_class:<12}  {name}"))
}

/// The buckets after the marker, and the marker of the next page.
fn page(client: &OssClient, prefix: &str, marker: &str) -> Result<(Vec<ListedBucket>, Option<String>), CallFailure> {
    let mut call = OssCall::service(Method::GET).parameter("max-keys", PAGE_BUCKETS);
    for (name, value) in [("prefix", prefix), ("marker", marker)] {
        if !value.is_empty() {
            call = call.parameter(name, value);
        }
    }
    let body = client.document(&call, MAX_DOCUMENT_BYTES)?;
    let root = document(&body, "ListAllMyBucketsResult", MAX_DOCUMENT_BYTES)?;
    let list = root.children().iter().find(|child| child.name() == "Buckets");
    let buckets = list.map_or(&[][..], |list| list.children()).iter().map(|bucket| ListedBucket {
        name: text(bucket, "Name").to_owned(),
        created: text(bucket, "CreationDate").to_owned(),
        region: text(bucket, "Region").to_owned(),
        storage_class: text(bucket, "StorageClass").to_owned(),
    });
    let next = (text(&root, "IsTruncated").trim() == "true").then(|| text(&root, "NextMarker").to_owned());
    Ok((buckets.collect(), next))
}
