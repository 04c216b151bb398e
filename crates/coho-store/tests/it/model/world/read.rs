//! Reads: conditions, and a range of the bytes, through links.

use super::{Stop, World};
use crate::{
    model::{
        step::{KEYS, Place, Wanted},
        twin::{Kind, Object},
    },
    rig::key as object_key,
};
use coho_model::{ByteRange, Conditions, ObjectRecord, Timestamp, Verdict};
use std::sync::Arc;

/// OSS: an entity tag comes before the date of the same kind, and a failed condition before "not modified".
fn expected(wanted: Wanted) -> Verdict {
    let fails = match (wanted.matches, wanted.until) {
        (Some(matches), _) => !matches,
        (None, Some(seconds)) => seconds < 0,
        (None, None) => false,
    };
    let is_unmodified = match (wanted.matches_none, wanted.since) {
        (Some(matches), _) => matches,
        (None, Some(seconds)) => seconds >= 0,
        (None, None) => false,
    };
    match (fails, is_unmodified) {
        (true, _) => Verdict::Failed,
        (false, true) => Verdict::NotModified,
        (false, false) => Verdict::Proceed,
    }
}

fn conditions(wanted: Wanted, record: &ObjectRecord) -> Conditions {
    let tag = |matches: bool| if matches { format!("\"x\", {}", record.etag.quoted()) } else { "\"x\"".into() };
    let date = |seconds: i64| Timestamp::from_unix_ms((record.modified.unix_s() + seconds) * 1_000);
    Conditions {
        if_match: wanted.matches.map(tag),
        if_none_match: wanted.matches_none.map(tag),
        if_modified_since: wanted.since.map(date),
        if_unmodified_since: wanted.until.map(date),
    }
}

impl World {
    pub(super) async fn read(
        &mut self,
        key: usize,
        version: Option<Place>,
        share: (usize, usize),
        wanted: Wanted,
    ) -> Result<(), Stop> {
        let Some((record, twin)) = self.source(key, version).await? else { return Ok(()) };
        let Some((record, twin)) = self.followed(record, twin).await? else { return Ok(()) };
        let verdict = conditions(wanted, &record).judge(record.etag, record.modified);
        if verdict != expected(wanted) {
            return Err(format!("{verdict:?} for {wanted:?}").into());
        }
        let length = twin.bytes.len();
        let (from, to) = (length * share.0.min(share.1) / 100, length * share.0.max(share.1) / 100);
        let range = ByteRange { start: from as u64, end: to as u64 };
        let read = self.rig.read(&record, range).await;
        match self.judge(&Ok(()), read)? {
            Some(read) if read != twin.bytes[from..to] => Err(format!("other bytes in {range:?}").into()),
            Some(_) | None => Ok(()),
        }
    }

    /// What a read of a link shows, which is one of its target; `None` if that is not an object.
    async fn followed(
        &self,
        record: Arc<ObjectRecord>,
        twin: Object,
    ) -> Result<Option<(Arc<ObjectRecord>, Object)>, Stop> {
        let Kind::Link(target) = twin.kind else { return Ok(Some((record, twin))) };
        let key = KEYS.iter().position(|key| *key == target).unwrap();
        let found = self.rig.store.object(&self.rig.bucket, &object_key(target)).await;
        match (self.judge(&Ok(()), found)?.flatten(), self.twin.current(key)) {
            (Some(_), Some(target)) if matches!(target.kind, Kind::Link(_)) => Ok(None),
            (Some(found), Some(target)) => {
                let shown = record.following(&found);
                let modified = twin.modified.max(target.modified);
                let is_right = shown.size == target.bytes.len() as u64 && shown.modified.unix_ms() == modified;
                let shown_as = (shown.etag, shown.acl, shown.headers.clone());
                if !is_right || shown_as != (found.etag, record.acl, record.headers.clone()) {
                    return Err(format!("{record:?} shows {shown:?} of {found:?}").into());
                }
                Ok(Some((Arc::new(shown), target.clone())))
            }
            (None, None) => Ok(None),
            (found, twin) => Err(format!("{found:?} instead of {twin:?}").into()),
        }
    }
}
