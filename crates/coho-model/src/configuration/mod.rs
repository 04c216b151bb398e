//! What a bucket is configured to do beside its website: one file for each of OSS's bucket configurations.
//!
//! The types are stored in the form that `serde` gives them: names of fields and variants are part of the metadata's format. A field
//! may be added with a default; one is never renamed and never given another meaning.

mod request_payment;

pub use request_payment::Payer;

use serde::{Deserialize, Serialize};

/// The configurations of a bucket; absent ones have OSS's defaults.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct BucketConfigurations {
    /// Who pays for requests and traffic.
    #[serde(skip_serializing_if = "Payer::is_default")]
    pub payer: Payer,
}

/// A change of one configuration: its new value.
#[derive(Debug, Clone, PartialEq)]
pub enum ConfigurationChange {
    /// PutBucketRequestPayment.
    Payer(Payer),
}

impl BucketConfigurations {
    /// The configurations with one of them replaced.
    #[must_use]
    pub fn with(&self, change: &ConfigurationChange) -> Self {
        let mut changed = self.clone();
        match change {
            ConfigurationChange::Payer(payer) => changed.payer = *payer,
        }
        changed
    }
}

impl ConfigurationChange {
    /// OSS's name of the sub-resource, for events and logs.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Payer(_) => "requestPayment",
        }
    }
}
