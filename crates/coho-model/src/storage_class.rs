//! Storage classes. All are stored alike; objects of the archive classes are read only after a restore.

use serde::{Deserialize, Serialize};

/// The storage class label of an object or bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[allow(missing_docs)]
pub enum StorageClass {
    #[default]
    Standard,
    Ia,
    Archive,
    ColdArchive,
    DeepColdArchive,
}

impl StorageClass {
    /// Every class, in OSS's order.
    pub const ALL: [Self; 5] = [Self::Standard, Self::Ia, Self::Archive, Self::ColdArchive, Self::DeepColdArchive];

    /// The wire text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Standard => "Standard",
            Self::Ia => "IA",
            Self::Archive => "Archive",
            Self::ColdArchive => "ColdArchive",
            Self::DeepColdArchive => "DeepColdArchive",
        }
    }

    /// Whether an object of the class must be restored before it is read.
    pub fn is_archived(self) -> bool {
        match self {
            Self::Standard | Self::Ia => false,
            Self::Archive | Self::ColdArchive | Self::DeepColdArchive => true,
        }
    }

    /// Parses the wire text in any case (older samples have `STANDARD`); `None` if it is unknown.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.as_str().eq_ignore_ascii_case(text))
    }
}
