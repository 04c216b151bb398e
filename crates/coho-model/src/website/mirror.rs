//! The elements of a Mirror rule.
//!
//! On rules of other types they are stored unchanged and have no effect. The secrets of [`MirrorAuth`] and [`MirrorHeaders`] are
//! never printed.

use super::{UnknownElement, is_secret_header};
use crate::{InvalidTags, TagSet, Tagged};
use std::{borrow::Cow, fmt};

/// Shown to clients in place of a secret. A client may send it back to keep the secret.
pub const MASKED_SECRET: &str = "******";

/// The origin settings; the field `x_y` is the element `MirrorXY` unless documented otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MirrorSettings {
    /// `MirrorURL`: the origin's base address, which ends with a slash.
    pub url: Option<String>,
    /// `MirrorPassQueryString`.
    pub pass_query_string: Option<bool>,
    /// `MirrorFollowRedirect`.
    pub follow_redirect: Option<bool>,
    /// `MirrorCheckMd5`.
    pub check_md5: Option<bool>,
    /// `MirrorHeaders`: which request headers are sent to the origin.
    pub headers: Option<MirrorHeaders>,
    /// `MirrorPassOriginalSlashes`: whether slashes between host and key are kept.
    pub pass_original_slashes: Option<bool>,
    /// `MirrorURLSlave`: the standby origin.
    pub url_slave: Option<String>,
    /// `MirrorURLProbe`: the address that shows whether the primary origin is healthy.
    pub url_probe: Option<String>,
    /// `MirrorSwitchAllErrors`: whether more statuses count as a failure of the primary origin.
    pub switch_all_errors: Option<bool>,
    /// `TransparentMirrorResponseCodes`: statuses that are passed to the client with the origin's body, `400,404`.
    pub transparent_response_codes: Option<String>,
    /// `MirrorMultiAlternates`: several numbered origins.
    pub multi_alternates: Option<ElementList<MirrorMultiAlternate>>,
    /// `MirrorUserLastModified`: whether the origin's date becomes the object's.
    pub user_last_modified: Option<bool>,
    /// `MirrorSaveOssMeta`: whether the origin's user metadata is stored.
    pub save_oss_meta: Option<bool>,
    /// `MirrorProxyPass`: whether responses are only passed on and not stored.
    pub proxy_pass: Option<bool>,
    /// `MirrorAllowHeadObject`.
    pub allow_head_object: Option<bool>,
    /// `MirrorAllowGetImageInfo`.
    pub allow_get_image_info: Option<bool>,
    /// `MirrorAllowVideoSnapshot`.
    pub allow_video_snapshot: Option<bool>,
    /// `MirrorAsyncStatus`: the status at which OSS fetches later.
    pub async_status: Option<u16>,
    /// `MirrorTaggings`: tags of the stored object (its inner element is `Taggings`).
    pub taggings: Option<ElementList<KeyValue>>,
    /// `MirrorReturnHeaders`: headers added to the response.
    pub return_headers: Option<ElementList<KeyValue>>,
    /// `MirrorAuth`: how requests to the origin are signed.
    pub auth: Option<MirrorAuth>,
    /// `MirrorUsingRole`.
    pub using_role: Option<bool>,
    /// `MirrorRole`.
    pub role: Option<String>,
    /// `MirrorSNI`.
    pub sni: Option<bool>,
    /// `MirrorIsExpressTunnel`.
    pub is_express_tunnel: Option<bool>,
    /// `MirrorDstRegion`.
    pub dst_region: Option<String>,
    /// `MirrorDstVpcId`.
    pub dst_vpc_id: Option<String>,
    /// `MirrorDstSlaveVpcId`.
    pub dst_slave_vpc_id: Option<String>,
    /// `MirrorTunnelId`.
    pub tunnel_id: Option<String>,
}

/// An element that holds a list of elements of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ElementList<T> {
    /// The list.
    pub items: Vec<T>,
    /// Unknown elements in the list.
    pub unknown: Vec<UnknownElement>,
}

/// Which request headers are sent to the origin (`MirrorHeaders`); none by default.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct MirrorHeaders {
    /// `PassAll`.
    pub pass_all: Option<bool>,
    /// `Pass`: names of headers to send.
    pub pass: Vec<String>,
    /// `Remove`: names of headers to withhold.
    pub remove: Vec<String>,
    /// `Set`: headers that are always sent.
    pub set: Vec<KeyValue>,
    /// Unknown elements.
    pub unknown: Vec<UnknownElement>,
}

