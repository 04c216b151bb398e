//! Noncurrent versions and delete markers as rows: a version moves between its two tables as it is, with its bytes where they are.
//!
//! Invariant: the row of a key in `object` is newer than all of its rows in `object_version`; without one, the newest of those is
//! a delete marker.

use super::{
    effects::{InlineBytes, execute, signed},
    failure::Failure,
    rows,
    segments::{Position, SegmentWriter, Segments},
};
use crate::encoding::{encode_attributes, encode_headers};
use coho_model::{
    Body, BucketId, DeleteMarker, Effects, KeyHistory, KeyVersion, ObjectKey, ObjectRecord, RemovedVersion, VersionId,
};
use rusqlite::{Connection, OptionalExtension, params};
use std::sync::Arc;

/// A row of either table for [`rows::key_version`], with the inline bytes that are in their table.
macro_rules! version_with_bytes {
    ($table:literal, $sequence:literal, $is_marker:literal, $which:literal) => {
        concat!(
            "SELECT o.size, o.etag, o.etag_parts, o.crc64, o.object_type, o.storage_class, o.acl, o.modified, o.headers,
                    o.provenance, o.inline_blob, o.extents, i.bytes, o.inline_position, o.whole_md5, o.attributes, ",
            $sequence,
            ", o.seed, ",
            $is_marker,
            " FROM ",
            $table,
            " o LEFT JOIN inline_data i ON i.blob_id = o.inline_blob AND o.inline_position IS NULL
              WHERE o.bucket_id = ?1 AND o.name = ?2 ",
            $which
        )
    };
}

/// A noncurrent version or delete marker, without its inline bytes.
macro_rules! version_without_bytes {
    ($which:literal) => {
        concat!(
            "SELECT size, etag, etag_parts, crc64, object_type, storage_class, acl, modified, headers, provenance,
                    inline_blob, extents, x'', inline_position, whole_md5, attributes, -rank, seed, is_marker
             FROM object_version WHERE bucket_id = ?1 AND name = ?2 ",
            $which
        )
    };
}

/// What every version has in both tables, beside its place.
macro_rules! shared_columns {
    () => {
        "bucket_id, name, seed, modified, size, etag, etag_parts, crc64, object_type, storage_class, acl, headers, provenance,
         inline_blob, inline_position, extents, whole_md5, attributes"
    };
}

/// The place of a version in its table, of those that are not current. Its seed is compared by the caller.
fn rank(sequence: u64) -> i64 {
    i64::try_from(sequence).map_or(i64::MIN, |sequence| -sequence)
}

/// What a change of the key looks at.
pub(super) fn history(
    connection: &Connection,
    bucket: BucketId,
    key: &ObjectKey,
    named: Option<VersionId>,
) -> Result<KeyHistory, Failure> {
    let mut statement = connection.prepare_cached(version_without_bytes!("ORDER BY rank LIMIT 2"))?;
    let newest = statement.query_and_then((bucket.0, key.as_str().as_bytes()), |row| {
        rows::key_version(row).map(|(version, _)| version)
    })?;
    let newest = newest.collect::<Result<Vec<_>, _>>()?;
    let null = noncurrent(connection, bucket, key, VersionId::Null)?;
    let named = match named {
        Some(id) => noncurrent(connection, bucket, key, id)?,
        None => None,
    };
    Ok(KeyHistory { newest, null, named })
}

/// A noncurrent version or delete marker, without its inline bytes.
fn noncurrent(
    connection: &Connection,
    bucket: BucketId,
    key: &ObjectKey,
    id: VersionId,
) -> Result<Option<KeyVersion>, Failure> {
    let name = key.as_str().as_bytes();
    let read = |row: &rusqlite::Row<'_>| rows::key_version(row).map(|(version, _)| version);
    let found = match id {
        VersionId::Null => {
            let mut statement = connection.prepare_cached(version_without_bytes!("AND seed IS NULL"))?;
            statement.query_and_then((bucket.0, name), read)?.next().transpose()?
        }
        VersionId::Unique { sequence, .. } => {
            let mut statement = connection.prepare_cached(version_without_bytes!("AND rank = ?3"))?;
            statement.query_and_then((bucket.0, name, rank(sequence)), read)?.next().transpose()?
        }
    };
    Ok(found.filter(|version| version.version().id() == id))
}

