//! `coho bucket stat`.

use super::MAX_DOCUMENT_BYTES;
use crate::cli::{
    oss::{BucketArg, OssCall, document, number, text},
    output::{Output, lines},
    settings::OssConnection,
    size::size,
};
use anyhow::Context;
use clap::Args;
use http::Method;
use serde::Serialize;

/// Show a bucket: its settings, and how much is in it.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho bucket stat photos --output json | jq .objects")]
pub(in crate::cli) struct StatBucket {
    /// The bucket, as NAME or oss://NAME.
    bucket: BucketArg,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connection: OssConnection,
}

/// What is shown.
#[derive(Debug, Serialize)]
struct BucketFacts {
    name: String,
    created: String,
    region: String,
    owner: String,
    acl: String,
    storage_class: String,
    redundancy: String,
    objects: u64,
    bytes: u64,
    uploads: u64,
}

impl StatBucket {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let BucketArg(bucket) = self.bucket;
        let client = self.connection.client()?;
        let read = |name: &str| {
            client.document(&OssCall::bucket(Method::GET, &bucket).parameter(name, ""), MAX_DOCUMENT_BYTES)
        };
        let (info, stat) = (read("bucketInfo")?, read("stat")?);
        let info = document(&info, "BucketInfo", MAX_DOCUMENT_BYTES)?;
        let stat = document(&stat, "BucketStat", MAX_DOCUMENT_BYTES)?;
        let about = info.child("Bucket").ok().flatten().context("the answer names no bucket")?;
        let nested = |outer: &str, inner: &str| {
            let found = about.children().iter().find(|child| child.name() == outer);
            found.map_or_else(String::new, |found| text(found, inner).to_owned())
        };
        let facts = BucketFacts {
            name: text(about, "Name").to_owned(),
            created: text(about, "CreationDate").to_owned(),
            region: text(about, "Location").trim_start_matches("oss-").to_owned(),
            owner: nested("Owner", "ID"),
            acl: nested("AccessControlList", "Grant"),
            storage_class: text(about, "StorageClass").to_owned(),
            redundancy: text(about, "DataRedundancyType").to_owned(),
            objects: number(&stat, "ObjectCount")?,
            bytes: number(&stat, "Storage")?,
            uploads: number(&stat, "MultipartUploadCount")?,
        };
        self.output.show(&facts, |facts| {
            lines(facts).replace(
                &format!("bytes: {}\n", facts.bytes),
                &format!("bytes: {} ({})\n", facts.bytes, size(facts.bytes)),
            )
        })
    }
}
