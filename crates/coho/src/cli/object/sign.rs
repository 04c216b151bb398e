//! `coho object sign`.

use crate::cli::{
    oss::{OssCall, OssUrl, signature_version},
    say,
    settings::OssConnection,
};
use clap::{Args, builder::PossibleValuesParser};
use coho_admin_api::access::SignatureVersion;
use coho_auth::MAX_PRESIGN_SECONDS;
use http::Method;

/// Make a URL with which anyone can read or write an object for some time.
///
/// No request is made: whether the object exists, and whether the key has the right, shows when the URL is used.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    coho object sign oss://photos/a.jpg\n  \
    coho object sign oss://photos/a.jpg --expires 7d --attachment holiday.jpg\n  \
    curl -T a.jpg \"$(coho object sign oss://photos/a.jpg --method PUT)\"")]
pub(in crate::cli) struct Sign {
    /// The object.
    #[arg(value_name = "oss://BUCKET/KEY")]
    url: OssUrl,
    /// How long it is valid: seconds, or a number with m, h or d, up to 7d.
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = lifetime)]
    expires: i64,
    /// What it allows.
    #[arg(long, default_value = "GET", value_parser = PossibleValuesParser::new(["GET", "HEAD", "PUT", "DELETE"]))]
    method: String,
    /// Has browsers save the answer under this file name.
    #[arg(long, value_name = "NAME")]
    attachment: Option<String>,
    /// Version of the signature.
    #[arg(long, value_name = "VERSION", default_value = "V4", value_parser = signature_version())]
    signature: SignatureVersion,
    #[command(flatten)]
    connection: OssConnection,
}

impl Sign {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let key = self.url.object()?;
        let mut call = OssCall::object(Method::from_bytes(self.method.as_bytes())?, &self.url.bucket, key);
        if let Some(name) = &self.attachment {
            call = call.parameter(
                "response-content-disposition",
                format!("attachment; filename*=UTF-8''{}", crate::cli::admin_client::encoded(name)),
            );
        }
        say(self.connection.client()?.presign(&call, self.signature, self.expires)?);
        Ok(())
    }
}

/// A time in seconds, of seven days at most: more than that no signature of V4 allows.
pub(super) fn lifetime(text: &str) -> Result<i64, String> {
    let wrong = || "a time is a number of seconds, or one with m, h or d, from 1 to 7d".to_owned();
    let (digits, unit) = match text.char_indices().last() {
        Some((at, 'm')) => (&text[..at], 60),
        Some((at, 'h')) => (&text[..at], 3600),
        Some((at, 'd')) => (&text[..at], 86_400),
        _ => (text, 1),
    };
    let number: Option<u32> = coho_model::decimal(digits);
    let seconds = number.and_then(|number| i64::from(number).checked_mul(unit));
    seconds.filter(|seconds| (1..=MAX_PRESIGN_SECONDS).contains(seconds)).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_at_most_seven_days() {
        for (text, expected) in [("1", 1), ("90m", 5400), ("1h", 3600), ("7d", 604_800), ("604800", 604_800)] {
            assert_eq!(lifetime(text).ok(), Some(expected), "{text}");
        }
        for text in ["", "0", "8d", "604801", "h", "-1", "1w", "99999999999d", "1é"] {
            assert!(lifetime(text).is_err(), "{text}");
        }
    }
}
