//! Which documents may be stored.
//!
//! A document is refused as a whole at its first fault. Elements without meaning for a rule's type are not checked:
//! SDKs send such elements, and OSS accepts them.

use super::url::{UrlKind, is_host_name, url_fault};
use super::{
    Condition, ErrorDocument, IndexDocument, KeyValue, MAX_ROUTING_RULES, MirrorHeaders, MirrorSettings, Redirect,
    RedirectType, RoutingRule, WebsiteConfiguration,
};
use crate::{MAX_KEY_BYTES, ObjectKey};
use std::{borrow::Cow, collections::HashSet};

/// Maximum number of `IncludeHeader` elements in one condition.
pub const MAX_INCLUDE_HEADERS: usize = 10;
/// Maximum number of `Pass`, `Remove` and `Set` elements, each, in one rule.
pub const MAX_HEADER_RULES: usize = 10;
/// Maximum bytes of a header name in `MirrorHeaders`.
pub const MAX_HEADER_NAME_BYTES: usize = 1024;
/// Maximum bytes of the value of a `Set` header.
pub const MAX_HEADER_VALUE_BYTES: usize = 1024;
/// Maximum bytes of a `HostName` without its port: the limit of DNS.
pub const MAX_HOST_NAME_BYTES: usize = 253;
/// The valid values of `HttpRedirectCode`.
pub const REDIRECT_CODES: [u16; 6] = [301, 302, 303, 305, 307, 308];
/// Highest valid `MirrorMultiAlternateNumber`.
const MAX_ALTERNATE_NUMBER: u32 = 10_000;

/// The document cannot be stored; answered with `InvalidArgument`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct InvalidWebsite {
    /// The invalid element (`ArgumentName`).
    pub element: Cow<'static, str>,
    /// Its value (`ArgumentValue`).
    pub value: String,
    /// OSS's `<element> is Invalid`, with the reason if the value alone does not show it.
    pub message: String,
    /// The number of its rule, if it has one.
    pub rule: Option<u32>,
}

impl InvalidWebsite {
    /// The value is not one of the element's valid values.
    pub fn new(element: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        let element = element.into();
        let message = format!("{element} is Invalid");
        Self { element, value: value.into(), message, rule: None }
    }

    /// The value is refused for this reason.
    pub fn because(element: impl Into<Cow<'static, str>>, value: impl Into<String>, reason: &str) -> Self {
        let element = element.into();
        let message = format!("{element} is Invalid: {reason}");
        Self { element, value: value.into(), message, rule: None }
    }

    /// Names the rule of the element, by its place in the document, counted from 1, and by its number.
    #[must_use]
    pub fn in_rule(self, place: usize, number: Option<u32>) -> Self {
        Self { message: located(&self.message, place, number), rule: number, ..self }
    }
}

/// The message of a fault with the rule's place in the document, counted from 1, and its number.
pub fn located(message: &str, place: usize, number: Option<u32>) -> String {
    let joint = if message.ends_with(" is Invalid") { ':' } else { ',' };
    match number {
        Some(number) => format!("{message}{joint} in RoutingRule {place} (RuleNumber {number})"),
        None => format!("{message}{joint} in RoutingRule {place}"),
    }
}

type Validation = Result<(), InvalidWebsite>;

pub(super) fn validate(website: &WebsiteConfiguration) -> Validation {
    let WebsiteConfiguration { index_document, error_document, routing_rules, .. } = website;
    let says_something = index_document.as_ref().is_some_and(|index| index.suffix.is_some())
        || error_document.as_ref().is_some_and(|error| error.key.is_some())
        || !routing_rules.is_empty();
    if !says_something {
        let reason = "it needs IndexDocument, ErrorDocument or RoutingRules";
        return Err(InvalidWebsite::because("WebsiteConfiguration", "", reason));
    }
    index_document.as_ref().map_or(Ok(()), check_index)?;
    error_document.as_ref().map_or(Ok(()), check_error)?;
    if routing_rules.len() > MAX_ROUTING_RULES {
        let count = routing_rules.len().to_string();
        return Err(InvalidWebsite::because("RoutingRules", count, "there are more than 20 rules"));
    }
    let mut numbers = HashSet::new();
    for (index, rule) in routing_rules.iter().enumerate() {
        check_number(rule.rule_number, &mut numbers)
            .and_then(|()| check_rule(rule))
            .map_err(|invalid| invalid.in_rule(index + 1, Some(rule.rule_number)))?;
    }
    Ok(())
}

