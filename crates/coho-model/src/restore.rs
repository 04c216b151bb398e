//! Objects of archive classes: frozen until they are restored, readable for some days, and frozen again.
//!
//! The record has two times, and the clock of the reader tells the state. So nothing runs when a restore completes or ends.

use crate::{ObjectRecord, StorageClass, Timestamp};
use serde::{Deserialize, Serialize};

/// Milliseconds of a day.
const DAY_MS: i64 = 24 * 60 * 60 * 1000;
/// Most days for which an Archive object is restored (OSS: 7).
const MAX_ARCHIVE_DAYS: u32 = 7;
/// Most days for which an object of a colder class is restored (OSS: 365).
const MAX_COLD_DAYS: u32 = 365;

/// A restore that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Restore {
    /// When the object becomes readable.
    pub ready: Timestamp,
    /// When it is frozen again.
    pub expires: Timestamp,
}

/// How urgent a restore is (`Tier`). Coho restores all after the same time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs, reason = "the names are OSS's")]
pub enum RestoreTier {
    Expedited,
    #[default]
    Standard,
    Bulk,
}

/// What RestoreObject asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RestoreRequest {
    /// For how many days the object is to be readable; `None` for one.
    pub days: Option<u32>,
    /// How urgent it is, if the request says so.
    pub tier: Option<RestoreTier>,
}

/// Why a restore is not one of its class.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRestore {
    /// The number of days.
    #[error("{days} days are not 1 to {max}")]
    Days {
        /// What was asked for.
        days: u32,
        /// The most of the class.
        max: u32,
    },
    /// The class has no such tier.
    #[error("the class has no tier {}", .0.as_str())]
    Tier(RestoreTier),
}

/// Whether an object can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestoreState {
    /// Its class needs no restore.
    NotArchived,
    /// It must be restored first.
    Frozen,
    /// A restore is under way.
    Restoring,
    /// It can be read until then.
    Restored(Timestamp),
}

impl RestoreTier {
    /// The wire text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Expedited => "Expedited",
            Self::Standard => "Standard",
            Self::Bulk => "Bulk",
        }
    }

    /// Parses the wire text; `None` if it is unknown.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Expedited, Self::Standard, Self::Bulk].into_iter().find(|tier| tier.as_str() == text)
    }
}

impl RestoreRequest {
    /// The days for an object of this class; refuses what OSS does not offer for it.
    pub fn days_for(&self, class: StorageClass) -> Result<u32, InvalidRestore> {
        let max = if class == StorageClass::Archive { MAX_ARCHIVE_DAYS } else { MAX_COLD_DAYS };
        let days = self.days.unwrap_or(1);
        if !(1..=max).contains(&days) {
            return Err(InvalidRestore::Days { days, max });
        }
        match self.tier {
            Some(RestoreTier::Bulk) if class == StorageClass::DeepColdArchive => {
                Err(InvalidRestore::Tier(RestoreTier::Bulk))
            }
            _ => Ok(days),
        }
    }
}

impl Restore {
    /// A restore that is asked for now and takes this long.
    pub fn new(now: Timestamp, delay_ms: i64, days: u32) -> Self {
        let ready = now.plus_ms(delay_ms);
        Self { ready, expires: ready.plus_ms(i64::from(days) * DAY_MS) }
    }

    /// The restore of an object that is readable already: it stays so for these days from now on, and never for less than before.
    #[must_use]
    pub fn extended(self, now: Timestamp, days: u32) -> Self {
        Self { expires: self.expires.max(now.plus_ms(i64::from(days) * DAY_MS)), ..self }
    }

    fn state(self, now: Timestamp) -> RestoreState {
        if now < self.ready {
            RestoreState::Restoring
        } else if now < self.expires {
            RestoreState::Restored(self.expires)
        } else {
            RestoreState::Frozen
        }
    }
}

impl RestoreState {
    /// The state of an object of this class at that time.
    pub fn of(class: StorageClass, restore: Option<Restore>, now: Timestamp) -> Self {
        match restore {
            _ if !class.is_archived() => Self::NotArchived,
            Some(restore) => restore.state(now),
            None => Self::Frozen,
        }
    }

    /// Whether the object's bytes may be read; `reads_directly` is the bucket's setting for the class Archive.
    pub fn is_readable(self, class: StorageClass, reads_directly: bool) -> bool {
        match self {
            Self::NotArchived | Self::Restored(_) => true,
            Self::Frozen | Self::Restoring => reads_directly && class == StorageClass::Archive,
        }
    }

