//! What an access key may do. A key never may more than its account: these rights are a limit, beside policies and ACLs.

use crate::{BucketName, MAX_KEY_BYTES};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Most rights of one key.
pub const MAX_KEY_RIGHTS: usize = 32;

/// How far a right goes, in rising order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum KeyAccess {
    /// Reads of objects, listings and settings.
    ReadOnly,
    /// These, and changes of objects.
    ReadWrite,
    /// These, and changes of settings; making and deleting buckets.
    Full,
}

/// One right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRight {
    /// How far it goes.
    pub access: KeyAccess,
    /// The bucket that it is about; without one it is about all, and about the account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bucket: Option<Box<str>>,
    /// The beginning of the keys that it is about; empty for the whole bucket.
    #[serde(default, skip_serializing_if = "str::is_empty")]
    pub prefix: Box<str>,
}

/// The rights of a key: it may do what one of them covers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeyRights {
    /// The rights.
    rights: Vec<KeyRight>,
    /// Whether it administers the server: the admin address and the console accept it.
    #[serde(default)]
    is_admin: bool,
}

/// How far the right of a request must go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyNeed {
    /// It reads.
    Read,
    /// It changes an object.
    Write,
    /// It changes a bucket, or the account.
    Manage,
}

/// What a request is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyTarget<'a> {
    /// The account: the list of its buckets, its settings.
    Account,
    /// A bucket.
    Bucket(&'a str),
    /// The keys of a bucket that begin with this.
    Listing {
        /// The bucket.
        bucket: &'a str,
        /// The beginning.
        prefix: &'a str,
    },
    /// One object.
    Object {
        /// The bucket.
        bucket: &'a str,
        /// The key.
        key: &'a str,
    },
}

/// Why a text cannot be read as rights.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidRights {
    /// There are none, or too many.
    #[error("a key has 1 to {MAX_KEY_RIGHTS} rights")]
    Count,
    /// The word is none of the known ones.
    #[error(
        "{0:?} is not a right: use admin, full, read-write or read-only, the last three also with :BUCKET, and the last two with :BUCKET/PREFIX"
    )]
    Unknown(Box<str>),
    /// The bucket cannot be one.
    #[error("{0:?} names no bucket")]
    Bucket(Box<str>),
    /// The prefix is too long, or has a control character.
    #[error("{0:?} has a prefix that no key can have")]
    Prefix(Box<str>),
    /// A right to settings covers a whole bucket.
    #[error("{0:?}: the right full is for whole buckets")]
    FullOfPrefix(Box<str>),
}

const ADMIN: &str = "admin";

impl KeyRights {
    /// Everything that the account may do.
    pub fn full() -> Self {
        Self { rights: vec![KeyRight { access: KeyAccess::Full, bucket: None, prefix: "".into() }], is_admin: false }
    }

    /// Every read that the account may do.
    pub fn read_only() -> Self {
        Self {
            rights: vec![KeyRight { access: KeyAccess::ReadOnly, bucket: None, prefix: "".into() }],
            is_admin: false,
        }
    }

    /// Parses texts such as `full`, `read-only:BUCKET/PREFIX`, `admin`; the latter includes `full`.
    ///
    /// # Errors
    /// [`InvalidRights`], which names the text.
    pub fn parse<T: AsRef<str>>(texts: &[T]) -> Result<Self, InvalidRights> {
        if texts.is_empty() || texts.len() > MAX_KEY_RIGHTS {
            return Err(InvalidRights::Count);
        }
        let is_admin = texts.iter().any(|text| text.as_ref() == ADMIN);
        let others = texts.iter().map(AsRef::as_ref).filter(|text| *text != ADMIN);
        let mut rights = others.map(str::parse).collect::<Result<Vec<KeyRight>, _>>()?;
        if is_admin {
            rights.insert(0, KeyRight { access: KeyAccess::Full, bucket: None, prefix: "".into() });
        }
        Ok(Self { rights, is_admin })
    }

    /// The texts that [`Self::parse`] reads.
    pub fn texts(&self) -> Vec<String> {
        // Administrators have the right to everything, which the word includes.
        let implied = usize::from(self.is_admin);
        let admin = self.is_admin.then(|| ADMIN.to_owned());
        admin.into_iter().chain(self.rights.iter().skip(implied).map(KeyRight::to_string)).collect()
    }

    /// Whether the key administers the server.
    pub fn is_admin(&self) -> bool {
        self.is_admin
    }

    /// Whether the key may do everything that its account may.
    pub fn is_full(&self) -> bool {
        self.rights.iter().any(|right| right.access == KeyAccess::Full && right.bucket.is_none())
    }

    /// Whether a key with these rights may do that.
    pub fn allow(&self, need: KeyNeed, target: KeyTarget<'_>) -> bool {
        self.rights.iter().any(|right| right.allows(need, target))
    }
}

impl KeyRight {
    fn allows(&self, need: KeyNeed, target: KeyTarget<'_>) -> bool {
        let reaches = match need {
            KeyNeed::Read => true,
            KeyNeed::Write => self.access >= KeyAccess::ReadWrite,
            KeyNeed::Manage => self.access == KeyAccess::Full,
        };
        reaches && self.covers(target)
    }

