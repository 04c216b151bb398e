//! Which rule acts on an object, and when.
//!
//! Among the enabled rules that match an object and have the same action, the one with the longest prefix holds, of several such the
//! one whose time comes first (OSS: overlapping prefixes). A due deletion comes before every transition, and a transition only leads
//! to a colder class; an object that is due for several goes to the coldest at once.

use super::{Lifecycle, LifecycleRule, LifecycleTime};
use crate::{ObjectType, StorageClass, Timestamp};

const DAY_MS: i64 = 86_400_000;

/// What a rule looks at in an object.
#[derive(Debug, Clone, Copy)]
pub struct LifecycleSubject<'a> {
    /// The key.
    pub key: &'a str,
    /// Length in bytes.
    pub size: u64,
    /// The time of the last write.
    pub modified: Timestamp,
    /// How the object was created.
    pub object_type: ObjectType,
    /// Whether nothing more can be appended to it.
    pub is_sealed: bool,
    /// The present class.
    pub storage_class: StorageClass,
    /// The tags; `None` if they are not known, for a first look: then a rule is taken to match them.
    pub tags: Option<&'a [(String, String)]>,
}

/// A rule and the time from which on its action is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LifecycleDue<'a> {
    /// The rule.
    pub rule: &'a LifecycleRule,
    /// Since when, or from when on.
    pub at: Timestamp,
}

/// What is to be done with an object now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LifecycleAction<'a> {
    /// It is deleted.
    Expire(LifecycleDue<'a>),
    /// It moves to that class.
    Transition(LifecycleDue<'a>, StorageClass),
}

impl LifecycleTime {
    /// From when on the action is due for what was last changed then; `None` if it is never.
    ///
    /// OSS rounds the time of the change up to midnight in UTC before it adds the days.
    pub fn due(self, modified: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Days(days) => {
                let midnight = modified.unix_ms().div_euclid(DAY_MS) + i64::from(modified.unix_ms() % DAY_MS != 0);
                Some(Timestamp::from_unix_ms((midnight + i64::from(days)).saturating_mul(DAY_MS)))
            }
            Self::CreatedBefore(date) => Some(date).filter(|date| modified < *date),
            Self::Date(date) => Some(date),
        }
    }
}

impl LifecycleRule {
    pub(super) fn matches(&self, subject: &LifecycleSubject<'_>) -> bool {
        self.is_enabled
            && subject.key.starts_with(&self.prefix)
            && self.larger_than.is_none_or(|bytes| subject.size > bytes)
            && self.smaller_than.is_none_or(|bytes| subject.size < bytes)
            && subject.tags.is_none_or(|tags| self.tags.iter().all(|tag| tags.contains(tag)))
            && !self.not.iter().any(|not| {
                let has = |tag| subject.tags.is_some_and(|tags| tags.contains(tag));
                subject.key.starts_with(&not.prefix) && not.tag.as_ref().is_none_or(has)
            })
    }

    fn transition(&self, to: StorageClass) -> Option<LifecycleTime> {
        self.transitions.iter().find(|transition| transition.storage_class == to).map(|transition| transition.time)
    }
}