    /// The value of `x-oss-restore`, and of `RestoreInfo` in listings.
    pub fn text(self) -> Option<String> {
        match self {
            Self::NotArchived | Self::Frozen => None,
            Self::Restoring => Some("ongoing-request=\"true\"".into()),
            Self::Restored(until) => Some(format!("ongoing-request=\"false\", expiry-date=\"{}\"", until.http_date())),
        }
    }
}

impl ObjectRecord {
    /// The last restore of the object.
    pub fn restore(&self) -> Option<Restore> {
        self.attributes.as_ref().and_then(|attributes| attributes.restore)
    }

    /// Whether the object can be read at that time.
    pub fn restore_state(&self, now: Timestamp) -> RestoreState {
        if self.storage_class.is_archived() {
            RestoreState::of(self.storage_class, self.restore(), now)
        } else {
            RestoreState::NotArchived
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_unix_ms(ms)
    }

    #[test]
    fn the_clock_tells_the_state() {
        let restore = Restore::new(at(1_000), 500, 2);
        let end = 1_500 + 2 * DAY_MS;
        for (class, restore, now, expected) in [
            (StorageClass::Standard, Some(restore), 0, RestoreState::NotArchived),
            (StorageClass::Ia, None, 0, RestoreState::NotArchived),
            (StorageClass::Archive, None, 0, RestoreState::Frozen),
            (StorageClass::Archive, Some(restore), 1_499, RestoreState::Restoring),
            (StorageClass::ColdArchive, Some(restore), 1_500, RestoreState::Restored(at(end))),
            (StorageClass::DeepColdArchive, Some(restore), end - 1, RestoreState::Restored(at(end))),
            (StorageClass::Archive, Some(restore), end, RestoreState::Frozen),
        ] {
            assert_eq!(RestoreState::of(class, restore, at(now)), expected, "{class:?} at {now}");
        }
    }

    #[test]
    fn an_extension_never_shortens() {
        let restore = Restore::new(at(0), 0, 5);
        assert_eq!(restore.extended(at(DAY_MS), 1), restore);
        assert_eq!(restore.extended(at(DAY_MS), 7).expires, at(8 * DAY_MS));
    }

    #[test]
    fn each_class_has_its_days_and_tiers() {
        use StorageClass::{Archive, ColdArchive, DeepColdArchive};
        let days = |days, max| Err(InvalidRestore::Days { days, max });
        for (class, request, expected) in [
            (Archive, (None, None), Ok(1)),
            (Archive, (Some(7), None), Ok(7)),
            (Archive, (Some(8), None), days(8, 7)),
            (Archive, (Some(0), None), days(0, 7)),
            (Archive, (Some(2), Some(RestoreTier::Standard)), Ok(2)),
            (ColdArchive, (Some(365), Some(RestoreTier::Bulk)), Ok(365)),
            (ColdArchive, (Some(366), None), days(366, 365)),
            (DeepColdArchive, (Some(8), Some(RestoreTier::Expedited)), Ok(8)),
            (DeepColdArchive, (None, Some(RestoreTier::Bulk)), Err(InvalidRestore::Tier(RestoreTier::Bulk))),
        ] {
            let request = RestoreRequest { days: request.0, tier: request.1 };
            assert_eq!(request.days_for(class), expected, "{class:?} {request:?}");
        }
    }

    #[test]
    fn a_frozen_object_is_read_directly_in_one_class_alone() {
        for (class, state, directly, expected) in [
            (StorageClass::Standard, RestoreState::NotArchived, false, true),
            (StorageClass::Archive, RestoreState::Frozen, false, false),
            (StorageClass::Archive, RestoreState::Restoring, false, false),
            (StorageClass::Archive, RestoreState::Frozen, true, true),
            (StorageClass::ColdArchive, RestoreState::Frozen, true, false),
            (StorageClass::ColdArchive, RestoreState::Restored(at(1)), false, true),
        ] {
            assert_eq!(state.is_readable(class, directly), expected, "{class:?} {state:?} {directly}");
        }
    }

    #[test]
    fn the_text_is_that_of_oss() {
        let text = RestoreState::Restored(at(1_492_330_353_000)).text();
        assert_eq!(text.as_deref(), Some("ongoing-request=\"false\", expiry-date=\"Sun, 16 Apr 2017 08:12:33 GMT\""));
        assert_eq!(RestoreState::Restoring.text().as_deref(), Some("ongoing-request=\"true\""));
        assert_eq!((RestoreState::Frozen.text(), RestoreState::NotArchived.text()), (None, None));
    }
}
