//! Versions of an object: their ids and their order.
//!
//! Invariant: of two versions of a key the later one has the greater sequence number. Objects that were written while their bucket
//! had no versioning have the number 0 and the id `null`.

use crate::{ObjectKey, ObjectRecord, ObjectSummary, Timestamp};
use std::{fmt, sync::Arc};

/// What every id but `null` begins with, as those of OSS do.
const PREFIX: &str = "CAEQ";
/// Hexadecimal digits after it.
const DIGITS: usize = 32;

/// Which version of its key a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct ObjectVersion {
    /// Its place among the versions of the key.
    pub sequence: u64,
    /// The random part of its id; the version `null` has none.
    pub seed: Option<u64>,
}

/// The id of a version, opaque to clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VersionId {
    /// `null`: of objects that were written without versioning, or while it is suspended.
    Null,
    /// Of any other version.
    Unique {
        /// The version's sequence number.
        sequence: u64,
        /// Random: the id of a version that was removed does not come back.
        seed: u64,
    },
}

/// A version that says that the key has no object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeleteMarker {
    /// Which version it is.
    pub version: ObjectVersion,
    /// The time of the deletion.
    pub modified: Timestamp,
}

/// A version of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyVersion {
    /// An object.
    Object(Arc<ObjectRecord>),
    /// A delete marker.
    Marker(DeleteMarker),
}

/// A version as listings show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionSummary {
    /// Which version it is.
    pub version: ObjectVersion,
    /// Whether it is the current one.
    pub is_latest: bool,
    /// What it is.
    pub listed: ListedVersion,
}

/// What a listed version is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ListedVersion {
    /// An object.
    Object(ObjectSummary),
    /// A delete marker.
    Marker {
        /// The key.
        key: ObjectKey,
        /// The time of the deletion.
        modified: Timestamp,
    },
}

impl ObjectVersion {
    /// Its id.
    pub fn id(self) -> VersionId {
        match self.seed {
            None => VersionId::Null,
            Some(seed) => VersionId::Unique { sequence: self.sequence, seed },
        }
    }
}

impl VersionId {
    /// Parses the wire form; `None` if the text is the id of no version.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "null" {
            return Some(Self::Null);
        }
        let digits = text.strip_prefix(PREFIX).filter(|digits| digits.len() == DIGITS)?;
        let is_digit = |b: u8| b.is_ascii_digit() || (b'A'..=b'F').contains(&b);
        let bits = digits.bytes().all(is_digit).then(|| u128::from_str_radix(digits, 16).ok())??;
        Some(Self::Unique { sequence: (bits >> 64) as u64, seed: bits as u64 })
    }
}

impl fmt::Display for VersionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Unique { sequence, seed } => write!(f, "{PREFIX}{sequence:016X}{seed:016X}"),
        }
    }
}

impl KeyVersion {
    /// Which version it is.
    pub fn version(&self) -> ObjectVersion {
        match self {
            Self::Object(object) => object.version,
            Self::Marker(marker) => marker.version,
        }
    }

    /// The time of the write, or of the deletion.
    pub fn modified(&self) -> Timestamp {
        match self {
            Self::Object(object) => object.modified,
            Self::Marker(marker) => marker.modified,
        }
    }

    /// The object; a delete marker is none.
    pub fn object(&self) -> Option<&Arc<ObjectRecord>> {
        match self {
            Self::Object(object) => Some(object),
            Self::Marker(_) => None,
        }
    }

    /// What a listing shows of it.
    pub fn summary(&self, key: ObjectKey, is_latest: bool) -> VersionSummary {
        let listed = match self {
            Self::Object(object) => ListedVersion::Object(object.summary(key)),
            Self::Marker(marker) => ListedVersion::Marker { key, modified: marker.modified },
        };
        VersionSummary { version: self.version(), is_latest, listed }
    }
}

impl ListedVersion {
    /// The key.
    pub fn key(&self) -> &ObjectKey {
        match self {
            Self::Object(object) => &object.key,
            Self::Marker { key, .. } => key,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ids_round_trip_and_are_safe_in_urls(sequence: u64, seed: Option<u64>) {
            let id = ObjectVersion { sequence, seed }.id();
            let text = id.to_string();
            prop_assert_eq!(VersionId::parse(&text), Some(id));
            prop_assert!(text.len() <= 100 && text.bytes().all(|b| b.is_ascii_alphanumeric()));
        }
    }

    #[test]
    fn a_text_that_no_version_has_is_none() {
        let id = ObjectVersion { sequence: 0xabc, seed: Some(7) }.id().to_string();
        for text in ["", "NULL", "CAEQ", &id.to_lowercase(), &id[1..], &format!("{id}0"), &id.replace('0', "+")] {
            assert_eq!(VersionId::parse(text), None, "{text}");
        }
    }
}
