//! The `Location` of a redirect.
//!
//! Everything from a request is encoded, except a host that has the form of one, so that a key can neither inject a
//! header nor name another host.

use crate::{RuleRequest, encode, query};
use coho_model::website::Redirect;
use std::fmt::Write;

/// The location of an External or AliCDN rule; whatever the rule does not set is taken from the request. `None` if no
/// valid host is available.
pub(crate) fn of_rule(request: &RuleRequest<'_>, redirect: &Redirect, key: &str) -> Option<String> {
    let protocol = redirect.protocol.unwrap_or(request.scheme).as_str();
    let own_host = redirect.host_name.is_none();
    let host = redirect.host_name.as_deref().unwrap_or(request.host);
    if !is_host(host) {
        return None;
    }
    let mut location = String::with_capacity(protocol.len() + host.len() + key.len() + request.bucket.len() + 8);
    let bucket = if own_host && request.path_style { Some(request.bucket) } else { None };
    let (bucket, slash) = bucket.map_or(("", ""), |bucket| (bucket, "/"));
    // Writing to a string cannot fail.
    let _ = write!(location, "{protocol}://{host}/{}{slash}{}", encode::path(bucket), encode::path(key));
    if redirect.effective_pass_query_string() {
        query::append(&mut location, request.raw_query);
    }
    Some(location)
}

/// The location of the root of a bucket that is named in the path, relative to the host.
pub(crate) fn of_root(request: &RuleRequest<'_>) -> String {
    let mut location = format!("/{}/", encode::path(request.bucket));
    query::append(&mut location, request.raw_query);
    location
}

/// The location of a key that is a directory, relative to the host.
pub(crate) fn of_directory(request: &RuleRequest<'_>, key: &str) -> String {
    if request.path_style {
        format!("/{}/{}/", encode::path(request.bucket), encode::path(key))
    } else {
        format!("/{}/", encode::path(key))
    }
}

/// Whether the text is a host, with or without a port.
pub(crate) fn is_host(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b".-_:[]".contains(&b))
}
