//! Runs of lifecycle rules, page by page and change by change.

use super::{Stop, World};
use crate::model::{
    step::{KEPT, KEYS, Rule},
    twin::{Act, Due, Id},
};
use coho_model::{Lifecycle, LifecycleRule, LifecycleTime, LifecycleTransition, NoncurrentTransition, VersionId};
use coho_store::{DueAction, DueChange, LifecycleCursor, LifecycleOutcome};

fn rule(number: usize, rule: &Rule) -> LifecycleRule {
    let says_modified_time = false;
    let transition = |(days, storage_class)| LifecycleTransition {
        time: LifecycleTime::Days(days),
        storage_class,
        says_modified_time,
    };
    let noncurrent = |(days, storage_class)| NoncurrentTransition { days, storage_class, says_modified_time };
    LifecycleRule {
        id: number.to_string(),
        prefix: rule.prefix.to_owned(),
        tags: if rule.tagged { vec![KEPT.map(str::to_owned).into()] } else { Vec::new() },
        is_enabled: true,
        larger_than: rule.larger,
        expiration: rule.expires.map(LifecycleTime::Days),
        removes_markers: rule.removes_markers,
        transitions: rule.moves.map(transition).into_iter().collect(),
        abort_uploads: rule.aborts.map(LifecycleTime::Days),
        noncurrent_expiration: rule.expires_noncurrent,
        noncurrent_transitions: rule.moves_noncurrent.map(noncurrent).into_iter().collect(),
        ..LifecycleRule::default()
    }
}

fn id(id: VersionId) -> Id {
    if id == VersionId::Null { Id::Null } else { Id::Seen(id) }
}

fn act(action: &DueAction) -> Act {
    match action {
        DueAction::Expire(_) => Act::Expire,
        DueAction::Transition(_, class) => Act::Move(*class),
        DueAction::ExpireVersion(version, _) => Act::RemoveVersion(id(version.version().id())),
        DueAction::TransitionVersion(object, class, _) => Act::MoveVersion(id(object.version.id()), *class),
        DueAction::RemoveMarker(marker) => Act::RemoveMarker(id(marker.version.id())),
        DueAction::Abort(upload) => Act::Abort(upload.id),
    }
}

fn due(change: &DueChange) -> Due {
    let key = KEYS.iter().position(|key| *key == change.key.as_str()).unwrap();
    Due { key, act: act(&change.action) }
}

/// Uploads of one key come in the order of their ids.
fn in_any_order(mut all: Vec<Due>) -> Vec<Due> {
    all.sort_by_key(|due| match due.act {
        Act::Abort(upload) => (due.key, upload.to_string()),
        _ => (0, String::new()),
    });
    all
}

/// Objects come first, then versions, then uploads.
fn phase(act: Act) -> usize {
    match act {
        Act::Expire | Act::Move(_) => 0,
        Act::RemoveVersion(_) | Act::MoveVersion(..) | Act::RemoveMarker(_) => 1,
        Act::Abort(_) => 2,
    }
}

impl World {
    pub(super) async fn run_lifecycle(&mut self) -> Result<(), Stop> {
        let rules = self.twin.rules.iter().enumerate().map(|(number, twin)| rule(number, twin)).collect();
        let (lifecycle, mut cursor, mut next) = (Lifecycle { rules }, Some(LifecycleCursor::default()), 0);
        while let Some(place) = cursor {
            let page = self.rig.store.lifecycle_page(&self.rig.bucket, &lifecycle, &place, self.rig.store.now()).await;
            let Some(page) = self.judge(&Ok(()), page)? else { return Ok(()) };
            let found: Vec<Due> = page.due.iter().map(due).collect();
            // The walk leaves out what no rule is about.
            let present = match (found.first(), &place) {
                (Some(due), _) => phase(due.act),
                (None, LifecycleCursor::Objects(_)) => 0,
                (None, LifecycleCursor::Versions(..)) => 1,
                (None, LifecycleCursor::Uploads(..)) => 2,
            };
            (next..present).try_for_each(|skipped| self.is_due(skipped, Vec::new()))?;
            self.is_due(present, found)?;
            next = present + 1;
            for change in &page.due {
                self.before = self.twin.clone();
                self.twin.make_due(due(change));
                let made = self.rig.store.make_lifecycle_change(&self.rig.bucket, change).await;
                if self.judge(&Ok(()), made)? == Some(LifecycleOutcome::Overtaken) {
                    return Err(format!("{change:?} was overtaken").into());
                }
            }
            cursor = page.next;
        }
        (next..3).try_for_each(|skipped| self.is_due(skipped, Vec::new()))?;
        Ok(())
    }

    fn is_due(&self, phase: usize, found: Vec<Due>) -> Result<(), String> {
        let expected = match phase {
            0 => self.twin.due_objects(),
            1 => self.twin.due_versions(),
            _ => self.twin.due_uploads(),
        };
        if in_any_order(found.clone()) == in_any_order(expected.clone()) {
            return Ok(());
        }
        Err(format!("{found:?} is due instead of {expected:?}"))
    }
}
