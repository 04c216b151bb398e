//! The URL of a callback. OSS takes one without a scheme, too: `host:23450/path`.

use http::Uri;
use std::{fmt, net::IpAddr};

/// A URL of HTTP with a host, and a port if it names one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackUrl(Uri);

impl CallbackUrl {
    /// Reads a URL; `None` for one that cannot be called. It must be percent-encoded, and may name no user.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        if !text.is_ascii() {
            return None;
        }
        let uri: Uri = if text.contains("://") { text.parse() } else { format!("http://{text}").parse() }.ok()?;
        let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
        let authority = uri.authority()?;
        let host = authority.host();
        // What follows the host is nothing, or a port; a user would precede it.
        let rest = authority.as_str().strip_prefix(host)?;
        let has_valid_port = match rest.strip_prefix(':') {
            Some(port) => {
                port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok_and(|port| port > 0)
            }
            None => rest.is_empty(),
        };
        (is_http && !host.is_empty() && has_valid_port).then_some(Self(uri))
    }

    /// The URL itself.
    pub fn uri(&self) -> &Uri {
        &self.0
    }

    /// The address, if the host is one and not a name.
    pub fn literal_address(&self) -> Option<IpAddr> {
        let host = self.0.host()?;
        host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host).parse().ok()
    }

    /// Scheme, host and port: the query may hold secrets.
    pub fn server(&self) -> String {
        let authority = self.0.authority().map_or("", |authority| authority.as_str());
        format!("{}://{authority}", self.0.scheme_str().unwrap_or("http"))
    }
}

impl fmt::Display for CallbackUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