    fn covers(&self, target: KeyTarget<'_>) -> bool {
        let Some(own) = &self.bucket else { return true };
        match target {
            KeyTarget::Account => false,
            KeyTarget::Bucket(bucket) => **own == *bucket && self.prefix.is_empty(),
            KeyTarget::Listing { bucket, prefix: names } | KeyTarget::Object { bucket, key: names } => {
                **own == *bucket && names.starts_with(&*self.prefix)
            }
        }
    }
}

impl FromStr for KeyRight {
    type Err = InvalidRights;

    fn from_str(text: &str) -> Result<Self, InvalidRights> {
        let (word, place) = match text.split_once(':') {
            Some((word, place)) => (word, Some(place)),
            None => (text, None),
        };
        let access = match word {
            "full" => KeyAccess::Full,
            "read-write" => KeyAccess::ReadWrite,
            "read-only" => KeyAccess::ReadOnly,
            _ => return Err(InvalidRights::Unknown(text.into())),
        };
        let Some(place) = place else { return Ok(Self { access, bucket: None, prefix: "".into() }) };
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        let bucket = BucketName::parse(bucket).map_err(|_| InvalidRights::Bucket(text.into()))?;
        if prefix.len() > MAX_KEY_BYTES || prefix.chars().any(char::is_control) {
            return Err(InvalidRights::Prefix(text.into()));
        }
        if access == KeyAccess::Full && !prefix.is_empty() {
            return Err(InvalidRights::FullOfPrefix(text.into()));
        }
        Ok(Self { access, bucket: Some(bucket.as_str().into()), prefix: prefix.into() })
    }
}

impl fmt::Display for KeyRight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.access {
            KeyAccess::Full => "full",
            KeyAccess::ReadWrite => "read-write",
            KeyAccess::ReadOnly => "read-only",
        })?;
        let Some(bucket) = &self.bucket else { return Ok(()) };
        write!(f, ":{bucket}")?;
        if self.prefix.is_empty() { Ok(()) } else { write!(f, "/{}", self.prefix) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rights_are_read_and_written_as_texts() {
        for texts in [
            &["full"][..],
            &["admin"],
            &["admin", "read-only:photos"],
            &["read-only"],
            &["read-write:photos/2024/", "full:logs", "read-only:photos"],
            &["read-write:photos/a:b"],
        ] {
            assert_eq!(KeyRights::parse(texts).unwrap().texts(), texts);
        }
        let long = format!("read-only:photos/{}", "p".repeat(MAX_KEY_BYTES + 1));
        let text = |text: &str| -> Box<str> { text.into() };
        for (given, expected) in [
            (&[][..], InvalidRights::Count),
            (&["full"; MAX_KEY_RIGHTS + 1], InvalidRights::Count),
            (&["all"], InvalidRights::Unknown(text("all"))),
            (&["admin:photos"], InvalidRights::Unknown(text("admin:photos"))),
            (&[""], InvalidRights::Unknown(text(""))),
            (&["read-only:"], InvalidRights::Bucket(text("read-only:"))),
            (&["read-only:A"], InvalidRights::Bucket(text("read-only:A"))),
            (&["read-only:photos/a\nb"], InvalidRights::Prefix(text("read-only:photos/a\nb"))),
            (&[&*long], InvalidRights::Prefix(text(&long))),
            (&["full:photos/a"], InvalidRights::FullOfPrefix(text("full:photos/a"))),
        ] {
            assert_eq!(KeyRights::parse(given), Err(expected), "{given:?}");
        }
    }

    #[test]
    fn a_right_covers_what_it_names_and_no_more() {
        use KeyNeed::{Manage, Read, Write};
        use KeyTarget::{Account, Bucket, Listing, Object};
        let check = |rights: &[&str], need, target, expected| {
            let allowed = KeyRights::parse(rights).unwrap().allow(need, target);
            assert_eq!(allowed, expected, "{rights:?} {need:?} {target:?}");
        };
        let object = |key| Object { bucket: "photos", key };
        let listing = |prefix| Listing { bucket: "photos", prefix };
        for (need, target) in [(Manage, Account), (Manage, Bucket("photos")), (Write, object("k"))] {
            check(&["full"], need, target, true);
            check(&["admin"], need, target, true);
            check(&["read-only"], need, target, false);
        }
        for target in [Account, Bucket("photos"), listing(""), object("k")] {
            check(&["read-only"], Read, target, true);
        }
        check(&["read-write"], Write, object("k"), true);
        check(&["read-write"], Manage, Bucket("photos"), false);
        check(&["full:photos"], Manage, Bucket("photos"), true);
        check(&["full:photos"], Read, Account, false);
        check(&["full:photos"], Read, Bucket("photo"), false);
        check(&["full:photos"], Read, Bucket("photos2"), false);
        let some = &["read-write:photos/2024/", "read-only:logs"];
        check(some, Write, object("2024/a"), true);
        check(some, Write, object("2024"), false);
        check(some, Read, object("2023/a"), false);
        check(some, Read, listing("2024/"), true);
        check(some, Read, listing("2024/05"), true);
        check(some, Read, listing("2024"), false);
        check(some, Read, listing(""), false);
        check(some, Read, Bucket("photos"), false);
        check(some, Read, Bucket("logs"), true);
        check(some, Write, Object { bucket: "logs", key: "2024/a" }, false);
    }
}
