//! Under which names an address answers that only operators use. A page of a browser whose name was rebound to such an
//! address carries its own name; IP addresses and localhost cannot be rebound.

use http::{HeaderMap, Uri, header};
use std::{net::IpAddr, sync::Arc};

/// The names of an address, besides localhost and IP addresses.
#[derive(Debug, Clone)]
pub(crate) struct AllowedHosts {
    names: Arc<[String]>,
    /// The option that allows a name.
    option: &'static str,
}

impl AllowedHosts {
    pub(crate) fn new(names: Vec<String>, option: &'static str) -> Self {
        Self { names: names.into(), option }
    }

    /// Refuses a request under another name, with a text for its sender. A request of HTTP/1.0 may have none.
    pub(crate) fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), String> {
        let header = headers.get(header::HOST).map(|host| host.to_str().unwrap_or_default());
        let target = uri.authority().map(|authority| authority.as_str());
        match header.into_iter().chain(target).find(|host| !self.allows(host)) {
            Some(host) => Err(format!("{host:?} is not a name of this address; {} allows one", self.option)),
            None => Ok(()),
        }
    }

    fn allows(&self, host: &str) -> bool {
        let (bracketed, rest) = host.strip_prefix('[').and_then(|rest| rest.split_once(']')).unzip();
        let has_port = |text: &str| text.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
        let name = match (bracketed, rest) {
            (Some(address), Some(rest)) => {
                return (rest.is_empty() || has_port(rest)) && address.parse::<IpAddr>().is_ok();
            }
            _ => host.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(host, |(name, _)| name),
        };
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        name.parse::<IpAddr>().is_ok()
            || name == "localhost"
            || name.ends_with(".localhost")
            || self.names.iter().any(|host| host.eq_ignore_ascii_case(&name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    #[test]
    fn addresses_and_the_operators_names_are_allowed() {
        let hosts = AllowedHosts::new(vec!["Coho.internal".to_owned()], "--admin-host");
        for (host, expected) in [
            ("127.0.0.1:9010", true),
            ("10.1.2.3", true),
            ("[::1]:9010", true),
            ("[::1]", true),
            ("localhost:9010", true),
            ("LOCALHOST.", true),
            ("x.localhost:1", true),
            ("coho.internal:9010", true),
            ("evil.example.com", false),
            ("evil.example.com:9010", false),
            ("127.0.0.1.evil.example.com", false),
            ("localhost.evil.example.com", false),
            ("[evil]:1", false),
            ("[::1]x", false),
            ("", false),
        ] {
            let (parts, ()) = Request::builder().header("host", host).body(()).unwrap().into_parts();
            assert_eq!(hosts.check(&parts.uri, &parts.headers).is_ok(), expected, "{host}");
        }
    }

    #[test]
    fn an_absolute_target_is_a_name_as_well() {
        let hosts = AllowedHosts::new(Vec::new(), "--console-host");
        for (target, expected) in [("/", true), ("http://127.0.0.1/", true), ("http://evil.example.com/", false)] {
            let (parts, ()) = Request::builder().uri(target).header("host", "localhost").body(()).unwrap().into_parts();
            assert_eq!(hosts.check(&parts.uri, &parts.headers).is_ok(), expected, "{target}");
        }
    }
}
