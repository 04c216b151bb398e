//! Writes the document in the order of OSS's own samples.

use crate::XmlWriter;
use coho_model::website::{
    Condition, ElementList, KeyValue, MASKED_SECRET, MirrorAuth, MirrorHeaders, MirrorMultiAlternate, MirrorSettings,
    Redirect, RedirectType, RoutingRule, UnknownElement, WebsiteConfiguration,
};

/// The audience of the document.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Audience {
    /// The store: verbatim, with secrets.
    Store,
    /// A client: with defaults, without secrets.
    Client,
}

/// The response to GetBucketWebsite. Clients depend on the defaults that OSS fills in: the status of the error page and
/// elements of Mirror rules.
pub fn to_xml(website: &WebsiteConfiguration) -> Vec<u8> {
    write(website, Audience::Client)
}

/// The form that [`super::parse_stored`] reads back without loss. It holds secrets in clear text.
pub fn to_stored_xml(website: &WebsiteConfiguration) -> Vec<u8> {
    write(website, Audience::Store)
}

fn write(website: &WebsiteConfiguration, audience: Audience) -> Vec<u8> {
    XmlWriter::document("WebsiteConfiguration", 1024, |w| {
        if let Some(index) = &website.index_document {
            w.element("IndexDocument", |w| {
                w.optional("Suffix", index.suffix.as_ref());
                w.optional("SupportSubDir", index.support_sub_dir);
                w.optional("Type", index.index_type);
                unknown(w, &index.unknown);
            });
        }
        if let Some(error) = &website.error_document {
            let status = match audience {
                Audience::Store => error.http_status,
                Audience::Client => Some(error.effective_http_status()),
            };
            w.element("ErrorDocument", |w| {
                w.optional("Key", error.key.as_ref());
                w.optional("HttpStatus", status);
                unknown(w, &error.unknown);
            });
        }
        if !website.routing_rules.is_empty() || !website.unknown_in_routing_rules.is_empty() {
            w.element("RoutingRules", |w| {
                website.routing_rules.iter().for_each(|each| rule(w, each, audience));
                unknown(w, &website.unknown_in_routing_rules);
            });
        }
        unknown(w, &website.unknown);
    })
}

fn rule(w: &mut XmlWriter, rule: &RoutingRule, audience: Audience) {
    w.element("RoutingRule", |w| {
        w.value("RuleNumber", rule.rule_number);
        condition(w, &rule.condition);
        if let Some(action) = &rule.redirect {
            redirect(w, action, audience);
        }
        if let Some(lua) = &rule.lua_config {
            w.element("LuaConfig", |w| {
                w.optional("Script", lua.script.as_ref());
                unknown(w, &lua.unknown);
            });
        }
        unknown(w, &rule.unknown);
    });
}

fn condition(w: &mut XmlWriter, condition: &Condition) {
    w.element("Condition", |w| {
        w.optional("KeyPrefixEquals", condition.key_prefix_equals.as_ref());
        w.optional("KeySuffixEquals", condition.key_suffix_equals.as_ref());
        w.optional("HttpErrorCodeReturnedEquals", condition.http_error_code_returned_equals);
        for header in &condition.include_headers {
            w.element("IncludeHeader", |w| {
                w.text("Key", &header.key);
                w.optional("Equals", header.equals.as_ref());
                w.optional("StartsWith", header.starts_with.as_ref());
                w.optional("EndsWith", header.ends_with.as_ref());
                unknown(w, &header.unknown);
            });
        }
        unknown(w, &condition.unknown);
    });
}

fn redirect(w: &mut XmlWriter, redirect: &Redirect, audience: Audience) {
    let fills_in = audience == Audience::Client && redirect.redirect_type == RedirectType::Mirror;
    // OSS shows the one effective value under both names.
    let pass_query_string = fills_in.then(|| redirect.effective_pass_query_string());
    w.element("Redirect", |w| {
        w.text("RedirectType", redirect.redirect_type.as_str());
        w.optional("Protocol", redirect.protocol.map(|protocol| protocol.as_str()));
        w.optional("HostName", redirect.host_name.as_ref());
        w.optional("PassQueryString", pass_query_string.or(redirect.pass_query_string));
        let mirror = &redirect.mirror;
        w.optional("MirrorURL", mirror.url.as_ref());
        w.optional("MirrorPassQueryString", pass_query_string.or(mirror.pass_query_string));
        let follow = fills_in.then(|| redirect.effective_follow_redirect());
        w.optional("MirrorFollowRedirect", follow.or(mirror.follow_redirect));
        let check_md5 = fills_in.then(|| redirect.effective_check_md5());
        w.optional("MirrorCheckMd5", check_md5.or(mirror.check_md5));
        if let Some(headers) = &mirror.headers {
            mirror_headers(w, headers, fills_in, audience);
        }
        mirror_origins(w, mirror, fills_in);
        mirror_storing(w, mirror, audience);
        w.optional("ReplaceKeyPrefixWith", redirect.replace_key_prefix_with.as_ref());
        w.optional("EnableReplacePrefix", redirect.enable_replace_prefix);
        w.optional("ReplaceKeyWith", redirect.replace_key_with.as_ref());
        w.optional("HttpRedirectCode", redirect.http_redirect_code);
        unknown(w, &redirect.unknown);
    });
}

