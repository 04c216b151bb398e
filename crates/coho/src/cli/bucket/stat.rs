//! `coho bucket stat`.

use super::MAX_DOCUMENT_BYTES;
use crate::cli::{
    oss::{BucketArg, OssCall, OssClient, Payload, document, number, text},
    output::{Output, lines},
    settings::OssConnection,
    size::size,
};
use anyhow::Context;
use clap::Args;
use coho_admin_api::mirror::StoredShares;
use coho_model::BucketName;
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
    /// Of these, those that came from an origin; no field where the store does not count them, as OSS.
    #[serde(flatten)]
    shares: Option<StoredShares>,
    uploads: u64,
}

impl StatBucket {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let BucketArg(bucket) = self.bucket;
        let client = self.connection.client()?;
        let read = |name: &str| {
            client.document(&OssCall::bucket(Method::GET, &bucket).parameter(name, ""), MAX_DOCUMENT_BYTES)
        };
        let info = read("bucketInfo")?;
        let (stat, shares) = stat(&client, &bucket)?;
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
            shares,
            uploads: number(&stat, "MultipartUploadCount")?,
        };
        self.output.show(&facts, |facts| {
            let counted = [
                ("mirrored_bytes", facts.shares.map(|shares| shares.mirrored_bytes)),
                ("written_bytes", facts.shares.map(|shares| shares.written_bytes)),
                ("bytes", Some(facts.bytes)),
            ];
            let with_size = |line: &str| {
                let is = |name: &str, bytes: u64| {
                    (line == format!("{name}: {bytes}")).then(|| format!("{line} ({})", size(bytes)))
                };
                counted.iter().find_map(|(name, bytes)| is(name, (*bytes)?)).unwrap_or_else(|| line.to_owned())
            };
            lines(facts).lines().map(|line| with_size(line) + "\n").collect()
        })
    }
}

/// The counters, and what of them came from origins if the store says so.
fn stat(client: &OssClient, bucket: &BucketName) -> anyhow::Result<(Vec<u8>, Option<StoredShares>)> {
    let call = OssCall::bucket(Method::GET, bucket).parameter("stat", "");
    let read = client.repeat(|_| {
        let answer = client.send_once(&call, Payload::Bytes(b""))?;
        let header = |name| coho_model::decimal(answer.header(name));
        let mirrored = header("x-coho-mirrored-objects").zip(header("x-coho-mirrored-bytes"));
        Ok((client.read(answer, MAX_DOCUMENT_BYTES)?, mirrored))
    });
    let (body, mirrored) = read?;
    let counted = document(&body, "BucketStat", MAX_DOCUMENT_BYTES)?;
    let (objects, bytes): (u64, u64) = (number(&counted, "ObjectCount")?, number(&counted, "Storage")?);
    let shares = mirrored.map(|(mirrored_objects, mirrored_bytes)| StoredShares {
        mirrored_objects,
        mirrored_bytes,
        written_objects: objects.saturating_sub(mirrored_objects),
        written_bytes: bytes.saturating_sub(mirrored_bytes),
    });
    Ok((body, shares))
}
