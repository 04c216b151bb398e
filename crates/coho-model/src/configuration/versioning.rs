//! Whether a bucket keeps the versions of its objects.

use serde::{Deserialize, Serialize};

/// The versioning state of a bucket. Once enabled, it can be suspended but never turned off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Versioning {
    /// Versioning was never configured.
    #[default]
    Off,
    /// Every write creates a version.
    Enabled,
    /// Writes replace the version with the id `null`; the others are kept.
    Suspended,
}

impl Versioning {
    /// The wire text; a bucket that was never versioned has none.
    pub fn as_str(self) -> Option<&'static str> {
        match self {
            Self::Off => None,
            Self::Enabled => Some("Enabled"),
            Self::Suspended => Some("Suspended"),
        }
    }

    /// Parses the wire text; `None` if it is unknown.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Enabled, Self::Suspended].into_iter().find(|versioning| versioning.as_str() == Some(text))
    }

    /// Whether objects of the bucket may have several versions.
    pub fn is_versioned(self) -> bool {
        self != Self::Off
    }

    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}