fn check_number(number: u32, numbers: &mut HashSet<u32>) -> Validation {
    check(number > 0, "RuleNumber", || number.to_string(), "it must be a positive number")?;
    check(numbers.insert(number), "RuleNumber", || number.to_string(), "another rule has the same number")
}

fn check(holds: bool, element: &'static str, value: impl FnOnce() -> String, reason: &str) -> Validation {
    if holds { Ok(()) } else { Err(InvalidWebsite::because(element, value(), reason)) }
}

fn one_of<T: PartialEq + ToString>(element: &'static str, value: Option<T>, allowed: &[T]) -> Validation {
    match value {
        Some(value) if !allowed.contains(&value) => Err(InvalidWebsite::new(element, value.to_string())),
        _ => Ok(()),
    }
}

fn check_index(index: &IndexDocument) -> Validation {
    if let Some(suffix) = &index.suffix {
        let is_name = ObjectKey::parse(suffix).is_ok() && !suffix.contains('/');
        check(is_name, "Suffix", || suffix.clone(), "it must be an object key without slashes")?;
    }
    one_of("Type", index.index_type, &[0, 1, 2])
}

fn check_error(error: &ErrorDocument) -> Validation {
    if let Some(key) = &error.key {
        check(ObjectKey::parse(key).is_ok(), "Key", || key.clone(), "the error page must be an object key")?;
    }
    one_of("HttpStatus", error.http_status, &[200, 404])
}

fn check_rule(rule: &RoutingRule) -> Validation {
    check_condition(&rule.condition, rule.is_mirror())?;
    match &rule.redirect {
        Some(redirect) => check_redirect(redirect),
        None => check(rule.lua_config.is_some(), "Redirect", String::new, "the rule must have one"),
    }
}

fn check_condition(condition: &Condition, mirror: bool) -> Validation {
    for (element, text) in
        [("KeyPrefixEquals", &condition.key_prefix_equals), ("KeySuffixEquals", &condition.key_suffix_equals)]
    {
        let Some(text) = text else { continue };
        check(text.len() <= MAX_KEY_BYTES, element, || text.clone(), "it is longer than an object key may be")?;
    }
    if let Some(prefix) = &condition.key_prefix_equals {
        let can_match = !prefix.starts_with(['/', '\\']);
        check(can_match, "KeyPrefixEquals", || prefix.clone(), "no object key has this prefix")?;
    }
    if let Some(code) = condition.http_error_code_returned_equals {
        let element = "HttpErrorCodeReturnedEquals";
        check(!mirror || code == 404, element, || code.to_string(), "a Mirror rule applies to status 404 only")?;
        check((400..=599).contains(&code), element, || code.to_string(), "it must be 400 to 599")?;
    }
    let count = condition.include_headers.len();
    check(count <= MAX_INCLUDE_HEADERS, "IncludeHeader", || count.to_string(), "there are more than 10")?;
    let named = condition.include_headers.iter().all(|header| !header.key.is_empty());
    check(named, "Key", String::new, "IncludeHeader needs the name of a header")
}

fn check_redirect(redirect: &Redirect) -> Validation {
    let Redirect { replace_key_prefix_with: prefix_with, replace_key_with: key_with, enable_replace_prefix, .. } =
        redirect;
    if let Some(key_with) = key_with {
        let alone = prefix_with.is_none() && *enable_replace_prefix != Some(true);
        let reason = "it excludes ReplaceKeyPrefixWith and EnableReplacePrefix";
        check(alone, "ReplaceKeyWith", || key_with.clone(), reason)?;
    }
    for (element, text) in [("ReplaceKeyWith", key_with), ("ReplaceKeyPrefixWith", prefix_with)] {
        let fits = text.as_ref().is_none_or(|text| text.len() <= MAX_KEY_BYTES);
        check(fits, element, String::new, "it is longer than an object key may be")?;
    }
    if redirect.redirect_type == RedirectType::Internal {
        for (element, text) in [("ReplaceKeyWith", key_with), ("ReplaceKeyPrefixWith", prefix_with)] {
            let can_be_key = text.as_ref().is_none_or(|text| !text.starts_with(['/', '\\']));
            check(can_be_key, element, || text.clone().unwrap_or_default(), "no object key begins with a slash")?;
        }
    }
    if redirect.redirect_type == RedirectType::Mirror {
        return check_mirror(&redirect.mirror);
    }
    one_of("HttpRedirectCode", redirect.http_redirect_code, &REDIRECT_CODES)?;
    if let Some(host) = &redirect.host_name {
        check(is_host(host), "HostName", || host.clone(), "it must be a host name")?;
    }
    let does_something = redirect.has_location() || redirect.mirror.url.is_some();
    check(does_something, "Redirect", String::new, "it has no effect: set an element of the redirect")
}

