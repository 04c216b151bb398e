//! What a bucket is configured to do beside its website: one file for each of OSS's bucket configurations.
//!
//! The types are stored in the form that `serde` gives them: names of fields and variants are part of the metadata's format. A field
//! may be added with a default; one is never renamed and never given another meaning.

mod cors;
mod encryption;
mod lifecycle;
mod policy;
mod referer;
mod request_payment;
mod versioning;

pub use cors::{CORS_METHODS, CorsConfiguration, CorsRule};
pub use encryption::BucketEncryption;
pub use lifecycle::{
    InvalidLifecycle, Lifecycle, LifecycleAction, LifecycleDue, LifecycleFault, LifecycleNot, LifecycleRule,
    LifecycleSubject, LifecycleTime, LifecycleTransition, MAX_FILTER_SIZE_BYTES, MAX_LIFECYCLE_DAYS,
    MAX_LIFECYCLE_RULE_ID_BYTES, MAX_LIFECYCLE_RULES, MAX_NOT_ELEMENTS, MAX_RULE_TAGS, NoncurrentTransition,
};
pub use policy::{
    BucketPolicy, Network, PolicyCondition, PolicyEffect, PolicyKey, PolicyResource, PolicyStatement, PolicyTest,
    TextComparison, TimeComparison,
};
pub use referer::{MAX_REFERER_BYTES, RefererConfiguration};
pub use request_payment::Payer;
pub use versioning::Versioning;

use crate::TagSet;
use serde::{Deserialize, Serialize};
use std::ops::Not;

/// The configurations of a bucket; absent ones have OSS's defaults.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BucketConfigurations {
    /// Who pays for requests and traffic.
    #[serde(skip_serializing_if = "Payer::is_default")]
    pub payer: Payer,
    /// Who may do what beside the ACL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<Box<BucketPolicy>>,
    /// Whether nothing is open to everyone, whatever ACLs and the policy say.
    #[serde(skip_serializing_if = "Not::not")]
    pub blocks_public_access: bool,
    /// Which pages of other origins may read the bucket.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cors: Option<CorsConfiguration>,
    /// Which pages may link to the objects.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub referer: Option<RefererConfiguration>,
    /// Whether objects of the class Archive are read without a restore.
    #[serde(skip_serializing_if = "Not::not")]
    pub archive_direct_read: bool,
    /// Tags in the order in which they were set.
    #[serde(skip_serializing_if = "TagSet::is_empty")]
    pub tags: TagSet,
    /// Whether versions of objects are kept.
    #[serde(skip_serializing_if = "Versioning::is_default")]
    pub versioning: Versioning,
    /// When objects expire or move to another storage class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<Lifecycle>,
    /// How new objects are encrypted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption: Option<BucketEncryption>,
}

/// A change of one configuration: its new value.
#[derive(Debug, Clone, PartialEq)]
pub enum ConfigurationChange {
    /// PutBucketRequestPayment.
    Payer(Payer),
    /// PutBucketPolicy, DeleteBucketPolicy.
    Policy(Option<Box<BucketPolicy>>),
    /// PutBucketPublicAccessBlock, DeleteBucketPublicAccessBlock.
    PublicAccessBlock(bool),
    /// PutBucketCors, DeleteBucketCors.
    Cors(Option<CorsConfiguration>),
    /// PutBucketReferer.
    Referer(RefererConfiguration),
    /// PutBucketArchiveDirectRead.
    ArchiveDirectRead(bool),
    /// PutBucketTags, and DeleteBucketTags of all.
    Tags(TagSet),
    /// DeleteBucketTags of the tags with these keys.
    WithoutTags(Vec<Box<str>>),
    /// PutBucketVersioning; never [`Versioning::Off`].
    Versioning(Versioning),
    /// PutBucketLifecycle; `None` removes it (DeleteBucketLifecycle).
    Lifecycle(Option<Lifecycle>),
    /// PutBucketEncryption, DeleteBucketEncryption.
    Encryption(Option<BucketEncryption>),
}

impl BucketConfigurations {
    /// The configurations with one of them replaced.
    #[must_use]
    pub fn with(&self, change: &ConfigurationChange) -> Self {
        let mut changed = self.clone();
        match change {
            ConfigurationChange::Payer(payer) => changed.payer = *payer,
            ConfigurationChange::ArchiveDirectRead(enabled) => changed.archive_direct_read = *enabled,
            ConfigurationChange::Policy(policy) => changed.policy.clone_from(policy),
            ConfigurationChange::PublicAccessBlock(blocks) => changed.blocks_public_access = *blocks,
            ConfigurationChange::Cors(cors) => changed.cors.clone_from(cors),
            ConfigurationChange::Referer(referer) => changed.referer = Some(referer.clone()),
            ConfigurationChange::Tags(tags) => changed.tags = tags.clone(),
            ConfigurationChange::WithoutTags(keys) => changed.tags = changed.tags.without(keys),
            ConfigurationChange::Versioning(versioning) => changed.versioning = *versioning,
            ConfigurationChange::Lifecycle(lifecycle) => changed.lifecycle.clone_from(lifecycle),
            ConfigurationChange::Encryption(encryption) => changed.encryption = *encryption,
        }
        changed
    }
}

impl ConfigurationChange {
    /// OSS's name of the sub-resource, for events and logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Payer(_) => "requestPayment",
            Self::ArchiveDirectRead(_) => "bucketArchiveDirectRead",
            Self::Policy(_) => "policy",
            Self::PublicAccessBlock(_) => "publicAccessBlock",
            Self::Cors(_) => "cors",
            Self::Referer(_) => "referer",
            Self::Tags(_) | Self::WithoutTags(_) => "tagging",
            Self::Versioning(_) => "versioning",
            Self::Lifecycle(_) => "lifecycle",
            Self::Encryption(_) => "encryption",
        }
    }
}