fn mirror_headers(w: &mut XmlWriter, headers: &MirrorHeaders, fills_in: bool, audience: Audience) {
    let pass_all = if fills_in { Some(headers.effective_pass_all()) } else { headers.pass_all };
    w.element("MirrorHeaders", |w| {
        w.optional("PassAll", pass_all);
        headers.pass.iter().for_each(|name| w.text("Pass", name));
        headers.remove.iter().for_each(|name| w.text("Remove", name));
        for set in &headers.set {
            let value = if audience == Audience::Client { set.shown_value() } else { &set.value };
            pair(w, "Set", set, value);
        }
        unknown(w, &headers.unknown);
    });
}

/// The origins and when they are tried.
fn mirror_origins(w: &mut XmlWriter, mirror: &MirrorSettings, fills_in: bool) {
    w.optional("MirrorPassOriginalSlashes", mirror.pass_original_slashes.or(fills_in.then_some(false)));
    w.optional("MirrorURLSlave", mirror.url_slave.as_ref());
    w.optional("MirrorURLProbe", mirror.url_probe.as_ref());
    w.optional("MirrorSwitchAllErrors", mirror.switch_all_errors);
    w.optional("TransparentMirrorResponseCodes", mirror.transparent_response_codes.as_ref());
    list(w, "MirrorMultiAlternates", mirror.multi_alternates.as_ref(), alternate);
}

/// What is stored, how the origin is reached and what it is sent.
fn mirror_storing(w: &mut XmlWriter, mirror: &MirrorSettings, audience: Audience) {
    w.optional("MirrorUserLastModified", mirror.user_last_modified);
    w.optional("MirrorSaveOssMeta", mirror.save_oss_meta);
    w.optional("MirrorProxyPass", mirror.proxy_pass);
    w.optional("MirrorAllowHeadObject", mirror.allow_head_object);
    w.optional("MirrorAllowGetImageInfo", mirror.allow_get_image_info);
    w.optional("MirrorAllowVideoSnapshot", mirror.allow_video_snapshot);
    w.optional("MirrorAsyncStatus", mirror.async_status);
    list(w, "MirrorTaggings", mirror.taggings.as_ref(), |w, item| key_value(w, "Taggings", item));
    list(w, "MirrorReturnHeaders", mirror.return_headers.as_ref(), |w, item| key_value(w, "ReturnHeader", item));
    if let Some(auth) = &mirror.auth {
        mirror_auth(w, auth, audience);
    }
    w.optional("MirrorUsingRole", mirror.using_role);
    w.optional("MirrorRole", mirror.role.as_ref());
    w.optional("MirrorSNI", mirror.sni);
    w.optional("MirrorIsExpressTunnel", mirror.is_express_tunnel);
    w.optional("MirrorDstRegion", mirror.dst_region.as_ref());
    w.optional("MirrorDstVpcId", mirror.dst_vpc_id.as_ref());
    w.optional("MirrorDstSlaveVpcId", mirror.dst_slave_vpc_id.as_ref());
    w.optional("MirrorTunnelId", mirror.tunnel_id.as_ref());
}

fn mirror_auth(w: &mut XmlWriter, auth: &MirrorAuth, audience: Audience) {
    let secret = auth.access_key_secret.as_deref().map(|secret| match audience {
        Audience::Store => secret,
        Audience::Client => MASKED_SECRET,
    });
    w.element("MirrorAuth", |w| {
        w.optional("AuthType", auth.auth_type.as_ref());
        w.optional("Region", auth.region.as_ref());
        w.optional("AccessKeyId", auth.access_key_id.as_ref());
        w.optional("AccessKeySecret", secret);
        unknown(w, &auth.unknown);
    });
}

fn alternate(w: &mut XmlWriter, alternate: &MirrorMultiAlternate) {
    w.element("MirrorMultiAlternate", |w| {
        w.optional("MirrorMultiAlternateNumber", alternate.number);
        w.optional("MirrorMultiAlternateURL", alternate.url.as_ref());
        w.optional("MirrorMultiAlternateVpcId", alternate.vpc_id.as_ref());
        w.optional("MirrorMultiAlternateDstRegion", alternate.dst_region.as_ref());
        unknown(w, &alternate.unknown);
    });
}

fn list<T>(w: &mut XmlWriter, name: &str, list: Option<&ElementList<T>>, item: impl Fn(&mut XmlWriter, &T)) {
    let Some(list) = list else { return };
    w.element(name, |w| {
        list.items.iter().for_each(|each| item(w, each));
        unknown(w, &list.unknown);
    });
}

fn key_value(w: &mut XmlWriter, name: &str, item: &KeyValue) {
    pair(w, name, item, &item.value);
}

fn pair(w: &mut XmlWriter, name: &str, pair: &KeyValue, value: &str) {
    w.element(name, |w| {
        w.text("Key", &pair.key);
        w.text("Value", value);
        unknown(w, &pair.unknown);
    });
}

fn unknown(w: &mut XmlWriter, elements: &[UnknownElement]) {
    for element in elements {
        w.element(&element.name, |w| {
            w.content(&element.text);
            unknown(w, &element.children);
        });
    }
}
