//! Bucket records and their rows.

use super::{codes::Code, effects::execute, failure::Failure, rows, traffic};
use crate::{
    buckets::BucketTable,
    encoding::{BucketSettings, decode_settings, encode_settings},
};
use coho_model::{BucketId, BucketName, BucketRecord, BucketStat};
use rusqlite::{Connection, Row, params};
use std::sync::Arc;

/// Reads all buckets; done once, at the opening.
pub(super) fn read_all(connection: &Connection) -> Result<BucketTable, Failure> {
    let mut table = BucketTable::default();
    let mut statement = connection
        .prepare("SELECT bucket_id, name, owner, created, acl, storage_class, redundancy, settings FROM bucket")?;
    for bucket in statement.query_and_then([], bucket)? {
        table.write(Arc::new(bucket?));
    }
    Ok(table)
}

fn bucket(row: &Row<'_>) -> Result<BucketRecord, Failure> {
    let name: String = row.get(1)?;
    let BucketSettings { website, mirror, configurations } = decode_settings(rows::bytes(row, 7, "settings")?)?;
    Ok(BucketRecord {
        id: BucketId(row.get(0)?),
        name: BucketName::parse(&name).map_err(|_| Failure::Column { column: "name" })?,
        owner: row.get(2)?,
        created: rows::time(row, 3)?,
        acl: rows::coded(row, 4, "acl")?,
        storage_class: rows::coded(row, 5, "storage_class")?,
        redundancy: rows::coded(row, 6, "redundancy")?,
        mirror,
        website,
        configurations,
    })
}

pub(super) fn write(connection: &Connection, bucket: &BucketRecord) -> Result<(), Failure> {
    let settings = BucketSettings {
        website: bucket.website.clone(),
        mirror: bucket.mirror.clone(),
        configurations: bucket.configurations.clone(),
    };
    execute(
        connection,
        "REPLACE INTO bucket (bucket_id, name, owner, created, acl, storage_class, redundancy, settings)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            bucket.id.0,
            bucket.name.as_str(),
            bucket.owner,
            bucket.created.unix_ms(),
            bucket.acl.code(),
            bucket.storage_class.code(),
            bucket.redundancy.code(),
            encode_settings(&settings),
        ],
    )?;
    let sql = "INSERT INTO bucket_counter (bucket_id, objects, bytes, uploads, parts) VALUES (?1, 0, 0, 0, 0)
               ON CONFLICT DO NOTHING";
    execute(connection, sql, (bucket.id.0,))
}

pub(super) fn remove(connection: &Connection, id: BucketId) -> Result<(), Failure> {
    execute(connection, "DELETE FROM bucket WHERE bucket_id = ?1", (id.0,))?;
    execute(connection, "DELETE FROM website_version WHERE bucket_id = ?1", (id.0,))?;
    traffic::remove(connection, id)?;
    execute(connection, "DELETE FROM bucket_counter WHERE bucket_id = ?1", (id.0,))
}

/// Whether it holds objects, versions, delete markers or uploads, from the rows themselves and not from the counters.
pub(super) fn is_occupied(connection: &Connection, id: BucketId) -> Result<bool, Failure> {
    let sql = "SELECT EXISTS (SELECT 1 FROM object WHERE bucket_id = ?1)
                   OR EXISTS (SELECT 1 FROM upload WHERE bucket_id = ?1)
                   OR EXISTS (SELECT 1 FROM object_version WHERE bucket_id = ?1)";
    Ok(connection.prepare_cached(sql)?.query_row((id.0,), |row| row.get(0))?)
}

/// The counters; a bucket that does not exist holds nothing.
pub(super) fn stat(connection: &Connection, id: BucketId) -> Result<BucketStat, Failure> {
    let sql = "SELECT objects, bytes, uploads, parts, delete_markers, mirrored_objects, mirrored_bytes
               FROM bucket_counter WHERE bucket_id = ?1";
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = statement.query((id.0,))?;
    let Some(row) = found.next()? else { return Ok(BucketStat::default()) };
    Ok(BucketStat {
        objects: rows::unsigned(row, 0, "objects")?,
        bytes: rows::unsigned(row, 1, "bytes")?,
        uploads: rows::unsigned(row, 2, "uploads")?,
        parts: rows::unsigned(row, 3, "parts")?,
        delete_markers: rows::unsigned(row, 4, "delete_markers")?,
        mirrored_objects: rows::unsigned(row, 5, "mirrored_objects")?,
        mirrored_bytes: rows::unsigned(row, 6, "mirrored_bytes")?,
    })
}
