//! Which lifecycle documents may be stored.
//!
//! A document is refused as a whole at its first fault. Rules are compared with each other where their prefixes overlap. Rules with
//! tags are not: tags tell their objects apart, and OSS's documentation shows such rules side by side.

use super::{InvalidLifecycle, Lifecycle, LifecycleFault, LifecycleNot, LifecycleRule, LifecycleTime};
use crate::{MAX_KEY_BYTES, StorageClass};
use std::collections::HashSet;

/// Maximum number of rules of a bucket (OSS: 1,000).
pub const MAX_LIFECYCLE_RULES: usize = 1000;
/// Maximum bytes of a rule's id (OSS: 255 characters).
pub const MAX_LIFECYCLE_RULE_ID_BYTES: usize = 255;
/// Maximum number of `Not` elements of one rule (OSS: 100).
pub const MAX_NOT_ELEMENTS: usize = 100;
/// Maximum number of tags of one rule: an object has no more.
pub const MAX_RULE_TAGS: usize = 10;
/// Largest number of days: a hundred years.
pub const MAX_LIFECYCLE_DAYS: u32 = 36_500;
/// Largest bound of a size in bytes (OSS: 5 TB).
pub const MAX_FILTER_SIZE_BYTES: u64 = 5 << 40;
/// Maximum bytes of a tag's key and of its value.
const MAX_TAG_KEY_BYTES: usize = 128;
const MAX_TAG_VALUE_BYTES: usize = 256;

/// An action of a rule, as OSS's messages name it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ComparedAction {
    Transition(StorageClass),
    Expiration,
    NoncurrentTransition(StorageClass),
    NoncurrentExpiration,
}

impl ComparedAction {
    fn name(self) -> String {
        match self {
            Self::Transition(class) => format!("Transition for StorageClass {}", class.as_str()),
            Self::Expiration => "Expiration".to_owned(),
            Self::NoncurrentTransition(class) => {
                format!("NoncurrentVersionTransition for StorageClass {}", class.as_str())
            }
            Self::NoncurrentExpiration => "NoncurrentVersionExpiration".to_owned(),
        }
    }

    /// The action as messages about its days name it.
    fn with_days(self) -> String {
        match self {
            Self::Transition(class) => format!("Transition action for StorageClass {}", class.as_str()),
            Self::Expiration => "Expiration action".to_owned(),
            Self::NoncurrentTransition(class) => {
                format!("NoncurrentVersionTransition action for StorageClass {}", class.as_str())
            }
            Self::NoncurrentExpiration => "NoncurrentVersionExpiration action".to_owned(),
        }
    }

    fn is_noncurrent(self) -> bool {
        matches!(self, Self::NoncurrentTransition(_) | Self::NoncurrentExpiration)
    }

    /// Later actions are worth more: classes by coldness, then the end.
    fn rank(self) -> usize {
        match self {
            Self::Transition(class) | Self::NoncurrentTransition(class) => {
                StorageClass::ALL.iter().position(|one| *one == class).unwrap_or(0)
            }
            Self::Expiration | Self::NoncurrentExpiration => StorageClass::ALL.len(),
        }
    }
}

impl Lifecycle {
    /// Refuses what may not be stored. With `allows_overlap` rules may have the same action for the same objects
    /// (`x-oss-allow-same-action-overlap`); the one with the longer prefix then holds.
    pub fn validate(&self, allows_overlap: bool) -> Result<(), InvalidLifecycle> {
        if self.rules.is_empty() || self.rules.len() > MAX_LIFECYCLE_RULES {
            return Err(InvalidLifecycle::new(LifecycleFault::Form, "1 to 1000 rules must be listed"));
        }
        let mut ids = HashSet::new();
        for rule in &self.rules {
            rule.validate()?;
            if !ids.insert(rule.id.as_str()) {
                let message = "Rule ID must be unique. Found same ID for more than one rule.";
                return Err(InvalidLifecycle::new(LifecycleFault::RepeatedId, message));
            }
        }
        let untagged: Vec<_> = self.rules.iter().filter(|rule| rule.tags.is_empty()).collect();
        for (place, one) in untagged.iter().enumerate() {
            let others = untagged[place + 1..].iter().filter(|other| overlap(&one.prefix, &other.prefix));
            others.into_iter().try_for_each(|other| one.check_beside(other, allows_overlap))?;
        }
        Ok(())
    }
}

