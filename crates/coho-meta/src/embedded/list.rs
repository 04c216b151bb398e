//! Listing pages: walks over rows in key order, each one short transaction.
//!
//! The fold decides how keys collapse. A jump past a common prefix is a new search in the tree; a run of rows continues
//! the same one.

use super::{failure::Failure, rows};
use crate::{PartPage, UploadPage, UploadQuery, upload_walk};
use coho_model::{
    BucketId, Collapsed, ListQuery, Listed, ListingCursor, ListingFold, ListingStep, ObjectSummary, UploadId,
};
use rusqlite::{Connection, Rows};

pub(super) fn objects(
    connection: &Connection,
    bucket: BucketId,
    query: ListQuery,
) -> Result<Collapsed<ObjectSummary>, Failure> {
    let snapshot = connection.unchecked_transaction()?;
    let mut fold = ListingFold::new(query);
    let mut from = match fold.cursor() {
        ListingCursor::From(text) => Some(text),
        ListingCursor::Nothing => None,
    };
    let mut statement = snapshot.prepare_cached(rows::OBJECTS_FROM)?;
    while let Some(name) = from {
        let mut found = statement.query((bucket.0, name.as_bytes()))?;
        from = walk(&mut found, &mut fold, |row, name| rows::summary(row, rows::key(name)?))?;
    }
    checked(fold.finish())
}

pub(super) fn uploads(connection: &Connection, bucket: BucketId, query: UploadQuery) -> Result<UploadPage, Failure> {
    let snapshot = connection.unchecked_transaction()?;
    let mut walk_from = upload_walk::start(&query);
    let mut fold = ListingFold::new(query.list);
    let mut statement = snapshot.prepare_cached(rows::UPLOADS_BEHIND)?;
    while let Some((name, behind)) = walk_from {
        // No upload has an empty id, so "after the empty id" is "from this name on".
        let behind = behind.map_or_else(Vec::new, |id| id.to_bytes().to_vec());
        let mut found = statement.query((bucket.0, name.as_bytes(), behind))?;
        let seek = walk(&mut found, &mut fold, |row, name| rows::upload(row, rows::key(name)?))?;
        walk_from = seek.map(|name| (name, None));
    }
    Ok(upload_walk::page(checked(fold.finish())?))
}

/// The parts after a number. One more than requested is read, to find out whether the listing is truncated.
pub(super) fn parts(
    connection: &Connection,
    bucket: BucketId,
    id: UploadId,
    after: u16,
    max: usize,
) -> Result<PartPage, Failure> {
    let mut parts = super::effects::read_parts(connection, bucket, id, after, max.saturating_add(1))?;
    let truncated = max > 0 && parts.len() > max;
    parts.truncate(max);
    Ok(PartPage { parts, truncated })
}

/// Offers rows until the fold wants to jump; says where to, or nothing if the walk is over.
fn walk<T>(
    found: &mut Rows<'_>,
    fold: &mut ListingFold<Result<T, Failure>>,
    read: impl Fn(&rusqlite::Row<'_>, &str) -> Result<T, Failure>,
) -> Result<Option<String>, Failure> {
    while let Some(row) = found.next()? {
        let name = rows::name_text(row, 0)?;
        match fold.offer(name, || read(row, name)) {
            ListingStep::Next => {}
            ListingStep::Seek(to) => return Ok(Some(to)),
            ListingStep::Done => return Ok(None),
        }
    }
    Ok(None)
}

/// A page whose rows could all be read.
fn checked<T>(page: Collapsed<Result<T, Failure>>) -> Result<Collapsed<T>, Failure> {
    let entries = page.entries.into_iter().map(|entry| match entry {
        Listed::Row(row) => row.map(Listed::Row),
        Listed::Prefix(prefix) => Ok(Listed::Prefix(prefix)),
    });
    Ok(Collapsed { entries: entries.collect::<Result<_, _>>()?, next: page.next })
}
