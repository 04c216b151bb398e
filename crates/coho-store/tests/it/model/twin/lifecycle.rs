//! What lifecycle rules do, and when.
//!
//! OSS: days count from the midnight in UTC after the change. Of the rules for one action the one with the longest prefix holds. An
//! expiration comes before a transition, and a transition leads to a colder class only.

use super::{Denied, Id, Kind, Object, State, Twin, Version, object::DAY_MS};
use crate::model::step::{KEYS, Rule};
use coho_model::{StorageClass, UploadId};

/// A change that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Due {
    pub(in super::super) key: usize,
    pub(in super::super) act: Act,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Act {
    Expire,
    Move(StorageClass),
    RemoveVersion(Id),
    MoveVersion(Id, StorageClass),
    RemoveMarker(Id),
    Abort(UploadId),
}

/// Every class, the coldest first.
const COLDEST_FIRST: [StorageClass; 5] = [
    StorageClass::DeepColdArchive,
    StorageClass::ColdArchive,
    StorageClass::Archive,
    StorageClass::Ia,
    StorageClass::Standard,
];

/// What a rule judges: a key, and an object or a delete marker.
#[derive(Clone, Copy)]
struct Judged<'a> {
    key: usize,
    object: Option<&'a Object>,
}

impl Rule {
    fn is_about(&self, judged: Judged<'_>) -> bool {
        let (size, tagged) =
            judged.object.map_or((0, false), |object| (object.bytes.len() as u64, object.tags.is_some()));
        KEYS[judged.key].starts_with(self.prefix)
            && (!self.tagged || tagged)
            && self.larger.is_none_or(|bytes| size > bytes)
    }
}

fn is_due(changed: i64, days: u32, now: i64) -> bool {
    let midnights = changed.div_euclid(DAY_MS) + if changed.rem_euclid(DAY_MS) == 0 { 0 } else { 1 };
    (midnights + i64::from(days)) * DAY_MS <= now
}

impl Twin {
    /// The days of the rule that holds for an action.
    fn days(&self, judged: Judged<'_>, of: impl Fn(&Rule) -> Option<u32>) -> Option<u32> {
        let about = self.rules.iter().filter(|rule| rule.is_about(judged));
        let all: Vec<_> = about.filter_map(|rule| Some((rule.prefix.len(), of(rule)?))).collect();
        let longest = all.iter().map(|(length, _)| *length).max()?;
        all.iter().filter(|(length, _)| *length == longest).map(|(_, days)| *days).min()
    }

    /// The class that an object moves to.
    fn colder(
        &self,
        judged: Judged<'_>,
        changed: i64,
        moves: impl Fn(&Rule) -> Option<(u32, StorageClass)>,
    ) -> Option<StorageClass> {
        let object = judged.object?;
        let open = object.kind == Kind::Appendable && !object.sealed;
        let colder = COLDEST_FIRST.into_iter().take_while(|class| *class != object.class);
        // OSS: what takes appends stays out of the coldest classes.
        let mut possible =
            colder.filter(|class| !open || !matches!(class, StorageClass::ColdArchive | StorageClass::DeepColdArchive));
        let days = |to: StorageClass| {
            self.days(judged, |rule| moves(rule).filter(|(_, class)| *class == to).map(|(days, _)| days))
        };
        possible.find(|class| days(*class).is_some_and(|days| is_due(changed, days, self.now)))
    }

    pub(in super::super) fn due_objects(&self) -> Vec<Due> {
        let mut due = Vec::new();
        for key in self.in_order() {
            let Some(object) = self.current(key) else { continue };
            let judged = Judged { key, object: Some(object) };
            let expires = self.days(judged, |rule| rule.expires);
            if expires.is_some_and(|days| is_due(object.modified, days, self.now)) {
                due.push(Due { key, act: Act::Expire });
            } else if let Some(class) = self.colder(judged, object.modified, |rule| rule.moves) {
                due.push(Due { key, act: Act::Move(class) });
            }
        }
        due
    }

    pub(in super::super) fn due_versions(&self) -> Vec<Due> {
        let mut due = Vec::new();
        if self.state == State::Unversioned {
            return due;
        }
        for key in self.in_order() {
            let versions = self.versions(key);
            if let [Version { id, object: None, .. }] = versions
                && self.days(Judged { key, object: None }, |rule| rule.removes_markers.then_some(0)).is_some()
            {
                due.push(Due { key, act: Act::RemoveMarker(*id) });
            }
            for pair in versions.windows(2) {
                let (since, Version { id, object, .. }) = (pair[0].made, &pair[1]);
                let judged = Judged { key, object: object.as_ref() };
                let expires = self.days(judged, |rule| rule.expires_noncurrent);
                if expires.is_some_and(|days| is_due(since, days, self.now)) {
                    due.push(Due { key, act: Act::RemoveVersion(*id) });
                } else if let Some(class) = self.colder(judged, since, |rule| rule.moves_noncurrent) {
                    due.push(Due { key, act: Act::MoveVersion(*id, class) });
                }
            }
        }
        due
    }

    /// In the order of keys; those of one key come in that of their ids, which says nothing.
    pub(in super::super) fn due_uploads(&self) -> Vec<Due> {
        let aborts = |upload: &&super::Upload| {
            let about = self.rules.iter().filter(|rule| KEYS[upload.key].starts_with(rule.prefix));
            let all: Vec<_> = about.filter_map(|rule| Some((rule.prefix.len(), rule.aborts?))).collect();
            let longest = all.iter().map(|(length, _)| *length).max();
            let days = all.iter().filter(|(length, _)| Some(*length) == longest).map(|(_, days)| *days).min();
            days.is_some_and(|days| is_due(upload.begun, days, self.now))
        };
        self.uploads.iter().filter(aborts).map(|upload| Due { key: upload.key, act: Act::Abort(upload.id) }).collect()
    }

    pub(in super::super) fn make_due(&mut self, due: Due) {
        let key = due.key;
        let revised = match due.act {
            Act::Expire => {
                self.delete(key);
                Ok(())
            }
            Act::Move(class) => self.move_to(key, None, class),
            Act::MoveVersion(id, class) => self.move_to(key, Some(id), class),
            Act::RemoveVersion(id) | Act::RemoveMarker(id) => self.delete_version(key, id).map(drop),
            Act::Abort(id) => {
                self.uploads.retain(|upload| upload.id != id);
                Ok(())
            }
        };
        assert_eq!(revised, Ok(()), "{due:?}");
    }

    fn move_to(&mut self, key: usize, id: Option<Id>, class: StorageClass) -> Result<(), Denied> {
        self.revise(key, id, |object, _| {
            object.move_to(class);
            Ok(())
        })
    }

    /// The keys in the order of their names.
    fn in_order(&self) -> Vec<usize> {
        let mut keys: Vec<_> = self.keys.keys().copied().collect();
        keys.sort_by_key(|key| KEYS[*key]);
        keys
    }
}
