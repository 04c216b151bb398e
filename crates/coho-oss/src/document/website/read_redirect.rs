//! Parses `Redirect` with all origin settings.

use super::fields::{fill, key_value, set, set_bool, set_exact, set_number, set_word, unknown};
use crate::Element;
use coho_model::RequestRefusal;
use coho_model::website::{
    ElementList, InvalidWebsite, MirrorAuth, MirrorHeaders, MirrorMultiAlternate, MirrorSettings, Protocol, Redirect,
    RedirectType,
};

pub(super) fn redirect(element: &Element<'_>) -> Result<Redirect, RequestRefusal> {
    let mut kind = None;
    // The type is filled in below.
    let mut redirect = Redirect::new(RedirectType::Mirror);
    for child in element.children() {
        match child.name() {
            "RedirectType" => set(&mut kind, child, RedirectType::parse)?,
            "PassQueryString" => set_bool(&mut redirect.pass_query_string, child)?,
            "Protocol" => set(&mut redirect.protocol, child, Protocol::parse)?,
            "HostName" => set_word(&mut redirect.host_name, child)?,
            "HttpRedirectCode" => set_number(&mut redirect.http_redirect_code, child)?,
            "ReplaceKeyPrefixWith" => set_exact(&mut redirect.replace_key_prefix_with, child)?,
            "EnableReplacePrefix" => set_bool(&mut redirect.enable_replace_prefix, child)?,
            "ReplaceKeyWith" => set_exact(&mut redirect.replace_key_with, child)?,
            _ => {
                if !mirror_element(&mut redirect.mirror, child)? {
                    redirect.unknown.push(unknown(child));
                }
            }
        }
    }
    redirect.redirect_type = match kind {
        Some(kind) => kind,
        // OSS takes a rule that only redirects without a type.
        None if redirect.mirror.url.is_none() && redirect.has_location() => RedirectType::External,
        None => return Err(InvalidWebsite::because("RedirectType", "", "the rule must have one").into()),
    };
    Ok(redirect)
}

/// Parses the element if it is one of the origin settings, and returns whether it was.
fn mirror_element(mirror: &mut MirrorSettings, child: &Element<'_>) -> Result<bool, RequestRefusal> {
    match child.name() {
        "MirrorURL" => set_word(&mut mirror.url, child)?,
        "MirrorPassQueryString" => set_bool(&mut mirror.pass_query_string, child)?,
        "MirrorFollowRedirect" => set_bool(&mut mirror.follow_redirect, child)?,
        "MirrorCheckMd5" => set_bool(&mut mirror.check_md5, child)?,
        "MirrorHeaders" => fill(&mut mirror.headers, child, headers(child)?)?,
        "MirrorPassOriginalSlashes" => set_bool(&mut mirror.pass_original_slashes, child)?,
        "MirrorURLSlave" => set_word(&mut mirror.url_slave, child)?,
        "MirrorURLProbe" => set_word(&mut mirror.url_probe, child)?,
        "MirrorSwitchAllErrors" => set_bool(&mut mirror.switch_all_errors, child)?,
        "TransparentMirrorResponseCodes" => set_word(&mut mirror.transparent_response_codes, child)?,
        "MirrorMultiAlternates" => {
            fill(&mut mirror.multi_alternates, child, list(child, "MirrorMultiAlternate", alternate)?)?;
        }
        "MirrorUserLastModified" => set_bool(&mut mirror.user_last_modified, child)?,
        "MirrorSaveOssMeta" => set_bool(&mut mirror.save_oss_meta, child)?,
        "MirrorProxyPass" => set_bool(&mut mirror.proxy_pass, child)?,
        "MirrorAllowHeadObject" => set_bool(&mut mirror.allow_head_object, child)?,
        "MirrorAllowGetImageInfo" => set_bool(&mut mirror.allow_get_image_info, child)?,
        "MirrorAllowVideoSnapshot" => set_bool(&mut mirror.allow_video_snapshot, child)?,
        "MirrorAsyncStatus" => set_number(&mut mirror.async_status, child)?,
        "MirrorTaggings" => fill(&mut mirror.taggings, child, list(child, "Taggings", key_value)?)?,
        "MirrorReturnHeaders" => fill(&mut mirror.return_headers, child, list(child, "ReturnHeader", key_value)?)?,
        "MirrorAuth" => fill(&mut mirror.auth, child, auth(child)?)?,
        "MirrorUsingRole" => set_bool(&mut mirror.using_role, child)?,
        "MirrorRole" => set_word(&mut mirror.role, child)?,
        "MirrorSNI" => set_bool(&mut mirror.sni, child)?,
        "MirrorIsExpressTunnel" => set_bool(&mut mirror.is_express_tunnel, child)?,
        "MirrorDstRegion" => set_word(&mut mirror.dst_region, child)?,
        "MirrorDstVpcId" => set_word(&mut mirror.dst_vpc_id, child)?,
        "MirrorDstSlaveVpcId" => set_word(&mut mirror.dst_slave_vpc_id, child)?,
        "MirrorTunnelId" => set_word(&mut mirror.tunnel_id, child)?,
        _ => return Ok(false),
    }
    Ok(true)
}

fn headers(element: &Element<'_>) -> Result<MirrorHeaders, RequestRefusal> {
    let mut headers = MirrorHeaders::default();
    for child in element.children() {
        match child.name() {
            "PassAll" => set_bool(&mut headers.pass_all, child)?,
            "Pass" if child.trimmed().is_empty() => {}
            "Pass" => headers.pass.push(child.trimmed().to_owned()),
            "Remove" if child.trimmed().is_empty() => {}
            "Remove" => headers.remove.push(child.trimmed().to_owned()),
            "Set" => headers.set.push(key_value(child)?),
            _ => headers.unknown.push(unknown(child)),
        }
    }
    Ok(headers)
}

fn list<T>(
    element: &Element<'_>,
    item: &str,
    read: impl Fn(&Element<'_>) -> Result<T, RequestRefusal>,
) -> Result<ElementList<T>, RequestRefusal> {
    let mut list = ElementList::default();
    for child in element.children() {
        if child.name() == item {
            list.items.push(read(child)?);
        } else {
            list.unknown.push(unknown(child));
        }
    }
    Ok(list)
}

fn alternate(element: &Element<'_>) -> Result<MirrorMultiAlternate, RequestRefusal> {
    let mut alternate = MirrorMultiAlternate::default();
    for child in element.children() {
        match child.name() {
            "MirrorMultiAlternateNumber" => set_number(&mut alternate.number, child)?,
            "MirrorMultiAlternateURL" => set_word(&mut alternate.url, child)?,
            "MirrorMultiAlternateVpcId" => set_word(&mut alternate.vpc_id, child)?,
            "MirrorMultiAlternateDstRegion" => set_word(&mut alternate.dst_region, child)?,
            _ => alternate.unknown.push(unknown(child)),
        }
    }
    Ok(alternate)
}

fn auth(element: &Element<'_>) -> Result<MirrorAuth, RequestRefusal> {
    let mut auth = MirrorAuth::default();
    for child in element.children() {
        match child.name() {
            "AuthType" => set_word(&mut auth.auth_type, child)?,
            "Region" => set_word(&mut auth.region, child)?,
            "AccessKeyId" => set_word(&mut auth.access_key_id, child)?,
            "AccessKeySecret" => set_word(&mut auth.access_key_secret, child)?,
            _ => auth.unknown.push(unknown(child)),
        }
    }
    Ok(auth)
}