/// Whether the text is a host name with or without a port.
fn is_host(host: &str) -> bool {
    let (name, port) = host.split_once(':').unwrap_or((host, "80"));
    let port_is_valid = crate::decimal::<u16>(port).is_some_and(|port| port > 0);
    name.len() <= MAX_HOST_NAME_BYTES && is_host_name(name) && port_is_valid
}

fn check_mirror(mirror: &MirrorSettings) -> Validation {
    check(mirror.url.is_some(), "MirrorURL", String::new, "a Mirror rule must have one")?;
    check_url("MirrorURL", mirror.url.as_deref(), UrlKind::Base)?;
    check_url("MirrorURLSlave", mirror.url_slave.as_deref(), UrlKind::LooseBase)?;
    check_url("MirrorURLProbe", mirror.url_probe.as_deref(), UrlKind::Whole)?;
    for alternate in mirror.multi_alternates.iter().flat_map(|list| &list.items) {
        check_url("MirrorMultiAlternateURL", alternate.url.as_deref(), UrlKind::LooseBase)?;
        if let Some(number) = alternate.number {
            let valid = (1..=MAX_ALTERNATE_NUMBER).contains(&number);
            check(valid, "MirrorMultiAlternateNumber", || number.to_string(), "it must be 1 to 10000")?;
        }
    }
    if let Some(codes) = &mirror.transparent_response_codes {
        let valid = codes
            .split(',')
            .all(|code| crate::decimal::<u16>(code.trim()).is_some_and(|code| (400..=599).contains(&code)));
        check(valid, "TransparentMirrorResponseCodes", || codes.clone(), "it must list statuses of 400 to 599")?;
    }
    for KeyValue { key, value, .. } in mirror.return_headers.iter().flat_map(|list| &list.items) {
        let plain = !key.chars().chain(value.chars()).any(char::is_control);
        check(plain, "ReturnHeader", || key.clone(), "it must not have line breaks or control characters")?;
        check(is_header_name(key), "ReturnHeader", || key.clone(), "its Key must be the name of a header")?;
    }
    if let Err(error) = mirror.tags() {
        return Err(InvalidWebsite::because("MirrorTaggings", "", &error.to_string()));
    }
    mirror.headers.as_ref().map_or(Ok(()), check_headers)
}

fn check_url(element: &'static str, url: Option<&str>, kind: UrlKind) -> Validation {
    match url.and_then(|url| Some((url, url_fault(url, kind)?))) {
        Some((url, fault)) => Err(InvalidWebsite::because(element, without_user(url), fault)),
        None => Ok(()),
    }
}

/// The address without user name and password, which must not appear in an error message.
fn without_user(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if at > scheme => format!("{}***{}", &url[..scheme + 3], &url[at..]),
        _ => url.to_owned(),
    }
}

fn check_headers(headers: &MirrorHeaders) -> Validation {
    let MirrorHeaders { pass, remove, set, .. } = headers;
    for (element, count) in [("Pass", pass.len()), ("Remove", remove.len()), ("Set", set.len())] {
        check(count <= MAX_HEADER_RULES, element, || count.to_string(), "there are more than 10")?;
    }
    pass.iter().try_for_each(|name| check_name("Pass", name))?;
    remove.iter().try_for_each(|name| check_name("Remove", name))?;
    for pair @ KeyValue { key, value, .. } in set {
        check(is_header_name(key), "Key", || key.clone(), "Set must have the name of a header")?;
        let valid = value.len() <= MAX_HEADER_VALUE_BYTES && !value.chars().any(|c| c.is_control() && c != '\t');
        check(
            valid,
            "Value",
            || pair.shown_value().to_owned(),
            "the value of Set is too long or has line breaks or control characters",
        )?;
    }
    Ok(())
}

fn check_name(element: &'static str, name: &str) -> Validation {
    check(is_header_name(name), element, || name.to_owned(), "it must be the name of a header")
}

fn is_header_name(name: &str) -> bool {
    (1..=MAX_HEADER_NAME_BYTES).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
