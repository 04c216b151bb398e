//! The history of websites as rows.

use super::{LegacyWebsite, bucket_rows, effects::execute, failure::Failure, rows};
use crate::encoding::{decode_website, encode_website};
use coho_model::{BucketId, BucketRecord, Timestamp, WebsiteEdit, WebsiteVersion};
use rusqlite::{Connection, OptionalExtension, Row, params, types::ValueRef};
use std::sync::Arc;

/// Adds the website of a bucket as its next version, and removes the oldest ones beyond those that are kept.
pub(super) fn write(
    connection: &Connection,
    bucket: &BucketRecord,
    edit: &WebsiteEdit,
    at: Timestamp,
) -> Result<(), Failure> {
    insert(connection, bucket, Some(at), &edit.author)?;
    let oldest_kept =
        "SELECT version_id FROM website_version WHERE bucket_id = ?1 ORDER BY version_id DESC LIMIT 1 OFFSET ?2";
    let last_but = i64::try_from(edit.keep.max(1) - 1).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(oldest_kept)?;
    let kept = statement.query_row((bucket.id.0, last_but), |row| row.get::<_, i64>(0)).optional()?;
    let Some(kept) = kept else { return Ok(()) };
    let sql = "DELETE FROM website_version WHERE bucket_id = ?1 AND version_id < ?2";
    execute(connection, sql, (bucket.id.0, kept))
}

/// The first version of every bucket that has a website: what it is when its history begins.
pub(super) fn begin_histories(connection: &Connection, _: LegacyWebsite) -> Result<(), Failure> {
    for bucket in bucket_rows::read_all(connection)?.all().filter(|bucket| bucket.website.is_some()) {
        insert(connection, bucket, None, "")?;
    }
    Ok(())
}

fn insert(connection: &Connection, bucket: &BucketRecord, at: Option<Timestamp>, author: &str) -> Result<(), Failure> {
    execute(
        connection,
        "INSERT INTO website_version (bucket_id, version_id, at, author, website)
         SELECT ?1, coalesce(max(version_id), 0) + 1, ?2, ?3, ?4 FROM website_version WHERE bucket_id = ?1",
        params![bucket.id.0, at.map(Timestamp::unix_ms), author, bucket.website.as_deref().map(encode_website)],
    )
}

/// The id of the newest version; 0 without one.
pub(super) fn newest(connection: &Connection, bucket: BucketId) -> Result<u64, Failure> {
    let sql = "SELECT coalesce(max(version_id), 0) FROM website_version WHERE bucket_id = ?1";
    connection.prepare_cached(sql)?.query_row((bucket.0,), |row| Ok(rows::unsigned(row, 0, "version_id")))?
}

/// The versions before one, newest first.
pub(super) fn read(
    connection: &Connection,
    bucket: BucketId,
    before: Option<u64>,
    max: usize,
) -> Result<Vec<WebsiteVersion>, Failure> {
    let sql = "SELECT version_id, at, author, website FROM website_version
               WHERE bucket_id = ?1 AND version_id < ?2 ORDER BY version_id DESC LIMIT ?3";
    let before = before.and_then(|before| i64::try_from(before).ok()).unwrap_or(i64::MAX);
    let max = i64::try_from(max).unwrap_or(i64::MAX);
    let mut statement = connection.prepare_cached(sql)?;
    statement.query_and_then((bucket.0, before, max), version)?.collect()
}

fn version(row: &Row<'_>) -> Result<WebsiteVersion, Failure> {
    let website = match row.get_ref(3)? {
        ValueRef::Null => None,
        _ => Some(Arc::new(decode_website(rows::bytes(row, 3, "website")?)?)),
    };
    let at = row.get::<_, Option<i64>>(1)?.map(Timestamp::from_unix_ms);
    Ok(WebsiteVersion { id: rows::unsigned(row, 0, "version_id")?, at, author: row.get(2)?, website })
}
