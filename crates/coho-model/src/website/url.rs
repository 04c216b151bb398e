//! Which texts may be the address of an origin.
//!
//! Stricter than a URL parser, so that what was checked here cannot mean another host to one: a plain host,
//! an optional port, a path. No user, query, fragment, backslash, blank or control character.

/// What is allowed after the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum UrlKind {
    /// A base address to which keys are appended; ends with a slash.
    Base,
    /// A base address whose final slash may be missing.
    LooseBase,
    /// A complete address, which may have a query.
    Whole,
}

/// Why the text is not such an address; `None` if it is valid.
pub(super) fn url_fault(url: &str, kind: UrlKind) -> Option<&'static str> {
    let Some(rest) = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://")) else {
        return Some("it must begin with http:// or https://");
    };
    if rest.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\') {
        return Some("it must not contain a backslash, blanks or control characters");
    }
    if rest.contains('#') || (kind != UrlKind::Whole && rest.contains('?')) {
        return Some("it must not contain a query or a fragment");
    }
    let (authority, _) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    if authority.contains('@') {
        return Some("it must not contain a user name");
    }
    if !is_authority(authority) {
        return Some("it must name a host, with or without a port");
    }
    (kind == UrlKind::Base && !rest.ends_with('/')).then_some("it must end with a slash")
}

fn is_authority(authority: &str) -> bool {
    let (host, port) = match authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, port)) => {
            if address.parse::<std::net::Ipv6Addr>().is_err() {
                return false;
            }
            ("v6", port)
        }
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let port_is_valid = match port.strip_prefix(':') {
        Some(digits) => crate::decimal::<u16>(digits).is_some_and(|port| port > 0),
        None => port.is_empty(),
    };
    port_is_valid && is_host_name(host)
}

/// Whether the text is a host name or an IPv4 address.
pub(super) fn is_host_name(host: &str) -> bool {
    !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'))
}
