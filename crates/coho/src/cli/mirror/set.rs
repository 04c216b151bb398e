//! `coho mirror set`.

use crate::cli::{admin_client::RunningStore, output::Output};
use clap::Args;
use coho_admin_api::mirror::{BucketMirrorChange, NumberSetting};

/// Show or change how a bucket fetches from its origins.
///
/// A change applies to the next fetch. Settings that are not named stay; `default` is the setting of the server.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho mirror set photos --connect-timeout-ms 500 --missing-seconds 30\n  \
    coho mirror set photos --hide-origin true\n  \
    coho mirror set photos --encrypt true\n  \
    coho mirror set photos")]
pub(in crate::cli) struct Set {
    /// The bucket.
    bucket: String,
    /// Milliseconds that name resolution and connection may take together.
    #[arg(long, value_name = "MS|default", value_parser = number)]
    connect_timeout_ms: Option<NumberSetting>,
    /// Milliseconds from the request to the head of the origin's answer.
    #[arg(long, value_name = "MS|default", value_parser = number)]
    first_byte_timeout_ms: Option<NumberSetting>,
    /// Milliseconds between two pieces of a body.
    #[arg(long, value_name = "MS|default", value_parser = number)]
    idle_timeout_ms: Option<NumberSetting>,
    /// Seconds for which a missing object of the origin is remembered; 0 asks the origin each time.
    #[arg(long, value_name = "SECONDS|default", value_parser = number)]
    missing_seconds: Option<NumberSetting>,
    /// Whether `x-oss-tag` is `MIRROR` alone, without the origin's URL.
    #[arg(long, value_name = "true|false")]
    hide_origin: Option<bool>,
    /// Whether the origins are trusted to end a body by closing its connection. If not, an object that comes without a length
    /// is delivered and not stored, except where TLS proves its end.
    #[arg(long, value_name = "true|false")]
    trust_close: Option<bool>,
    /// Whether objects that are fetched from now on are encrypted with AES256; the encryption rule of the bucket is not for them.
    #[arg(long, value_name = "true|false")]
    encrypt: Option<bool>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    store: RunningStore,
}

impl Set {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let asked = BucketMirrorChange {
            connect_timeout_ms: self.connect_timeout_ms,
            first_byte_timeout_ms: self.first_byte_timeout_ms,
            idle_timeout_ms: self.idle_timeout_ms,
            missing_seconds: self.missing_seconds,
            hide_origin: self.hide_origin,
            trust_close: self.trust_close,
            encrypt: self.encrypt,
            ..BucketMirrorChange::default()
        };
        super::change(&self.store, self.output, &self.bucket, &asked)
    }
}

fn number(text: &str) -> Result<NumberSetting, String> {
    if text == "default" {
        return Ok(NumberSetting::Default);
    }
    coho_model::decimal(text).map(NumberSetting::Number).ok_or_else(|| "it must be a whole number or default".into())
}
