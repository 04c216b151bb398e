//! `coho bucket versioning`.

use super::MAX_DOCUMENT_BYTES;
use crate::cli::{
    admin_client::shown,
    oss::{BucketArg, OssCall, document, text},
    say,
    settings::OssConnection,
};
use clap::{Args, ValueEnum};
use coho_model::Versioning;
use coho_oss::document::versioning;
use http::Method;

/// Show whether a bucket keeps the versions of its objects, or change it.
///
/// Versioning can be suspended and never turned off again. A bucket with back-to-origin rules cannot have it.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    coho bucket versioning photos\n  \
    coho bucket versioning photos enabled")]
pub(in crate::cli) struct BucketVersioning {
    /// The bucket, as NAME or oss://NAME.
    bucket: BucketArg,
    /// The new state.
    state: Option<VersioningState>,
    #[command(flatten)]
    connection: OssConnection,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum VersioningState {
    /// Every write makes a version.
    Enabled,
    /// Versions are kept, and writes replace the version `null`.
    Suspended,
}

impl BucketVersioning {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let BucketArg(bucket) = self.bucket;
        let client = self.connection.client()?;
        if let Some(state) = self.state {
            let (versioning, text) = match state {
                VersioningState::Enabled => (Versioning::Enabled, "enabled"),
                VersioningState::Suspended => (Versioning::Suspended, "suspended"),
            };
            let call = OssCall::bucket(Method::PUT, &bucket).parameter("versioning", "");
            client.send(&call, &versioning::to_xml(versioning))?;
            say(format_args!("versioning of the bucket {bucket} is {text}"));
            return Ok(());
        }
        let call = OssCall::bucket(Method::GET, &bucket).parameter("versioning", "");
        let body = client.document(&call, MAX_DOCUMENT_BYTES)?;
        let root = document(&body, "VersioningConfiguration", MAX_DOCUMENT_BYTES)?;
        match text(&root, "Status").to_lowercase().as_str() {
            "" => say("off"),
            status => say(shown(status)),
        }
        Ok(())
    }
}