/// A name and a value (`Set`, `Taggings`, `ReturnHeader`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyValue {
    /// `Key`.
    pub key: String,
    /// `Value`.
    pub value: String,
    /// Unknown elements.
    pub unknown: Vec<UnknownElement>,
}

/// One of several origins (`MirrorMultiAlternate`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MirrorMultiAlternate {
    /// `MirrorMultiAlternateNumber`: the origin with the lowest number is tried first.
    pub number: Option<u32>,
    /// `MirrorMultiAlternateURL`.
    pub url: Option<String>,
    /// `MirrorMultiAlternateVpcId`.
    pub vpc_id: Option<String>,
    /// `MirrorMultiAlternateDstRegion`.
    pub dst_region: Option<String>,
    /// Unknown elements.
    pub unknown: Vec<UnknownElement>,
}

/// How requests to the origin are signed (`MirrorAuth`).
#[derive(Clone, PartialEq, Eq, Default)]
pub struct MirrorAuth {
    /// `AuthType`: `S3V4`, or Coho's own `OSS4`.
    pub auth_type: Option<String>,
    /// `Region`.
    pub region: Option<String>,
    /// `AccessKeyId`.
    pub access_key_id: Option<String>,
    /// `AccessKeySecret`, in clear text.
    pub access_key_secret: Option<String>,
    /// Unknown elements.
    pub unknown: Vec<UnknownElement>,
}

impl MirrorSettings {
    /// The origins after the first, in the order in which they are tried: those of `MirrorMultiAlternates` by number,
    /// then the standby.
    pub fn other_urls(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let items = self.multi_alternates.as_ref().map_or(&[][..], |list| &list.items);
        let mut alternates: Vec<_> = items.iter().collect();
        alternates.sort_by_key(|alternate| alternate.number.unwrap_or(u32::MAX));
        let urls = alternates.into_iter().filter_map(|alternate| alternate.url.as_deref()).map(with_final_slash);
        urls.chain(self.effective_url_slave())
    }

    /// The standby origin, with the final slash that `MirrorURLSlave` may lack.
    pub fn effective_url_slave(&self) -> Option<Cow<'_, str>> {
        self.url_slave.as_deref().map(with_final_slash)
    }

    /// The tags of a stored object.
    pub fn tags(&self) -> Result<TagSet, InvalidTags> {
        let items = self.taggings.as_ref().map_or(&[][..], |list| &list.items);
        TagSet::new(Tagged::Object, items.iter().map(|tag| (tag.key.clone(), tag.value.clone())))
    }

    /// Whether an origin response with this status is passed to the client with its body.
    pub fn is_transparent(&self, status: u16) -> bool {
        let codes = self.transparent_response_codes.as_deref().unwrap_or_default();
        codes.split(',').any(|code| crate::decimal(code.trim()) == Some(status))
    }
}

fn with_final_slash(url: &str) -> Cow<'_, str> {
    if url.ends_with('/') { Cow::Borrowed(url) } else { Cow::Owned(format!("{url}/")) }
}

impl<T> Default for ElementList<T> {
    fn default() -> Self {
        Self { items: Vec::new(), unknown: Vec::new() }
    }
}

impl MirrorHeaders {
    /// `PassAll`, false by default.
    pub fn effective_pass_all(&self) -> bool {
        self.pass_all.unwrap_or(false)
    }
}

impl KeyValue {
    /// The value of a header as it may be shown: the mask if it is a secret.
    pub fn shown_value(&self) -> &str {
        if is_secret_header(&self.key) { MASKED_SECRET } else { &self.value }
    }
}

impl fmt::Debug for MirrorHeaders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set: Vec<_> = self.set.iter().map(|set| (&set.key, set.shown_value())).collect();
        f.debug_struct("MirrorHeaders")
            .field("pass_all", &self.pass_all)
            .field("pass", &self.pass)
            .field("remove", &self.remove)
            .field("set", &set)
            .finish_non_exhaustive()
    }
}

impl MirrorAuth {
    /// Whether the secret is the mask shown to clients.
    pub fn is_masked(&self) -> bool {
        self.access_key_secret.as_deref() == Some(MASKED_SECRET)
    }
}

impl fmt::Debug for MirrorAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MirrorAuth")
            .field("auth_type", &self.auth_type)
            .field("region", &self.region)
            .field("access_key_id", &self.access_key_id)
            .field("access_key_secret", &self.access_key_secret.as_ref().map(|_| MASKED_SECRET))
            .finish_non_exhaustive()
    }
}