/// One version of a key, current or not.
pub(super) fn read(
    connection: &Connection,
    segments: &Segments,
    bucket: BucketId,
    key: &ObjectKey,
    id: VersionId,
    inline: InlineBytes,
) -> Result<Option<KeyVersion>, Failure> {
    // A version may move from one table to the other.
    let snapshot = connection.unchecked_transaction()?;
    let current = version_with_bytes!("object", "o.sequence", "0", "");
    let noncurrent = match id {
        VersionId::Null => version_with_bytes!("object_version", "-o.rank", "o.is_marker", "AND o.seed IS NULL"),
        VersionId::Unique { .. } => version_with_bytes!("object_version", "-o.rank", "o.is_marker", "AND o.rank = ?3"),
    };
    for sql in [current, noncurrent] {
        let mut statement = snapshot.prepare_cached(sql)?;
        let name = key.as_str().as_bytes();
        let mut found = match id {
            VersionId::Unique { sequence, .. } if sql == noncurrent => {
                statement.query((bucket.0, name, rank(sequence)))?
            }
            VersionId::Null | VersionId::Unique { .. } => statement.query((bucket.0, name))?,
        };
        let Some((version, position)) = found.next()?.map(rows::key_version).transpose()? else { continue };
        if version.version().id() != id {
            continue;
        }
        return match (version, position, inline) {
            (KeyVersion::Object(object), Some(position), InlineBytes::Read) => {
                with_bytes(&object, position, segments).map(Some)
            }
            (version, ..) => Ok(Some(version)),
        };
    }
    Ok(None)
}

fn with_bytes(object: &ObjectRecord, position: Position, segments: &Segments) -> Result<KeyVersion, Failure> {
    let mut object = object.clone();
    if let Body::Inline { bytes, .. } = &mut object.body {
        *bytes = segments.read(position, object.size, object.crc64)?;
    }
    Ok(KeyVersion::Object(Arc::new(object)))
}

/// The delete marker that is the current version of a key.
pub(super) fn current_marker(
    connection: &Connection,
    bucket: BucketId,
    key: &ObjectKey,
) -> Result<Option<DeleteMarker>, Failure> {
    let sql = version_without_bytes!(
        "AND NOT EXISTS (SELECT 1 FROM object o WHERE o.bucket_id = ?1 AND o.name = ?2) ORDER BY rank LIMIT 1"
    );
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = statement.query((bucket.0, key.as_str().as_bytes()))?;
    match found.next()?.map(rows::key_version).transpose()? {
        Some((KeyVersion::Marker(marker), _)) => Ok(Some(marker)),
        Some((KeyVersion::Object(_), _)) | None => Ok(None),
    }
}

/// Where a listing goes on within a key.
pub(super) struct ListingPlace {
    /// After this rank.
    pub(super) rank: i64,
    /// Whether a newer version of the key exists, or the one with this rank.
    pub(super) is_within: bool,
    /// Whether the key's current object comes after it: newer ones have gone since.
    pub(super) object_follows: bool,
}

