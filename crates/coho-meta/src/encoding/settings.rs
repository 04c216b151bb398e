//! The settings of a bucket: its website, how it fetches from its origins, and its other configurations.

use super::{
    DecodeError, decode, encode,
    website::{Stored, WebsiteConfigurationForm},
};
use coho_model::{BucketConfigurations, MirrorLimit, MirrorLimits, MirrorPolicy, website::WebsiteConfiguration};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc};

/// What a bucket's row keeps as one value.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct BucketSettings {
    pub(crate) website: Option<Arc<WebsiteConfiguration>>,
    pub(crate) mirror: MirrorPolicy,
    pub(crate) configurations: Arc<BucketConfigurations>,
}

#[derive(Serialize, Deserialize)]
struct SettingsForm {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    website: Option<WebsiteConfigurationForm>,
    #[serde(default, skip_serializing_if = "is_default")]
    mirror: MirrorForm,
    /// The model's type is its own form.
    #[serde(default, skip_serializing_if = "is_default")]
    configurations: BucketConfigurations,
}

#[derive(Serialize, Deserialize, Default, PartialEq)]
#[serde(default)]
struct MirrorForm {
    #[serde(skip_serializing_if = "is_default")]
    limits: LimitsForm,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    rule_limits: BTreeMap<u32, LimitsForm>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connect_timeout_ms: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_byte_timeout_ms: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    idle_timeout_ms: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    missing_seconds: Option<u32>,
    hides_origin: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    trusts_close: bool,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    encrypts: bool,
}

/// A limit is absent where the region's default holds, and [`UNLIMITED`] where none does.
#[derive(Serialize, Deserialize, Default, PartialEq)]
#[serde(default)]
struct LimitsForm {
    #[serde(skip_serializing_if = "Option::is_none")]
    qps: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bandwidth: Option<u64>,
}

/// No rate at all is never 0 per second.
const UNLIMITED: u64 = 0;

fn is_default<T: Default + PartialEq>(form: &T) -> bool {
    *form == T::default()
}

pub(crate) fn encode_settings(settings: &BucketSettings) -> Vec<u8> {
    let BucketSettings { website, mirror, configurations } = settings;
    encode(&SettingsForm {
        website: website.as_deref().map(Stored::form),
        mirror: mirror_form(mirror),
        configurations: (**configurations).clone(),
    })
}

pub(crate) fn decode_settings(bytes: &[u8]) -> Result<BucketSettings, DecodeError> {
    let SettingsForm { website, mirror, configurations } = decode(bytes)?;
    let website = website.map(WebsiteConfiguration::restored).transpose()?;
    let (website, mirror) = (website.map(Arc::new), mirror_policy(mirror));
    Ok(BucketSettings { website, mirror, configurations: Arc::new(configurations) })
}

/// The website of one version of a bucket's history.
pub(crate) fn encode_website(website: &WebsiteConfiguration) -> Vec<u8> {
    encode(&website.form())
}

pub(crate) fn decode_website(bytes: &[u8]) -> Result<WebsiteConfiguration, DecodeError> {
    WebsiteConfiguration::restored(decode(bytes)?)
}

fn mirror_form(policy: &MirrorPolicy) -> MirrorForm {
    MirrorForm {
        limits: limits_form(policy.limits),
        rule_limits: policy.rule_limits.iter().map(|(rule, limits)| (*rule, limits_form(*limits))).collect(),
        connect_timeout_ms: policy.connect_timeout_ms,
        first_byte_timeout_ms: policy.first_byte_timeout_ms,
        idle_timeout_ms: policy.idle_timeout_ms,
        missing_seconds: policy.missing_seconds,
        hides_origin: policy.hides_origin,
        trusts_close: policy.trusts_close,
        encrypts: policy.encrypts,
    }
}

fn mirror_policy(form: MirrorForm) -> MirrorPolicy {
    MirrorPolicy {
        limits: mirror_limits(&form.limits),
        rule_limits: form.rule_limits.iter().map(|(rule, limits)| (*rule, mirror_limits(limits))).collect(),
        connect_timeout_ms: form.connect_timeout_ms,
        first_byte_timeout_ms: form.first_byte_timeout_ms,
        idle_timeout_ms: form.idle_timeout_ms,
        missing_seconds: form.missing_seconds,
        hides_origin: form.hides_origin,
        trusts_close: form.trusts_close,
        encrypts: form.encrypts,
    }
}

fn limits_form(limits: MirrorLimits) -> LimitsForm {
    let form = |limit| match limit {
        MirrorLimit::Default => None,
        MirrorLimit::None => Some(UNLIMITED),
        MirrorLimit::PerSecond(limit) => Some(limit),
    };
    LimitsForm { qps: form(limits.qps), bandwidth: form(limits.bandwidth) }
}

fn mirror_limits(form: &LimitsForm) -> MirrorLimits {
    let limit = |form| match form {
        None => MirrorLimit::Default,
        Some(UNLIMITED) => MirrorLimit::None,
        Some(limit) => MirrorLimit::PerSecond(limit),
    };
    MirrorLimits { qps: limit(form.qps), bandwidth: limit(form.bandwidth) }
}
