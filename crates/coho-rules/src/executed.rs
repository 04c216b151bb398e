//! Which rules can be executed. Conditions, rewrites, redirects of every type and fetches are supported; scripts, roles
//! and private lines of Alibaba Cloud are not.

use crate::location::is_host;
use coho_model::website::{
    Condition, MirrorAuth, MirrorSettings, REDIRECT_CODES, Redirect, RedirectType, RoutingRule, UnknownElement,
};

/// The first element of a rule that is not executed. The rule is stored and returned but never matches, so that no
/// wrong bytes are stored under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotExecuted<'w>(pub &'w str);

/// The element that keeps the rule from being executed, if any.
pub fn not_executed(rule: &RoutingRule) -> Option<NotExecuted<'_>> {
    let RoutingRule { rule_number: _, condition, redirect, lua_config, unknown } = rule;
    if lua_config.is_some() {
        return Some(NotExecuted("LuaConfig"));
    }
    let Some(redirect) = redirect else { return Some(NotExecuted("Redirect")) };
    let element = first_unknown(unknown).or_else(|| in_condition(condition)).or_else(|| in_redirect(redirect));
    element.map(NotExecuted)
}

fn first(checks: &[(bool, &'static str)]) -> Option<&'static str> {
    checks.iter().find(|(there, _)| *there).map(|(_, name)| *name)
}

/// Unknown elements could change the meaning of a rule.
fn first_unknown(unknown: &[UnknownElement]) -> Option<&str> {
    unknown.first().map(|element| element.name.as_str())
}

fn in_condition(condition: &Condition) -> Option<&str> {
    let unknown_test = condition.include_headers.iter().find_map(|header| first_unknown(&header.unknown));
    first_unknown(&condition.unknown).or(unknown_test)
}

fn in_redirect(redirect: &Redirect) -> Option<&str> {
    if let Some(unknown) = first_unknown(&redirect.unknown) {
        return Some(unknown);
    }
    match redirect.redirect_type {
        RedirectType::Mirror => in_mirror(&redirect.mirror),
        RedirectType::Internal => None,
        // A document that was stored before a check became stricter must not redirect to an invalid host.
        RedirectType::External | RedirectType::AliCdn => first(&[
            (!REDIRECT_CODES.contains(&redirect.effective_http_redirect_code()), "HttpRedirectCode"),
            (redirect.host_name.as_deref().is_some_and(|host| !is_host(host)), "HostName"),
        ]),
    }
}

/// The supported signatures: S3's, and OSS's under a name of Coho's own.
fn can_sign(auth: &MirrorAuth) -> bool {
    let MirrorAuth { auth_type, region, access_key_id, access_key_secret, unknown } = auth;
    let is_known = matches!(auth_type.as_deref(), Some("S3V4" | "OSS4"));
    let is_there = |element: &Option<String>| element.as_ref().is_some_and(|text| !text.is_empty());
    is_known && unknown.is_empty() && [region, access_key_id, access_key_secret].into_iter().all(is_there)
}

fn in_mirror(mirror: &MirrorSettings) -> Option<&str> {
    // Every field is listed, so that a new one cannot be overlooked here.
    let MirrorSettings {
        url,
        pass_query_string: _,
        follow_redirect: _,
        check_md5: _,
        headers,
        pass_original_slashes: _,
        url_slave: _,
        url_probe: _,
        switch_all_errors: _,
        transparent_response_codes: _,
        multi_alternates,
        user_last_modified: _,
        save_oss_meta: _,
        proxy_pass: _,
        allow_head_object: _,
        allow_get_image_info: _,
        allow_video_snapshot: _,
        async_status,
        taggings,
        return_headers: _,
        auth,
        using_role,
        role,
        // The host name is always sent to a TLS origin.
        sni: _,
        is_express_tunnel,
        dst_region,
        dst_vpc_id,
        dst_slave_vpc_id,
        tunnel_id,
    } = mirror;
    first(&[
        (url.is_none(), "MirrorURL"),
        (headers.as_ref().is_some_and(|headers| !headers.unknown.is_empty()), "MirrorHeaders"),
        (multi_alternates.as_ref().is_some_and(|list| !list.unknown.is_empty()), "MirrorMultiAlternates"),
        (async_status.is_some_and(|status| !REDIRECT_CODES.contains(&status)), "MirrorAsyncStatus"),
        // Documents that were stored before tags were checked.
        (taggings.is_some() && mirror.tags().is_err(), "MirrorTaggings"),
        (auth.as_ref().is_some_and(|auth| !can_sign(auth)), "MirrorAuth"),
        (*using_role == Some(true), "MirrorUsingRole"),
        (role.is_some(), "MirrorRole"),
        (*is_express_tunnel == Some(true), "MirrorIsExpressTunnel"),
        (dst_region.is_some(), "MirrorDstRegion"),
        (dst_vpc_id.is_some(), "MirrorDstVpcId"),
        (dst_slave_vpc_id.is_some(), "MirrorDstSlaveVpcId"),
        (tunnel_id.is_some(), "MirrorTunnelId"),
    ])
}