/// The place of a version that a listing has shown: where it is now or, if it has gone, where it was, as its id says. Nothing says
/// where the version `null` was.
pub(super) fn place_of(
    connection: &Connection,
    bucket: BucketId,
    name: &str,
    id: VersionId,
) -> Result<Option<ListingPlace>, Failure> {
    let name = name.as_bytes();
    let mut statement =
        connection.prepare_cached("SELECT -sequence, seed IS NULL FROM object WHERE bucket_id = ?1 AND name = ?2")?;
    let current: Option<(i64, bool)> =
        statement.query_row((bucket.0, name), |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let shown = match (id, current) {
        (VersionId::Unique { sequence, .. }, _) => Some(rank(sequence)),
        (VersionId::Null, Some((rank, true))) => Some(rank),
        (VersionId::Null, _) => {
            let sql = "SELECT rank FROM object_version WHERE bucket_id = ?1 AND name = ?2 AND seed IS NULL";
            connection.prepare_cached(sql)?.query_row((bucket.0, name), |row| row.get(0)).optional()?
        }
    };
    let Some(shown) = shown else { return Ok(None) };
    let sql = "SELECT EXISTS (SELECT 1 FROM object_version WHERE bucket_id = ?1 AND name = ?2 AND rank <= ?3)";
    let others = connection.prepare_cached(sql)?.query_row((bucket.0, name, shown), |row| row.get::<_, bool>(0))?;
    Ok(Some(ListingPlace {
        rank: shown,
        is_within: others || current.is_some_and(|(rank, _)| rank <= shown),
        object_follows: current.is_some_and(|(rank, _)| rank > shown),
    }))
}

/// What is written before the object's row: versions leave their places.
pub(super) fn write_before(
    connection: &Connection,
    segments: &mut SegmentWriter,
    bucket: BucketId,
    key: &ObjectKey,
    effects: &Effects,
) -> Result<(), Failure> {
    for removed in &effects.removed_versions {
        remove(connection, segments, bucket, key, removed)?;
    }
    if !effects.retire {
        return Ok(());
    }
    let name = key.as_str().as_bytes();
    let sql = concat!(
        "INSERT INTO object_version (rank, is_marker, ",
        shared_columns!(),
        ") SELECT -sequence, 0, ",
        shared_columns!(),
        " FROM object WHERE bucket_id = ?1 AND name = ?2"
    );
    execute(connection, sql, (bucket.0, name))?;
    execute(connection, "DELETE FROM object WHERE bucket_id = ?1 AND name = ?2", (bucket.0, name))
}

/// What is written after the object's row.
pub(super) fn write_after(
    connection: &Connection,
    bucket: BucketId,
    key: &ObjectKey,
    effects: &Effects,
) -> Result<(), Failure> {
    let name = key.as_str().as_bytes();
    if let Some(DeleteMarker { version, modified }) = effects.marker {
        let sql = "INSERT INTO object_version (bucket_id, name, rank, seed, is_marker, modified)
                   VALUES (?1, ?2, ?3, ?4, 1, ?5)";
        let (rank, seed) = (-signed(version.sequence, "sequence")?, version.seed.map(|seed| seed as i64));
        execute(connection, sql, (bucket.0, name, rank, seed, modified.unix_ms()))?;
    }
    if let Some(sequence) = effects.promote {
        let sql = concat!(
            "INSERT INTO object (sequence, ",
            shared_columns!(),
            ") SELECT -rank, ",
            shared_columns!(),
            " FROM object_version WHERE bucket_id = ?1 AND name = ?2 AND rank = ?3"
        );
        execute(connection, sql, (bucket.0, name, rank(sequence)))?;
        delete(connection, bucket, name, sequence)?;
    }
    effects.revised_version.as_ref().map_or(Ok(()), |revised| revise(connection, bucket, name, revised))
}

fn delete(connection: &Connection, bucket: BucketId, name: &[u8], sequence: u64) -> Result<(), Failure> {
    let sql = "DELETE FROM object_version WHERE bucket_id = ?1 AND name = ?2 AND rank = ?3";
    execute(connection, sql, (bucket.0, name, rank(sequence)))
}

/// Removes a version with its inline body.
fn remove(
    connection: &Connection,
    segments: &mut SegmentWriter,
    bucket: BucketId,
    key: &ObjectKey,
    removed: &RemovedVersion,
) -> Result<(), Failure> {
    let name = key.as_str().as_bytes();
    if let Some(blob) = removed.inline {
        let sql = "SELECT inline_position, size FROM object_version WHERE bucket_id = ?1 AND name = ?2 AND rank = ?3";
        let mut statement = connection.prepare_cached(sql)?;
        let mut found = statement.query((bucket.0, name, rank(removed.sequence)))?;
        let position = match found.next()? {
            Some(row) => row.get::<_, Option<i64>>(0)?.map(|column| (column, rows::unsigned(row, 1, "size"))),
            None => None,
        };
        match position {
            Some((column, length)) => segments.free(Position::from_column(column), length?),
            None => execute(connection, "DELETE FROM inline_data WHERE blob_id = ?1", (blob.to_bytes(),))?,
        }
    }
    delete(connection, bucket, name, removed.sequence)
}

/// Writes what may change of a version that is not current.
fn revise(connection: &Connection, bucket: BucketId, name: &[u8], revised: &ObjectRecord) -> Result<(), Failure> {
    use super::codes::Code;
    execute(
        connection,
        "UPDATE object_version SET acl = ?4, storage_class = ?5, headers = ?6, attributes = ?7
         WHERE bucket_id = ?1 AND name = ?2 AND rank = ?3",
        params![
            bucket.0,
            name,
            rank(revised.version.sequence),
            revised.acl.code(),
            revised.storage_class.code(),
            encode_headers(&revised.headers),
            revised.attributes.as_deref().map(encode_attributes),
        ],
    )
}
