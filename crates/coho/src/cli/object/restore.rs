//! `coho object restore`.

use crate::cli::{
    oss::{OssCall, OssUrl},
    say,
    settings::OssConnection,
};
use clap::{Args, ValueEnum};
use coho_model::{RestoreRequest, RestoreTier};
use coho_oss::document::restore_request;
use http::Method;

/// Make an object of an archive class readable for some days, or freeze it again before.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    coho object restore oss://photos/2019/a.jpg --days 3\n  \
    coho object restore oss://photos/2019/a.jpg --version-id CAEQ0123 --tier bulk\n  \
    coho object restore oss://photos/2019/a.jpg --clean")]
pub(in crate::cli) struct RestoreArchived {
    /// The object.
    #[arg(value_name = "oss://BUCKET/KEY")]
    url: OssUrl,
    /// One version of the object; without it the current one.
    #[arg(long, value_name = "ID")]
    version_id: Option<String>,
    /// For how many days it is readable; without this for one.
    #[arg(long, value_name = "NUMBER")]
    days: Option<u32>,
    /// How urgent it is; the class Archive has no tiers.
    #[arg(long, value_name = "TIER")]
    tier: Option<Tier>,
    /// Freezes a restored object now.
    #[arg(long, conflicts_with_all = ["days", "tier"])]
    clean: bool,
    #[command(flatten)]
    connection: OssConnection,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Tier {
    Expedited,
    Standard,
    Bulk,
}

impl Tier {
    fn of_store(self) -> RestoreTier {
        match self {
            Self::Expedited => RestoreTier::Expedited,
            Self::Standard => RestoreTier::Standard,
            Self::Bulk => RestoreTier::Bulk,
        }
    }
}

impl RestoreArchived {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let Self { url, version_id, days, tier, clean, connection } = self;
        let call = |parameter: &str| -> anyhow::Result<OssCall<'_>> {
            let call = OssCall::object(Method::POST, &url.bucket, url.object()?).parameter(parameter, "");
            Ok(call.version(version_id.as_deref()))
        };
        let client = connection.client()?;
        if clean {
            client.send(&call("cleanRestoredObject")?, b"")?;
            say(format_args!("{url} is frozen again"));
            return Ok(());
        }
        let request = RestoreRequest { days, tier: tier.map(Tier::of_store) };
        let answer = client.send(&call("restore")?, &restore_request::to_xml(&request))?;
        match answer.status {
            // OSS: it was restored already.
            200 => say(format_args!("{url} stays readable for longer")),
            _ => say(format_args!("the restore of {url} has begun")),
        }
        Ok(())
    }
}
