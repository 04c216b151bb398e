//! `coho bucket config`: the configurations of a bucket, as the documents of OSS.

use super::MAX_DOCUMENT_BYTES;
use crate::cli::{
    oss::{BucketArg, OssCall},
    print, say,
    settings::OssConnection,
};
use anyhow::{Context, bail, ensure};
use clap::{Args, Subcommand, builder::PossibleValuesParser};
use http::Method;
use std::{
    fs::File,
    io::{self, Read},
    path::PathBuf,
};

/// The configurations: the names of OSS's sub-resources.
const NAMES: [&str; 14] = [
    "accessmonitor",
    "cors",
    "encryption",
    "inventory",
    "lifecycle",
    "logging",
    "policy",
    "publicAccessBlock",
    "referer",
    "requestPayment",
    "tagging",
    "transferAcceleration",
    "versioning",
    "website",
];

/// What stands for the standard input.
const STDIN: &str = "-";

/// Show, replace or remove a configuration of a bucket.
///
/// The document is that of the OSS API, in XML, or JSON for a policy. It is sent and shown as it is.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    coho bucket config set photos policy policy.json\n  \
    coho bucket config get photos cors > cors.xml\n  \
    coho bucket config rm photos policy")]
pub(in crate::cli) struct BucketConfig {
    #[command(subcommand)]
    command: BucketConfigCommand,
}

#[derive(Debug, Subcommand)]
enum BucketConfigCommand {
    /// Show a configuration.
    Get(Named),
    /// Replace a configuration by the document in a file.
    Set {
        #[command(flatten)]
        named: Named,
        /// The file; - for the standard input.
        file: PathBuf,
    },
    /// Remove a configuration.
    Rm(Named),
}

#[derive(Debug, Args)]
struct Named {
    /// The bucket, as NAME or oss://NAME.
    bucket: BucketArg,
    /// The configuration.
    #[arg(value_parser = PossibleValuesParser::new(NAMES))]
    name: String,
    #[command(flatten)]
    connection: OssConnection,
}

impl BucketConfig {
    pub(super) fn run(self) -> anyhow::Result<()> {
        match self.command {
            BucketConfigCommand::Get(named) => {
                let document = named.connection.client()?.document(&named.call(Method::GET), MAX_DOCUMENT_BYTES)?;
                let text = String::from_utf8(document).context("the document is not UTF-8")?;
                print(text);
                Ok(())
            }
            BucketConfigCommand::Set { named, file } => {
                let document = read(&file)?;
                named.connection.client()?.send(&named.call(Method::PUT), &document)?;
                say(format_args!("the configuration {} of the bucket {} is set", named.name, named.bucket.0));
                Ok(())
            }
            BucketConfigCommand::Rm(named) => {
                if named.name == "referer" {
                    bail!("OSS has no removal of it: set one with an empty RefererList");
                }
                named.connection.client()?.send(&named.call(Method::DELETE), b"")?;
                say(format_args!("the bucket {} has no configuration {}", named.bucket.0, named.name));
                Ok(())
            }
        }
    }
}

impl Named {
    fn call(&self, method: Method) -> OssCall<'_> {
        OssCall::bucket(method, &self.bucket.0).parameter(&self.name, "")
    }
}

/// The document, within the bounds of one.
fn read(file: &PathBuf) -> anyhow::Result<Vec<u8>> {
    let shown = file.display();
    let source: Box<dyn Read> = match file.to_str() {
        Some(STDIN) => Box::new(io::stdin()),
        _ => Box::new(File::open(file).with_context(|| format!("cannot read {shown}"))?),
    };
    let mut document = Vec::new();
    source
        .take(MAX_DOCUMENT_BYTES as u64 + 1)
        .read_to_end(&mut document)
        .with_context(|| format!("cannot read {shown}"))?;
    ensure!(document.len() <= MAX_DOCUMENT_BYTES, "{shown} has more than {MAX_DOCUMENT_BYTES} bytes");
    Ok(document)
}
