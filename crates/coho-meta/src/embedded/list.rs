//! Listing pages: walks over rows in key order, each one short transaction.
//!
//! The fold decides how keys collapse. A jump past a common prefix is a new search in the tree; a run of rows continues
//! the same one.

use super::{failure::Failure, rows, versions};
use crate::{
    PartPage, UploadPage, UploadQuery, VersionPage, VersionQuery, upload_walk,
    version_walk::{self, LatestVersions},
};
use coho_model::{
    BucketId, Collapsed, ListQuery, Listed, ListingCursor, ListingFold, ListingStep, ObjectSummary, UploadId,
    VersionSummary,
};
use rusqlite::{Connection, Rows, fallible_streaming_iterator::FallibleStreamingIterator};

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

/// Objects and their other versions, two walks side by side: of each name the object comes first.
pub(super) fn versions(connection: &Connection, bucket: BucketId, query: VersionQuery) -> Result<VersionPage, Failure> {
    let snapshot = connection.unchecked_transaction()?;
    let mut walk_from = None;
    let mut latest = LatestVersions::default();
    if let Some((name, after)) = version_walk::start(&query) {
        let place = after.map(|id| versions::place_of(&snapshot, bucket, &name, id)).transpose()?.flatten();
        walk_from = Some(match place {
            Some(place) => {
                latest = if place.is_within { LatestVersions::after(&name) } else { latest };
                let objects = if place.object_follows { name.clone() } else { format!("{name}\0") };
                (objects, name, place.rank)
            }
            None => (name.clone(), name, i64::MIN),
        });
    }
    let mut fold = ListingFold::new(query.list);
    let (mut objects, mut others) =
        (snapshot.prepare_cached(rows::OBJECTS_FROM)?, snapshot.prepare_cached(rows::VERSIONS_BEHIND)?);
    while let Some((object_from, name, rank)) = walk_from {
        let mut objects = objects.query((bucket.0, object_from.as_bytes()))?;
        let mut others = others.query((bucket.0, name.as_bytes(), rank))?;
        let seek = walk_versions(&mut objects, &mut others, &mut fold, &mut latest)?;
        walk_from = seek.map(|name| (name.clone(), name, i64::MIN));
    }
    Ok(version_walk::page(checked(fold.finish())?))
}

/// Offers rows of both walks in order until the fold wants to jump; says where to, or nothing if the walk is over.
fn walk_versions(
    objects: &mut Rows<'_>,
    others: &mut Rows<'_>,
    fold: &mut ListingFold<Result<VersionSummary, Failure>>,
    latest: &mut LatestVersions,
) -> Result<Option<String>, Failure> {
    objects.advance()?;
    others.advance()?;
    loop {
        let is_object = match (objects.get(), others.get()) {
            (None, None) => return Ok(None),
            (Some(object), Some(other)) => rows::name_text(object, 0)? <= rows::name_text(other, 0)?,
            (object, None | Some(_)) => object.is_some(),
        };
        if let Some(row) = if is_object { objects.get() } else { others.get() } {
            let name = rows::name_text(row, 0)?;
            let is_latest = latest.is_latest(name);
            match fold.offer(name, || rows::version_summary(row, rows::key(name)?, is_latest)) {
                ListingStep::Next => {}
                ListingStep::Seek(to) => return Ok(Some(to)),
                ListingStep::Done => return Ok(None),
            }
        }
        if is_object { objects.advance()? } else { others.advance()? }
    }
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
