//! The settings of upload callbacks.

use super::{Faults, raw::RawCallback};
use anyhow::{anyhow, ensure};
use std::time::Duration;

/// Default of `callback.timeout_ms` (OSS: 5 s).
const DEFAULT_TIMEOUT_MS: u64 = 5_000;
/// Longest `callback.timeout_ms`: an upload waits for up to five requests.
const MAX_TIMEOUT_MS: u64 = 60_000;
/// Longest `callback.public_key_url`, in bytes: it is sent in a header.
const MAX_PUBLIC_KEY_URL_BYTES: usize = 1024;

/// How callbacks are sent.
#[derive(Debug, Clone)]
pub(crate) struct CallbackSettings {
    /// Longest time for one request.
    pub(crate) timeout: Duration,
    /// Where receivers find the public key; `None`: at this server.
    pub(crate) public_key_url: Option<String>,
}

pub(super) fn callback(raw: RawCallback, faults: &mut Faults) -> CallbackSettings {
    let timeout_ms = raw.timeout_ms.unwrap_or(DEFAULT_TIMEOUT_MS);
    let in_range = (1..=MAX_TIMEOUT_MS).contains(&timeout_ms);
    faults.ensure(in_range, format_args!("callback.timeout_ms: must be from 1 to {MAX_TIMEOUT_MS} ms"));
    let public_key_url = raw.public_key_url.and_then(|url| faults.check(public_key_url(url)));
    CallbackSettings { timeout: Duration::from_millis(timeout_ms), public_key_url }
}

fn public_key_url(url: String) -> anyhow::Result<String> {
    let parsed = url.parse::<http::Uri>().map_err(|_| anyhow!("callback.public_key_url: {url:?} is not a URL"))?;
    let is_http = matches!(parsed.scheme_str(), Some("http" | "https")) && parsed.host().is_some();
    ensure!(is_http, "callback.public_key_url: {url:?} is not an http or https URL with a host");
    let most = MAX_PUBLIC_KEY_URL_BYTES;
    ensure!(url.len() <= most, "callback.public_key_url: must be at most {most} bytes");
    Ok(url)
}
