//! `coho bucket tag`.

use crate::cli::{
    oss::{BucketArg, OssCall},
    output::Output,
    say,
    settings::OssConnection,
    tags::{TAGGING, set_tags, show_tags, tag, tags_document},
};
use clap::{Args, Subcommand};
use coho_model::Tagged;
use http::Method;

/// Show, set and remove the tags of a bucket.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum TagBucket {
    Get(GetTagsOfBucket),
    Set(SetTagsOfBucket),
    Rm(RemoveTagsOfBucket),
}

/// Show the tags of a bucket.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho bucket tag get photos --output json")]
pub(in crate::cli) struct GetTagsOfBucket {
    /// The bucket, as NAME or oss://NAME.
    bucket: BucketArg,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connection: OssConnection,
}

/// Set the tags of a bucket; they replace all that it has.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho bucket tag set photos team=blue cost-centre=7")]
pub(in crate::cli) struct SetTagsOfBucket {
    /// The bucket, as NAME or oss://NAME.
    bucket: BucketArg,
    /// The tags, at most 20.
    #[arg(value_name = "KEY=VALUE", required = true, value_parser = tag)]
    tags: Vec<(String, String)>,
    #[command(flatten)]
    connection: OssConnection,
}

/// Remove all tags of a bucket, or those with some keys.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    coho bucket tag rm photos\n  \
    coho bucket tag rm photos team cost-centre")]
pub(in crate::cli) struct RemoveTagsOfBucket {
    /// The bucket, as NAME or oss://NAME.
    bucket: BucketArg,
    /// Keys of the tags to remove; without any, all go.
    #[arg(value_name = "KEY")]
    keys: Vec<String>,
    #[command(flatten)]
    connection: OssConnection,
}

impl TagBucket {
    pub(super) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Get(GetTagsOfBucket { bucket: BucketArg(bucket), output, connection }) => {
                show_tags(&connection.client()?, OssCall::bucket(Method::GET, &bucket), &output)
            }
            Self::Set(SetTagsOfBucket { bucket: BucketArg(bucket), tags, connection }) => {
                let document = tags_document(Tagged::Bucket, &tags)?;
                set_tags(&connection.client()?, OssCall::bucket(Method::PUT, &bucket), &document)?;
                say(format_args!("the bucket {bucket} has {} tags", tags.len()));
                Ok(())
            }
            Self::Rm(RemoveTagsOfBucket { bucket: BucketArg(bucket), keys, connection }) => {
                let call = OssCall::bucket(Method::DELETE, &bucket).parameter(TAGGING, keys.join(","));
                connection.client()?.send(&call, b"")?;
                say(format_args!("removed tags of the bucket {bucket}"));
                Ok(())
            }
        }
    }
}
