//! `coho bucket rm`.

use crate::cli::{
    oss::{BucketArg, OssCall},
    say,
    settings::OssConnection,
};
use clap::Args;
use http::Method;

/// Remove an empty bucket, with its configuration.
///
/// A bucket with objects is refused: remove them first with `coho object rm -r`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho object rm -r oss://photos/\n  \
    coho bucket rm photos")]
pub(in crate::cli) struct RmBucket {
    /// The bucket, as NAME or oss://NAME.
    bucket: BucketArg,
    #[command(flatten)]
    connection: OssConnection,
}

impl RmBucket {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let BucketArg(bucket) = self.bucket;
        self.connection.client()?.send(&OssCall::bucket(Method::DELETE, &bucket), b"")?;
        say(format_args!("removed the bucket {bucket}"));
        Ok(())
    }
}
