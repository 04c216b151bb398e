//! `coho object stat`.

use crate::cli::{
    oss::{OssAnswer, OssCall, OssUrl},
    output::{Output, lines},
    settings::OssConnection,
};
use clap::Args;
use http::Method;
use serde::Serialize;
use std::collections::BTreeMap;

/// The prefix of a client's own metadata.
const META: &str = "x-oss-meta-";
/// Headers of the connection and of the request, which say nothing of the object.
const NOT_OF_THE_OBJECT: [&str; 7] =
    ["connection", "date", "server", "keep-alive", "x-oss-request-id", "x-oss-server-time", "content-length"];

/// Show what is known of an object: length, times, checksums, headers and metadata.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho object stat oss://photos/a.jpg --output json | jq .size")]
pub(in crate::cli) struct StatObject {
    /// The object.
    #[arg(value_name = "oss://BUCKET/KEY")]
    url: OssUrl,
    /// One version of the object; without it the current one.
    #[arg(long, value_name = "ID")]
    version_id: Option<String>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connection: OssConnection,
}

/// What is shown.
#[derive(Debug, Serialize)]
struct ObjectFacts {
    bucket: String,
    key: String,
    /// None for an object that is being fetched and has no known length.
    size: Option<u64>,
    headers: BTreeMap<String, String>,
    metadata: BTreeMap<String, String>,
}

impl StatObject {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let key = self.url.object()?;
        let call = OssCall::object(Method::HEAD, &self.url.bucket, key).version(self.version_id.as_deref());
        let answer = self.connection.client()?.send(&call, b"")?;
        self.output.show(&facts(&self.url, &answer), |facts| crate::cli::printable(&lines(facts)))
    }
}

fn facts(url: &OssUrl, answer: &OssAnswer) -> ObjectFacts {
    let (mut headers, mut metadata) = (BTreeMap::new(), BTreeMap::new());
    for (name, value) in &answer.headers {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        match name.as_str().strip_prefix(META) {
            Some(name) => metadata.insert(name.to_owned(), value),
            None if NOT_OF_THE_OBJECT.contains(&name.as_str()) => continue,
            None => headers.insert(name.as_str().to_owned(), value),
        };
    }
    let size = coho_model::decimal(answer.header("content-length").trim());
    ObjectFacts { bucket: url.bucket.to_string(), key: url.key.clone(), size, headers, metadata }
}
