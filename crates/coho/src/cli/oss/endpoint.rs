//! Where a store is, and how buckets are addressed there.

use super::address::content_path;
use anyhow::{anyhow, bail};
use clap::ValueEnum;
use coho_model::BucketName;
use http::{Uri, uri::Scheme};
use std::net::IpAddr;

/// How a bucket is named in a URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum AddressingStyle {
    /// By path for IP addresses and localhost, else by host.
    Auto,
    /// `http://host/bucket/key`.
    Path,
    /// `http://bucket.host/key`.
    Virtual,
}

/// The address of a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Endpoint {
    scheme: &'static str,
    /// Host and port.
    authority: String,
    in_path: bool,
    is_loopback: bool,
}

impl Endpoint {
    /// Reads `http://HOST[:PORT]`. Without a scheme it is HTTPS, except for loopback addresses.
    pub(in crate::cli) fn parse(text: &str, addressing: AddressingStyle) -> anyhow::Result<Self> {
        let wrong = || anyhow!("the endpoint {text:?} is not http://HOST[:PORT] or https://HOST[:PORT]");
        let whole = if text.contains("://") { text.to_owned() } else { format!("any://{text}") };
        let uri: Uri = whole.trim_end_matches('/').parse().map_err(|_| wrong())?;
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@')).ok_or_else(wrong)?;
        let has_wrong_port = authority.as_str().len() > authority.host().len() && authority.port_u16().is_none();
        if has_wrong_port || uri.query().is_some() || !matches!(uri.path(), "" | "/") || authority.host().is_empty() {
            bail!(wrong());
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        let ip: Option<IpAddr> = host.parse().ok();
        let is_localhost = host.eq_ignore_ascii_case("localhost");
        let is_loopback = is_localhost || ip.is_some_and(|ip| ip.is_loopback());
        let scheme = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTP => "http",
            Some(scheme) if *scheme == Scheme::HTTPS => "https",
            Some(scheme) if scheme.as_str() == "any" && is_loopback => "http",
            Some(scheme) if scheme.as_str() == "any" => "https",
            _ => bail!(wrong()),
        };
        let in_path = match addressing {
            AddressingStyle::Auto => ip.is_some() || is_localhost,
            AddressingStyle::Path => true,
            AddressingStyle::Virtual if ip.is_some() => {
                bail!("the endpoint {text} is an IP address, which has no host names below it")
            }
            AddressingStyle::Virtual => false,
        };
        Ok(Self { scheme, authority: authority.as_str().to_owned(), in_path, is_loopback })
    }

    /// The URL of the service, a bucket or an object, without query.
    pub(in crate::cli) fn url(&self, bucket: Option<&BucketName>, key: Option<&str>) -> String {
        let Self { scheme, authority, .. } = self;
        let key = content_path(key.unwrap_or_default());
        match bucket {
            None => format!("{scheme}://{authority}/"),
            Some(bucket) if self.in_path => format!("{scheme}://{authority}/{bucket}/{key}"),
            Some(bucket) => format!("{scheme}://{bucket}.{authority}/{key}"),
        }
    }

    /// Whether it is this machine, which no proxy is needed for.
    pub(in crate::cli) fn is_loopback(&self) -> bool {
        self.is_loopback
    }

    /// The address for messages.
    pub(in crate::cli) fn shown(&self) -> String {
        format!("{}://{}", self.scheme, self.authority)
    }

    /// Host and port.
    pub(in crate::cli) fn authority(&self) -> &str {
        &self.authority
    }

    /// The region that the host names of the cloud have: `oss-cn-hangzhou.aliyuncs.com`.
    pub(in crate::cli) fn region(&self) -> Option<&str> {
        let label = self.authority.strip_suffix(".aliyuncs.com")?.strip_prefix("oss-")?;
        let region = label.strip_suffix("-internal").unwrap_or(label);
        (!region.contains('.') && region != "accelerate").then_some(region)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_has_a_scheme_a_host_and_nothing_else() {
        let check = |text: &str, addressing, expected: Option<&str>| {
            let bucket = BucketName::parse("photos").unwrap();
            let url = Endpoint::parse(text, addressing).ok().map(|endpoint| endpoint.url(Some(&bucket), Some("a b")));
            assert_eq!(url.as_deref(), expected, "{text}");
        };
        use AddressingStyle::{Auto, Path, Virtual};
        check("http://127.0.0.1:9000/", Auto, Some("http://127.0.0.1:9000/photos/a%20b"));
        check("http://[::1]:9000", Auto, Some("http://[::1]:9000/photos/a%20b"));
        check("localhost:9000", Auto, Some("http://localhost:9000/photos/a%20b"));
        check("oss-cn-hangzhou.aliyuncs.com", Auto, Some("https://photos.oss-cn-hangzhou.aliyuncs.com/a%20b"));
        check("http://oss.localhost:9000", Virtual, Some("http://photos.oss.localhost:9000/a%20b"));
        check("https://store.example.com", Path, Some("https://store.example.com/photos/a%20b"));
        for wrong in
            ["", "http://", "ftp://host", "http://u:p@host", "http://host/path", "http://host/?q", "a b", "http://h:x"]
        {
            check(wrong, Auto, None);
        }
        check("http://10.0.0.1", Virtual, None);
    }

    #[test]
    fn the_region_comes_from_host_names_of_the_cloud() {
        for (text, expected) in [
            ("oss-cn-hangzhou.aliyuncs.com", Some("cn-hangzhou")),
            ("https://oss-cn-beijing-internal.aliyuncs.com", Some("cn-beijing")),
            ("oss-accelerate.aliyuncs.com", None),
            ("http://127.0.0.1:9000", None),
        ] {
            assert_eq!(Endpoint::parse(text, AddressingStyle::Auto).unwrap().region(), expected, "{text}");
        }
    }
}
