//! Elements that are stored and returned but have no effect.

use super::{Ineffectiveness, Problem};
use crate::not_executed;
use coho_model::website::{
    IndexDocument, MirrorHeaders, MirrorSettings, Redirect, RedirectType, RoutingRule, WebsiteConfiguration,
};

type Add<'a> = &'a mut dyn FnMut(Problem);

pub(super) fn of_pages(website: &WebsiteConfiguration, add: Add<'_>) {
    let unknown = website.unknown.iter().chain(&website.unknown_in_routing_rules);
    let index = website.index_document.as_ref();
    let error = website.error_document.as_ref();
    let unknown = unknown.chain(index.iter().flat_map(|index| &index.unknown));
    for element in unknown.chain(error.iter().flat_map(|error| &error.unknown)) {
        no_effect(&element.name, Ineffectiveness::Unknown, add);
    }
    if let Some(index) = index {
        of_index(index, add);
    }
    if error.is_some_and(|error| error.key.is_none() && error.http_status.is_some()) {
        no_effect("HttpStatus", Ineffectiveness::NoErrorPage, add);
    }
}

fn of_index(index: &IndexDocument, add: Add<'_>) {
    let without_page = index.suffix.is_none();
    if index.support_sub_dir.is_some() && without_page {
        no_effect("SupportSubDir", Ineffectiveness::NoIndexPage, add);
    }
    if index.index_type.is_some() && (without_page || !index.effective_support_sub_dir()) {
        no_effect("Type", Ineffectiveness::NoSubDir, add);
    }
}

pub(super) fn of_rule(rule: &RoutingRule, add: Add<'_>) {
    if let Some(element) = not_executed(rule) {
        add(Problem::NotExecuted { element: element.0.to_owned() });
    }
    let Some(redirect) = &rule.redirect else { return };
    match redirect.redirect_type {
        RedirectType::Mirror => of_mirror(redirect, add),
        kind => {
            if !is_blank(&redirect.mirror) {
                no_effect("MirrorURL", Ineffectiveness::NotMirror, add);
            }
            if kind == RedirectType::Internal {
                not_for_internal(redirect, add);
            }
        }
    }
    let whole_prefix = redirect.enable_replace_prefix == Some(true) && rule.condition.key_prefix_equals.is_none();
    if whole_prefix && redirect.replace_key_prefix_with.is_none() {
        no_effect("EnableReplacePrefix", Ineffectiveness::NoPrefix, add);
    }
}

fn of_mirror(redirect: &Redirect, add: Add<'_>) {
    let reason = Ineffectiveness::IsMirror;
    location_elements(redirect, reason, add);
    let headers = redirect.mirror.headers.as_ref();
    if headers
        .is_some_and(|headers| !headers.remove.is_empty() && !headers.effective_pass_all() && headers.pass.is_empty())
    {
        no_effect("Remove", Ineffectiveness::NoHeadersPassed, add);
    }
}

fn not_for_internal(redirect: &Redirect, add: Add<'_>) {
    let reason = Ineffectiveness::IsInternal;
    location_elements(redirect, reason, add);
    if redirect.pass_query_string == Some(true) {
        no_effect("PassQueryString", reason, add);
    }
}

fn location_elements(redirect: &Redirect, reason: Ineffectiveness, add: Add<'_>) {
    let elements = [
        (redirect.protocol.is_some(), "Protocol"),
        (redirect.host_name.is_some(), "HostName"),
        (redirect.http_redirect_code.is_some(), "HttpRedirectCode"),
    ];
    for (_, element) in elements.into_iter().filter(|(is_there, _)| *is_there) {
        no_effect(element, reason, add);
    }
}

/// SDKs send an empty `MirrorHeaders` and false switches on rules of every type.
fn is_blank(mirror: &MirrorSettings) -> bool {
    let empty_headers =
        MirrorHeaders { pass_all: mirror.headers.as_ref().and_then(|h| h.pass_all), ..Default::default() };
    let without_shells = MirrorSettings {
        headers: mirror.headers.clone().filter(|headers| *headers != empty_headers || headers.pass_all == Some(true)),
        pass_query_string: mirror.pass_query_string.filter(|on| *on),
        check_md5: mirror.check_md5.filter(|on| *on),
        follow_redirect: None,
        ..mirror.clone()
    };
    without_shells == MirrorSettings::default()
}

fn no_effect(element: &str, reason: Ineffectiveness, add: Add<'_>) {
    add(Problem::NoEffect { element: element.to_owned(), reason });
}
