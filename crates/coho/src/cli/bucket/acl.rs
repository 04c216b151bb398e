//! `coho bucket acl`.

use super::MAX_DOCUMENT_BYTES;
use crate::cli::{
    oss::{BucketArg, OssCall, document, text},
    say,
    settings::OssConnection,
};
use clap::{Args, builder::PossibleValuesParser};
use http::Method;

/// The ACLs of a bucket.
pub(super) const ACLS: [&str; 3] = ["private", "public-read", "public-read-write"];

/// Show who may read and write the objects of a bucket, or change it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    coho bucket acl photos\n  \
    coho bucket acl photos public-read")]
pub(in crate::cli) struct Acl {
    /// The bucket, as NAME or oss://NAME.
    bucket: BucketArg,
    /// The new ACL.
    #[arg(value_parser = PossibleValuesParser::new(ACLS))]
    acl: Option<String>,
    #[command(flatten)]
    connection: OssConnection,
}

impl Acl {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let BucketArg(bucket) = self.bucket;
        let client = self.connection.client()?;
        if let Some(acl) = self.acl {
            let call = OssCall::bucket(Method::PUT, &bucket).parameter("acl", "").header("x-oss-acl", &acl)?;
            client.send(&call, b"")?;
            say(format_args!("the ACL of the bucket {bucket} is {acl}"));
            return Ok(());
        }
        let body = client.document(&OssCall::bucket(Method::GET, &bucket).parameter("acl", ""), MAX_DOCUMENT_BYTES)?;
        let root = document(&body, "AccessControlPolicy", MAX_DOCUMENT_BYTES)?;
        let list = root.children().iter().find(|child| child.name() == "AccessControlList");
        say(crate::cli::admin_client::shown(list.map_or("", |list| text(list, "Grant"))));
        Ok(())
    }
}
