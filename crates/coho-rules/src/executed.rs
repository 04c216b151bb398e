//! Which rules can be executed so far: issue 3 and issue 4 remove these limits one by one.

use coho_model::website::{Condition, MirrorHeaders, MirrorSettings, Redirect, RedirectType, RoutingRule};

/// The first element of a rule that is not executed; the rule is stored and returned, and never matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotExecuted(pub &'static str);

/// What keeps the rule from being executed, if anything does.
pub fn not_executed(rule: &RoutingRule) -> Option<NotExecuted> {
    let RoutingRule { rule_number: _, condition, redirect, lua_config, unknown } = rule;
    let Some(redirect) = redirect else { return Some(NotExecuted("Redirect")) };
    let checks = [
        (lua_config.is_some(), "LuaConfig"),
        (!unknown.is_empty(), "RoutingRule"),
        (redirect.redirect_type != RedirectType::Mirror, "RedirectType"),
    ];
    first(&checks).or_else(|| in_condition(condition)).or_else(|| in_redirect(redirect)).map(NotExecuted)
}

fn first(checks: &[(bool, &'static str)]) -> Option<&'static str> {
    checks.iter().find(|(there, _)| *there).map(|(_, name)| *name)
}

fn in_condition(condition: &Condition) -> Option<&'static str> {
    let Condition {
        key_prefix_equals: _,
        key_suffix_equals: _,
        http_error_code_returned_equals: code,
        include_headers,
        unknown,
    } = condition;
    first(&[
        (code.is_some_and(|code| code != 404), "HttpErrorCodeReturnedEquals"),
        (!include_headers.is_empty(), "IncludeHeader"),
        (!unknown.is_empty(), "Condition"),
    ])
}

fn in_redirect(redirect: &Redirect) -> Option<&'static str> {
    let Redirect {
        redirect_type: _,
        pass_query_string: _,
        // Without meaning on a Mirror rule; SDKs send them all the same.
        protocol: _,
        host_name: _,
        http_redirect_code: _,
        replace_key_prefix_with,
        enable_replace_prefix,
        replace_key_with,
        mirror,
        unknown,
    } = redirect;
    first(&[
        (redirect.effective_pass_query_string(), "PassQueryString"),
        (replace_key_prefix_with.is_some(), "ReplaceKeyPrefixWith"),
        (*enable_replace_prefix == Some(true), "EnableReplacePrefix"),
        (replace_key_with.is_some(), "ReplaceKeyWith"),
        (!unknown.is_empty(), "Redirect"),
    ])
    .or_else(|| in_mirror(mirror))
}

fn in_mirror(mirror: &MirrorSettings) -> Option<&'static str> {
    // Every field is named, so that a new one cannot be overlooked here.
    let MirrorSettings {
        url: _,
        pass_query_string: _,
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
