//! Which rules can be executed so far. Conditions, rewrites and redirects of every type are; of a Mirror rule, what
//! asks for more than a plain fetch is not yet.

use crate::location::is_host;
use coho_model::website::{
    Condition, MirrorHeaders, MirrorSettings, REDIRECT_CODES, Redirect, RedirectType, RoutingRule, UnknownElement,
};

/// The first element of a rule that is not executed; the rule is stored and returned, and never matches, so that
/// no wrong bytes are stored under a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotExecuted<'w>(pub &'w str);

/// What keeps the rule from being executed, if anything does.
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

/// What nobody knows could change what a rule means.
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
        RedirectType::Mirror
            if redirect.mirror.pass_query_string.is_none() && redirect.pass_query_string == Some(true) =>
        {
            Some("PassQueryString")
        }
        RedirectType::Mirror => in_mirror(&redirect.mirror),
        RedirectType::Internal => None,
        // A document that was stored before a check became stricter must not redirect to nonsense.
        RedirectType::External | RedirectType::AliCdn => first(&[
            (!REDIRECT_CODES.contains(&redirect.effective_http_redirect_code()), "HttpRedirectCode"),
            (redirect.host_name.as_deref().is_some_and(|host| !is_host(host)), "HostName"),
        ]),
    }
}

fn in_mirror(mirror: &MirrorSettings) -> Option<&str> {
    // Every field is named, so that a new one cannot be overlooked here.
    let MirrorSettings {
        url,
        pass_query_string,
        follow_redirect,
        check_md5,
        headers,
        pass_original_slashes,
        url_slave,
        url_probe,
        switch_all_errors,
        transparent_response_codes,
        multi_alternates,
        user_last_modified,
        save_oss_meta,
        proxy_pass,
        allow_head_object,
        allow_get_image_info: _,
        allow_video_snapshot: _,
        async_status,
        taggings,
        return_headers,
        auth,
        using_role,
        role,
        sni,
        is_express_tunnel,
        dst_region,
        dst_vpc_id,
        dst_slave_vpc_id,
        tunnel_id,
    } = mirror;
    first(&[
        (url.is_none(), "MirrorURL"),
        (*pass_query_string == Some(true), "MirrorPassQueryString"),
        (*follow_redirect == Some(false), "MirrorFollowRedirect"),
        (*check_md5 == Some(true), "MirrorCheckMd5"),
        (headers.as_ref().is_some_and(|headers| !is_plain(headers)), "MirrorHeaders"),
        (*pass_original_slashes == Some(true), "MirrorPassOriginalSlashes"),
        (url_slave.is_some(), "MirrorURLSlave"),
        (url_probe.is_some(), "MirrorURLProbe"),
        (*switch_all_errors == Some(true), "MirrorSwitchAllErrors"),
        (transparent_response_codes.is_some(), "TransparentMirrorResponseCodes"),
        (multi_alternates.as_ref().is_some_and(|list| !list.items.is_empty()), "MirrorMultiAlternates"),
        (*user_last_modified == Some(true), "MirrorUserLastModified"),
        (*save_oss_meta == Some(true), "MirrorSaveOssMeta"),
        (*proxy_pass == Some(true), "MirrorProxyPass"),
        (*allow_head_object == Some(true), "MirrorAllowHeadObject"),
        (async_status.is_some(), "MirrorAsyncStatus"),
        (taggings.as_ref().is_some_and(|list| !list.items.is_empty()), "MirrorTaggings"),
        (return_headers.as_ref().is_some_and(|list| !list.items.is_empty()), "MirrorReturnHeaders"),
        (auth.is_some(), "MirrorAuth"),
        (*using_role == Some(true), "MirrorUsingRole"),
        (role.is_some(), "MirrorRole"),
        (*sni == Some(true), "MirrorSNI"),
        (*is_express_tunnel == Some(true), "MirrorIsExpressTunnel"),
        (dst_region.is_some(), "MirrorDstRegion"),
        (dst_vpc_id.is_some(), "MirrorDstVpcId"),
        (dst_slave_vpc_id.is_some(), "MirrorDstSlaveVpcId"),
        (tunnel_id.is_some(), "MirrorTunnelId"),
    ])
}

fn is_plain(headers: &MirrorHeaders) -> bool {
    let MirrorHeaders { pass_all, pass, remove: _, set, unknown } = headers;
    *pass_all != Some(true) && pass.is_empty() && set.is_empty() && unknown.is_empty()
}
