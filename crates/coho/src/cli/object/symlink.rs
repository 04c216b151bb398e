//! `coho object symlink`.

use crate::cli::{
    admin_client::shown,
    oss::{CallFailure, OssCall, OssUrl},
    say,
    settings::OssConnection,
};
use clap::Args;
use coho_oss::url_encoded;
use http::Method;
use percent_encoding::percent_decode_str;

/// The header that names a target.
const TARGET: &str = "x-oss-symlink-target";

/// Show the target of a symbolic link, or make one.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    coho object symlink oss://photos/latest.jpg\n  \
    coho object symlink oss://photos/latest.jpg --version-id CAEQ0123\n  \
    coho object symlink oss://photos/latest.jpg --target 2031/a.jpg")]
pub(in crate::cli) struct Symlink {
    /// The link.
    #[arg(value_name = "oss://BUCKET/KEY")]
    url: OssUrl,
    /// One version of the link; without it the current one.
    #[arg(long, value_name = "ID", conflicts_with = "target")]
    version_id: Option<String>,
    /// Makes the link: the key of its target in the same bucket, which need not exist.
    #[arg(long, value_name = "KEY")]
    target: Option<String>,
    #[command(flatten)]
    connection: OssConnection,
}

impl Symlink {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let Self { url, version_id, target, connection } = self;
        let call = |method| -> anyhow::Result<OssCall<'_>> {
            let call = OssCall::object(method, &url.bucket, url.object()?).parameter("symlink", "");
            Ok(call.version(version_id.as_deref()))
        };
        let client = connection.client()?;
        if let Some(target) = &target {
            client.send(&call(Method::PUT)?.header(TARGET, &url_encoded(target))?, b"")?;
            say(format_args!("{url} is a link to {}", shown(target)));
            return Ok(());
        }
        let answer = client.send(&call(Method::GET)?, b"")?;
        let text = answer.header(TARGET).replace('+', " ");
        match percent_decode_str(&text).decode_utf8() {
            Ok(target) if !target.is_empty() => say(shown(&target)),
            Ok(_) | Err(_) => {
                return Err(CallFailure::Unusable("the answer names no target".to_owned()).into());
            }
        }
        Ok(())
    }
}
