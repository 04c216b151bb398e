//! `coho object tag`.

use crate::cli::{
    oss::{OssCall, OssUrl},
    output::Output,
    say,
    settings::OssConnection,
    tags::{TAGGING, set_tags, show_tags, tag, tags_document},
};
use clap::{Args, Subcommand};
use coho_model::Tagged;
use http::Method;

/// Show, set and remove the tags of an object.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum TagObject {
    Get(GetTagsOfObject),
    Set(SetTagsOfObject),
    Rm(RemoveTagsOfObject),
}

/// Show the tags of an object.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho object tag get oss://photos/a.jpg --output json\n  \
    coho object tag get oss://photos/a.jpg --version-id CAEQ0123")]
pub(in crate::cli) struct GetTagsOfObject {
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

/// Set the tags of an object; they replace all that it has.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho object tag set oss://photos/a.jpg project=roof year=2031")]
pub(in crate::cli) struct SetTagsOfObject {
    /// The object.
    #[arg(value_name = "oss://BUCKET/KEY")]
    url: OssUrl,
    /// One version of the object; without it the current one.
    #[arg(long, value_name = "ID")]
    version_id: Option<String>,
    /// The tags, at most 10.
    #[arg(value_name = "KEY=VALUE", required = true, value_parser = tag)]
    tags: Vec<(String, String)>,
    #[command(flatten)]
    connection: OssConnection,
}

/// Remove all tags of an object.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho object tag rm oss://photos/a.jpg")]
pub(in crate::cli) struct RemoveTagsOfObject {
    /// The object.
    #[arg(value_name = "oss://BUCKET/KEY")]
    url: OssUrl,
    /// One version of the object; without it the current one.
    #[arg(long, value_name = "ID")]
    version_id: Option<String>,
    #[command(flatten)]
    connection: OssConnection,
}

impl TagObject {
    pub(super) fn run(self) -> anyhow::Result<()> {
        match self {
            Self::Get(GetTagsOfObject { url, version_id, output, connection }) => {
                show_tags(&connection.client()?, call(Method::GET, &url, version_id.as_deref())?, &output)
            }
            Self::Set(SetTagsOfObject { url, version_id, tags, connection }) => {
                let document = tags_document(Tagged::Object, &tags)?;
                set_tags(&connection.client()?, call(Method::PUT, &url, version_id.as_deref())?, &document)?;
                say(format_args!("{url} has {} tags", tags.len()));
                Ok(())
            }
            Self::Rm(RemoveTagsOfObject { url, version_id, connection }) => {
                let call = call(Method::DELETE, &url, version_id.as_deref())?.parameter(TAGGING, "");
                connection.client()?.send(&call, b"")?;
                say(format_args!("removed the tags of {url}"));
                Ok(())
            }
        }
    }
}

fn call<'a>(method: Method, url: &'a OssUrl, version: Option<&str>) -> anyhow::Result<OssCall<'a>> {
    Ok(OssCall::object(method, &url.bucket, url.object()?).version(version))
}
