//! What a run would do, without doing it.

use super::{LifecycleRunner, WalkPosition, begin_of};
use coho_model::{BucketName, Timestamp};
use coho_store::{DueAction, DueChange, LifecycleCursor, StoreError};

/// Most pages that one question reads: one with few results ends, too, and says where to go on.
const MAX_PAGES: usize = 20;

/// A part of what a run would do.
#[derive(Debug)]
pub(crate) struct Preview {
    /// In the order of the walk.
    pub(crate) changes: Vec<PreviewedChange>,
    /// Where the next part begins; `None` after the last one.
    pub(crate) next: Option<WalkPosition>,
}

/// A change that would be made.
#[derive(Debug)]
pub(crate) struct PreviewedChange {
    pub(crate) bucket: BucketName,
    pub(crate) change: DueChange,
}

impl LifecycleRunner {
    /// What a run at that time would do from a place on, at most `max` changes.
    pub(crate) async fn preview(
        &self,
        only: Option<&BucketName>,
        from: Option<WalkPosition>,
        at: Timestamp,
        max: usize,
    ) -> Result<Preview, StoreError> {
        let only = only.map(BucketName::as_str);
        let mut next = match from {
            Some(position) => Some(position),
            None => self.first_bucket(only).await?,
        };
        let mut changes = Vec::new();
        for _ in 0..MAX_PAGES {
            let Some(position) = next.take() else { break };
            let Some(bucket) = self.named(&position.bucket).await? else {
                next = self.after(only, &position.bucket).await?;
                continue;
            };
            let Some(rules) = &bucket.configurations.lifecycle else {
                next = self.after(only, &position.bucket).await?;
                continue;
            };
            let page = self.store.lifecycle_page(&bucket, rules, &position.cursor, at).await?;
            let room = max - changes.len();
            let cut = page.due.len() > room;
            let shown = page.due.into_iter().take(room);
            changes.extend(shown.map(|change| PreviewedChange { bucket: bucket.name.clone(), change }));
            next = match (cut, page.next) {
                (true, _) => changes.last().map(|last| place_of(&last.change, &position.bucket)),
                (false, Some(cursor)) => Some(WalkPosition { cursor, ..begin_of(&position.bucket) }),
                (false, None) => self.after(only, &position.bucket).await?,
            };
            if changes.len() >= max {
                break;
            }
        }
        Ok(Preview { changes, next })
    }
}

/// The place after a change.
fn place_of(change: &DueChange, bucket: &str) -> WalkPosition {
    let key = change.key.as_str().to_owned();
    let cursor = match (&change.action, change.action.version()) {
        (DueAction::Abort(upload), _) => LifecycleCursor::Uploads(key, Some(upload.id.to_string())),
        (_, Some(version)) => LifecycleCursor::Versions(key, Some(version.to_string())),
        (_, None) => LifecycleCursor::Objects(key),
    };
    WalkPosition { bucket: bucket.to_owned(), cursor }
}
