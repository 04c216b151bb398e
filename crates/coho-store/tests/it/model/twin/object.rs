//! One object, and what happens to it alone.

use super::Denied;
use bytes::Bytes;
use coho_model::{ETag, ObjectAcl, StorageClass};

pub(in super::super) const HOUR_MS: i64 = 3_600_000;
pub(super) const DAY_MS: i64 = 24 * HOUR_MS;
pub(in super::super) const RESTORE_DELAY_MS: i64 = 2 * HOUR_MS;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Kind {
    Normal,
    Multipart { sequential: bool },
    Appendable,
    Link(&'static str),
}

#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Object {
    pub(in super::super) bytes: Bytes,
    pub(in super::super) kind: Kind,
    /// `None` where no rule says what it is, until it is seen.
    pub(in super::super) etag: Option<ETag>,
    pub(in super::super) content_type: &'static str,
    pub(in super::super) class: StorageClass,
    pub(in super::super) acl: ObjectAcl,
    pub(in super::super) tags: Option<String>,
    pub(in super::super) sealed: bool,
    /// When it becomes readable, and when it is frozen again.
    pub(in super::super) restore: Option<(i64, i64)>,
    pub(in super::super) encrypted: bool,
    pub(in super::super) mirrored: bool,
    /// Whether it survives a crash.
    pub(in super::super) durable: bool,
    pub(in super::super) modified: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Frozen {
    Never,
    Yes,
    Thawing,
    Until(i64),
}

impl Object {
    pub(in super::super) fn frozen(&self, now: i64) -> Frozen {
        match self.class {
            StorageClass::Standard | StorageClass::Ia => Frozen::Never,
            StorageClass::Archive | StorageClass::ColdArchive | StorageClass::DeepColdArchive => match self.restore {
                Some((ready, _)) if now < ready => Frozen::Thawing,
                Some((_, until)) if now < until => Frozen::Until(until),
                _ => Frozen::Yes,
            },
        }
    }

    pub(in super::super) fn restore(&mut self, days: u32, now: i64) -> Result<(), Denied> {
        let frozen = self.frozen(now);
        if frozen == Frozen::Never {
            return Err(Denied::NotArchived);
        }
        let most = if self.class == StorageClass::Archive { 7 } else { 365 };
        if days == 0 || days > most {
            return Err(Denied::InvalidRestore);
        }
        let length = i64::from(days) * DAY_MS;
        self.restore = match (frozen, self.restore) {
            (Frozen::Thawing, _) => return Err(Denied::RestoreInProgress),
            (Frozen::Until(until), Some((ready, _))) => Some((ready, until.max(now + length))),
            _ => Some((now + RESTORE_DELAY_MS, now + RESTORE_DELAY_MS + length)),
        };
        Ok(())
    }

    pub(in super::super) fn clean(&mut self, now: i64) -> Result<(), Denied> {
        match self.frozen(now) {
            Frozen::Never => Err(Denied::NotArchived),
            Frozen::Yes => Err(Denied::NotRestored),
            Frozen::Thawing => Err(Denied::RestoreUnfinished),
            Frozen::Until(_) => {
                self.restore = None;
                Ok(())
            }
        }
    }

    /// A restore is one of the class.
    pub(in super::super) fn move_to(&mut self, class: StorageClass) {
        if class != self.class {
            self.class = class;
            self.restore = None;
        }
    }

    pub(super) fn takes_appends_at(&self, position: u64) -> Result<(), Denied> {
        let length = self.bytes.len() as u64;
        match self.kind {
            Kind::Appendable if self.sealed => Err(Denied::NotAppendable),
            Kind::Appendable if position != length => Err(Denied::Position(length)),
            Kind::Appendable => Ok(()),
            Kind::Normal | Kind::Multipart { .. } | Kind::Link(_) => Err(Denied::NotAppendable),
        }
    }

    pub(in super::super) fn seal(&mut self, position: u64) -> Result<(), Denied> {
        let length = self.bytes.len() as u64;
        if self.kind != Kind::Appendable {
            return Err(Denied::NotAppendable);
        }
        if position != length {
            return Err(Denied::Position(length));
        }
        self.sealed = true;
        Ok(())
    }

    pub(super) fn with_more(self, added: &Self, acl: Option<ObjectAcl>) -> Self {
        let bytes = [&self.bytes[..], &added.bytes].concat().into();
        Self { bytes, etag: None, modified: added.modified, acl: acl.unwrap_or(self.acl), ..self }
    }
}