impl LifecycleRule {
    /// The actions on objects and their times.
    fn actions(&self) -> impl Iterator<Item = (ComparedAction, LifecycleTime)> + '_ {
        let transitions = self.transitions.iter().map(|to| (ComparedAction::Transition(to.storage_class), to.time));
        let noncurrent = self.noncurrent_transitions.iter();
        let noncurrent =
            noncurrent.map(|to| (ComparedAction::NoncurrentTransition(to.storage_class), LifecycleTime::Days(to.days)));
        let expires =
            self.noncurrent_expiration.map(|days| (ComparedAction::NoncurrentExpiration, LifecycleTime::Days(days)));
        let current = transitions.chain(self.expiration.map(|time| (ComparedAction::Expiration, time)));
        current.chain(noncurrent).chain(expires)
    }

    fn validate(&self) -> Result<(), InvalidLifecycle> {
        if self.id.len() > MAX_LIFECYCLE_RULE_ID_BYTES {
            return Err(InvalidLifecycle::value("ID length should not exceed allowed limit of 255"));
        }
        if self.prefix.len() > MAX_KEY_BYTES {
            return Err(InvalidLifecycle::value("Prefix length should not exceed allowed limit of 1023"));
        }
        if self.actions().next().is_none() && self.abort_uploads.is_none() && !self.removes_markers {
            return Err(InvalidLifecycle::new(LifecycleFault::Form, "a rule has no action"));
        }
        if self.removes_markers && self.expiration.is_some() {
            let message = "ExpiredObjectDeleteMarker cannot be specified with Days or CreatedBeforeDate";
            return Err(InvalidLifecycle::new(LifecycleFault::ExpirationTimes, message));
        }
        check_tags(&self.tags)?;
        self.check_filter()?;
        for (place, (action, time)) in self.actions().enumerate() {
            use ComparedAction::{NoncurrentTransition, Transition};
            if matches!(action, Transition(StorageClass::Standard) | NoncurrentTransition(StorageClass::Standard)) {
                return Err(InvalidLifecycle::new(LifecycleFault::StorageClass, "Invalid StorageClass"));
            }
            for (other, other_time) in self.actions().skip(place + 1) {
                if action == other {
                    let message = format!("Overlap for same action type {}", action.name());
                    return Err(InvalidLifecycle::new(LifecycleFault::TransitionOverlap, message));
                }
                check_order((action, time), (other, other_time))?;
            }
        }
        Ok(())
    }

    /// OSS: a rule with `Not`, with tags or with both sizes cannot abort uploads.
    fn check_filter(&self) -> Result<(), InvalidLifecycle> {
        if self.not.len() > MAX_NOT_ELEMENTS {
            return Err(InvalidLifecycle::value("a rule has more than 100 Not elements"));
        }
        self.not.iter().try_for_each(|not| self.check_not(not))?;
        let sizes = [self.larger_than, self.smaller_than];
        if sizes.into_iter().flatten().any(|bytes| bytes == 0 || bytes > MAX_FILTER_SIZE_BYTES) {
            return Err(InvalidLifecycle::value("the object size in Filter must be from 1 byte to 5 TB"));
        }
        if let [Some(larger), Some(smaller)] = sizes
            && larger >= smaller
        {
            return Err(InvalidLifecycle::value("ObjectSizeLessThan must be more than ObjectSizeGreaterThan"));
        }
        let narrows = !self.tags.is_empty() || !self.not.is_empty() || (sizes[0].is_some() && sizes[1].is_some());
        if narrows && self.abort_uploads.is_some() {
            let message = "AbortMultipartUpload cannot be specified with Tag, with Not or with both object sizes";
            return Err(InvalidLifecycle::value(message));
        }
        Ok(())
    }

    fn check_not(&self, not: &LifecycleNot) -> Result<(), InvalidLifecycle> {
        if !not.prefix.starts_with(&self.prefix) || not.prefix.len() > MAX_KEY_BYTES {
            return Err(InvalidLifecycle::value("the Prefix in Not must begin with the Prefix of the rule"));
        }
        let Some(tag) = &not.tag else {
            if not.prefix == self.prefix {
                return Err(InvalidLifecycle::value("the Prefix in Not must differ from the Prefix of the rule"));
            }
            return Ok(());
        };
        check_tags(std::slice::from_ref(tag))?;
        if self.tags.iter().any(|(key, _)| *key == tag.0) {
            return Err(InvalidLifecycle::value("the key of the Tag in Not must differ from those of the rule"));
        }
        Ok(())
    }

    /// Compares rules that match the same objects.
    fn check_beside(&self, other: &Self, allows_overlap: bool) -> Result<(), InvalidLifecycle> {
        let overlap =
            |fault, name: &str| Err(InvalidLifecycle::new(fault, format!("Overlap for same action type {name}")));
        if self.abort_uploads.is_some() && other.abort_uploads.is_some() {
            return overlap(LifecycleFault::Overlap, "AbortMultipartUpload");
        }
        if allows_overlap {
            return Ok(());
        }
        if self.removes_markers && other.removes_markers {
            return overlap(LifecycleFault::Overlap, "ExpiredObjectDeleteMarker");
        }
        for one in self.actions() {
            for two in other.actions() {
                match (one.0, two.0) {
                    (one @ (ComparedAction::Expiration | ComparedAction::NoncurrentExpiration), two) if one == two => {
                        return overlap(LifecycleFault::Overlap, &one.name());
                    }
                    (one, two) if one == two => return overlap(LifecycleFault::TransitionOverlap, &one.name()),
                    _ => check_order(one, two)?,
                }
            }
        }
        Ok(())
    }
}

