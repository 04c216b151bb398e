//! Which rule acts on versions that are not current, and on delete markers that are alone.
//!
//! The age of a noncurrent version counts from the time at which the next newer version came. Tags and sizes are the version's own;
//! a delete marker has no tags and no bytes.

use super::{Lifecycle, LifecycleAction, LifecycleDue, LifecycleRule, LifecycleSubject, LifecycleTime};
use crate::{ObjectKey, ObjectType, StorageClass, Timestamp};

impl<'a> LifecycleSubject<'a> {
    /// A delete marker: it has neither bytes nor tags.
    pub fn of_marker(key: &'a ObjectKey, modified: Timestamp) -> Self {
        Self {
            key: key.as_str(),
            size: 0,
            modified,
            object_type: ObjectType::Normal,
            is_sealed: false,
            storage_class: StorageClass::Standard,
            tags: Some(&[]),
        }
    }

    /// As a noncurrent version since that time: its age counts from then on.
    #[must_use]
    pub fn noncurrent_since(self, since: Timestamp) -> Self {
        Self { modified: since, ..self }
    }
}

impl LifecycleRule {
    fn noncurrent_expiration(&self) -> Option<LifecycleTime> {
        self.noncurrent_expiration.map(LifecycleTime::Days)
    }

    fn noncurrent_transition(&self, to: StorageClass) -> Option<LifecycleTime> {
        let transition = self.noncurrent_transitions.iter().find(|transition| transition.storage_class == to);
        transition.map(|transition| LifecycleTime::Days(transition.days))
    }

    fn acts_on_noncurrent(&self) -> bool {
        self.noncurrent_expiration.is_some() || !self.noncurrent_transitions.is_empty()
    }
}

impl Lifecycle {
    /// What is to be done with a noncurrent version now; see [`LifecycleSubject::noncurrent_since`].
    pub fn noncurrent_action(&self, subject: &LifecycleSubject<'_>, now: Timestamp) -> Option<LifecycleAction<'_>> {
        self.due_action(subject, now, LifecycleRule::noncurrent_expiration, LifecycleRule::noncurrent_transition)
    }

    /// Whether any rule may act on a noncurrent version whose tags are not known; [`Self::noncurrent_action`] decides with them.
    pub fn may_act_on_noncurrent(&self, subject: &LifecycleSubject<'_>, now: Timestamp) -> bool {
        let is_due = |days: u32| LifecycleTime::Days(days).due(subject.modified).is_some_and(|at| at <= now);
        self.rules.iter().any(|rule| {
            rule.matches(subject)
                && (rule.noncurrent_expiration.is_some_and(is_due)
                    || rule.noncurrent_transitions.iter().any(|to| is_due(to.days)))
        })
    }

    /// Whether the delete marker is to be removed, if it is the only version of its key: at once, as its object has gone before.
    pub fn marker_removal(&self, key: &ObjectKey, modified: Timestamp) -> Option<LifecycleDue<'_>> {
        let subject = LifecycleSubject::of_marker(key, modified);
        self.holding(&subject, |rule| rule.removes_markers.then_some(LifecycleTime::Date(modified)))
    }

    /// Whether a rule acts on noncurrent versions, or on delete markers.
    pub fn acts_on_versions(&self) -> bool {
        self.rules.iter().any(|rule| rule.is_enabled && (rule.acts_on_noncurrent() || rule.removes_markers))
    }
}