impl Lifecycle {
    /// When the object is to be deleted, and by which rule (`x-oss-expiration`).
    pub fn expiration(&self, subject: &LifecycleSubject<'_>) -> Option<LifecycleDue<'_>> {
        self.holding(subject, |rule| rule.expiration)
    }

    /// What is to be done with the object now.
    pub fn action(&self, subject: &LifecycleSubject<'_>, now: Timestamp) -> Option<LifecycleAction<'_>> {
        self.due_action(subject, now, |rule| rule.expiration, LifecycleRule::transition)
    }

    /// The deletion that is due, or else the move to the coldest class.
    pub(super) fn due_action(
        &self,
        subject: &LifecycleSubject<'_>,
        now: Timestamp,
        expiration: impl Fn(&LifecycleRule) -> Option<LifecycleTime>,
        transition: impl Fn(&LifecycleRule, StorageClass) -> Option<LifecycleTime>,
    ) -> Option<LifecycleAction<'_>> {
        let is_due = |due: &LifecycleDue<'_>| due.at <= now;
        if let Some(due) = self.holding(subject, expiration).filter(is_due) {
            return Some(LifecycleAction::Expire(due));
        }
        let colder = StorageClass::ALL.into_iter().rev().take_while(|class| *class != subject.storage_class);
        colder.filter(|class| may_become(subject, *class)).find_map(|class| {
            let due = self.holding(subject, |rule| transition(rule, class)).filter(is_due)?;
            Some(LifecycleAction::Transition(due, class))
        })
    }

    /// Whether any rule may act on an object whose tags are not known; [`Self::action`] decides with them.
    pub fn may_act(&self, subject: &LifecycleSubject<'_>, now: Timestamp) -> bool {
        let is_due = |time: LifecycleTime| time.due(subject.modified).is_some_and(|at| at <= now);
        self.rules.iter().any(|rule| {
            rule.matches(subject)
                && (rule.expiration.is_some_and(is_due) || rule.transitions.iter().any(|to| is_due(to.time)))
        })
    }

    /// When an unfinished upload is to be aborted. Neither tags nor sizes matter to uploads.
    pub fn abort(&self, key: &str, initiated: Timestamp) -> Option<LifecycleDue<'_>> {
        let matching = self.rules.iter().filter(|rule| rule.is_enabled && key.starts_with(&rule.prefix));
        let due = |rule| Some(LifecycleDue { rule, at: rule.abort_uploads?.due(initiated)? });
        longest_prefix(matching.filter(|rule| rule.abort_uploads.is_some()).map(|rule| (rule, due(rule))))
    }

    /// The prefix that all enabled rules share: a walk over the bucket need not look at other keys.
    pub fn common_prefix(&self) -> &str {
        let mut prefixes = self.rules.iter().filter(|rule| rule.is_enabled).map(|rule| rule.prefix.as_str());
        let first = prefixes.next().unwrap_or_default();
        prefixes.fold(first, |common, prefix| {
            let shared = common.bytes().zip(prefix.bytes()).take_while(|(one, other)| one == other).count();
            &common[..common.floor_char_boundary(shared)]
        })
    }

    /// Whether a rule acts on objects.
    pub fn acts_on_objects(&self) -> bool {
        self.rules.iter().any(|rule| rule.is_enabled && (rule.expiration.is_some() || !rule.transitions.is_empty()))
    }

    /// Whether a rule aborts uploads.
    pub fn aborts_uploads(&self) -> bool {
        self.rules.iter().any(|rule| rule.is_enabled && rule.abort_uploads.is_some())
    }

    /// The rule that holds for an action, and its time.
    pub(super) fn holding(
        &self,
        subject: &LifecycleSubject<'_>,
        time: impl Fn(&LifecycleRule) -> Option<LifecycleTime>,
    ) -> Option<LifecycleDue<'_>> {
        let with_action = self.rules.iter().filter_map(|rule| Some((rule, time(rule)?)));
        let matching = with_action.filter(|(rule, _)| rule.matches(subject));
        let due =
            |(rule, time): (_, LifecycleTime)| (rule, time.due(subject.modified).map(|at| LifecycleDue { rule, at }));
        longest_prefix(matching.map(due))
    }
}

/// The due time of the rule with the longest prefix; of several, the first one. A rule that is never due hides those with
/// shorter prefixes all the same.
fn longest_prefix<'a>(
    rules: impl Iterator<Item = (&'a LifecycleRule, Option<LifecycleDue<'a>>)>,
) -> Option<LifecycleDue<'a>> {
    let order = |(rule, due): &(&LifecycleRule, Option<LifecycleDue<'_>>)| {
        (std::cmp::Reverse(rule.prefix.len()), due.is_none(), due.map(|due| due.at))
    };
    rules.min_by_key(order).and_then(|(_, due)| due)
}

/// OSS: an appendable object does not become ColdArchive or DeepColdArchive before it is sealed.
fn may_become(subject: &LifecycleSubject<'_>, class: StorageClass) -> bool {
    match subject.object_type {
        ObjectType::Normal | ObjectType::Multipart | ObjectType::Symlink => true,
        ObjectType::Appendable => {
            subject.is_sealed || !matches!(class, StorageClass::ColdArchive | StorageClass::DeepColdArchive)
        }
    }
}