/// Whether a key can have both prefixes.
fn overlap(one: &str, other: &str) -> bool {
    one.starts_with(other) || other.starts_with(one)
}

/// Of two actions on the same objects the later one must come later, and both have days or both a date. The order of dates is not
/// checked: they say how old objects are, and OSS accepts every order.
fn check_order(
    one: (ComparedAction, LifecycleTime),
    other: (ComparedAction, LifecycleTime),
) -> Result<(), InvalidLifecycle> {
    use LifecycleTime::{CreatedBefore, Date, Days};
    if one.0.is_noncurrent() != other.0.is_noncurrent() {
        return Ok(());
    }
    let (earlier, later) = if one.0.rank() < other.0.rank() { (one, other) } else { (other, one) };
    match (earlier.1, later.1) {
        (Days(days), Days(later_days)) if days >= later_days => {
            let message =
                format!("Days in the {} must be more than the {}", later.0.with_days(), earlier.0.with_days());
            Err(InvalidLifecycle::new(LifecycleFault::Order, message))
        }
        (Days(_), Days(_)) | (CreatedBefore(_) | Date(_), CreatedBefore(_) | Date(_)) => Ok(()),
        (Days(_), CreatedBefore(_) | Date(_)) | (CreatedBefore(_) | Date(_), Days(_)) => {
            let names = (later.0.name(), earlier.0.name());
            let message = format!("Found mixed CreatedBeforeDate and Days based {} and {} actions", names.0, names.1);
            Err(InvalidLifecycle::new(LifecycleFault::MixedTimes, message))
        }
    }
}

fn check_tags(tags: &[(String, String)]) -> Result<(), InvalidLifecycle> {
    let keys: HashSet<_> = tags.iter().map(|(key, _)| key).collect();
    let sized = |(key, value): &(String, String)| {
        !key.is_empty() && key.len() <= MAX_TAG_KEY_BYTES && value.len() <= MAX_TAG_VALUE_BYTES
    };
    if tags.len() > MAX_RULE_TAGS || keys.len() != tags.len() || !tags.iter().all(sized) {
        return Err(InvalidLifecycle::value("the tags of a rule must be at most 10, of different keys, and valid"));
    }
    Ok(())
}
