//! `coho bucket create`.

use crate::cli::{
    oss::{BucketArg, OssCall},
    say,
    settings::OssConnection,
};
use clap::{Args, builder::PossibleValuesParser};
use coho_oss::XmlWriter;
use http::Method;

/// Create a bucket.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho bucket create photos --acl public-read")]
pub(in crate::cli) struct Create {
    /// The bucket, as NAME or oss://NAME.
    bucket: BucketArg,
    /// Who may read and write its objects.
    #[arg(long, value_name = "ACL", default_value = "private", value_parser = PossibleValuesParser::new(super::acl::ACLS))]
    acl: String,
    /// Storage class.
    #[arg(long, value_name = "CLASS", value_parser = PossibleValuesParser::new(["Standard", "IA", "Archive", "ColdArchive", "DeepColdArchive"]))]
    storage_class: Option<String>,
    /// Redundancy.
    #[arg(long, value_name = "TYPE", value_parser = PossibleValuesParser::new(["LRS", "ZRS"]))]
    redundancy: Option<String>,
    #[command(flatten)]
    connection: OssConnection,
}

impl Create {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let Self { bucket: BucketArg(bucket), acl, storage_class, redundancy, connection } = self;
        let body = if storage_class.is_none() && redundancy.is_none() {
            Vec::new()
        } else {
            XmlWriter::document("CreateBucketConfiguration", 256, |w| {
                w.optional("StorageClass", storage_class);
                w.optional("DataRedundancyType", redundancy);
            })
        };
        let call = OssCall::bucket(Method::PUT, &bucket).header("x-oss-acl", &acl)?;
        connection.client()?.send(&call, &body)?;
        say(format_args!("created the bucket {bucket}"));
        Ok(())
    }
}
