//! Records to rows: what a change found, and what it writes, on the connection that writes.

use super::{
    codes::Code,
    failure::Failure,
    rows,
    segments::{Position, SegmentWriter, Segments},
    versions,
};
use crate::encoding::{encode_attributes, encode_extents, encode_headers, encode_provenance};
use coho_model::{
    BlobId, Body, BucketId, Effects, ObjectKey, ObjectRecord, PartRecord, Row, StatDelta, Timestamp, UploadId,
    UploadRecord,
};
use rusqlite::{Connection, params};

/// Whether the bytes of an inline body are wanted, or only where they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InlineBytes {
    Read,
    Skip,
}

pub(super) fn read_object(
    connection: &Connection,
    segments: &Segments,
    bucket: BucketId,
    key: &ObjectKey,
    inline: InlineBytes,
) -> Result<Option<ObjectRecord>, Failure> {
    let mut statement = connection.prepare_cached(match inline {
        InlineBytes::Read => rows::OBJECT_WITH_BYTES,
        InlineBytes::Skip => rows::OBJECT_WITHOUT_BYTES,
    })?;
    let mut found = statement.query((bucket.0, key.as_str().as_bytes()))?;
    let Some((mut object, position)) = found.next()?.map(rows::object).transpose()? else { return Ok(None) };
    if let (Some(position), Body::Inline { bytes, .. }, InlineBytes::Read) = (position, &mut object.body, inline) {
        *bytes = segments.read(position, object.size, object.crc64)?;
    }
    Ok(Some(object))
}

/// The segment of the current inline body, if it is in one, and the body's length.
fn read_position(
    connection: &Connection,
    bucket: BucketId,
    key: &ObjectKey,
) -> Result<Option<(Position, u64)>, Failure> {
    let sql = "SELECT inline_position, size FROM object WHERE bucket_id = ?1 AND name = ?2";
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = statement.query((bucket.0, key.as_str().as_bytes()))?;
    let Some(row) = found.next()? else { return Ok(None) };
    let Some(column) = row.get(0)? else { return Ok(None) };
    Ok(Some((Position::from_column(column), rows::unsigned(row, 1, "size")?)))
}

pub(super) fn read_upload(
    connection: &Connection,
    bucket: BucketId,
    key: &ObjectKey,
    id: UploadId,
) -> Result<Option<UploadRecord>, Failure> {
    let mut statement = connection.prepare_cached(rows::UPLOAD)?;
    let mut found = statement.query((bucket.0, key.as_str().as_bytes(), id.to_bytes()))?;
    found.next()?.map(|row| rows::upload(row, key.clone())).transpose()
}

/// The parts with numbers above `after`, at most `max`.
pub(super) fn read_parts(
    connection: &Connection,
    bucket: BucketId,
    id: UploadId,
    after: u16,
    max: usize,
) -> Result<Vec<PartRecord>, Failure> {
    let mut statement = connection.prepare_cached(rows::PARTS_BEHIND)?;
    let max = i64::try_from(max).unwrap_or(i64::MAX);
    let found = statement.query_and_then((bucket.0, id.to_bytes(), after, max), rows::part)?;
    found.collect()
}

/// Where the bytes of a new inline body are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum InlineHome {
    /// Into their table.
    Table,
    /// Into a segment, if it takes bodies of their length.
    Segment,
}

/// The place of a change: which bucket, which key, and which upload if it is one of an upload.
#[derive(Debug, Clone, Copy)]
pub(super) struct RowPlace<'a> {
    pub(super) bucket: BucketId,
    pub(super) key: &'a ObjectKey,
    pub(super) upload: Option<UploadId>,
}

/// Writes all effects but the counters, which the batch adds up, and the fill token, which is not in the file.
/// `old_inline` is the current inline body: one that stays is not written again. A new one goes where `home` says.
pub(super) fn write(
    connection: &Connection,
    segments: &mut SegmentWriter,
    place: RowPlace<'_>,
    effects: &Effects,
    old_inline: Option<BlobId>,
    home: InlineHome,
    at: Timestamp,
) -> Result<(), Failure> {
    let RowPlace { bucket, key, upload } = place;
    let old_position = match old_inline {
        Some(_) => read_position(connection, bucket, key)?,
        None => None,
    };
    versions::write_before(connection, segments, bucket, key, effects)?;
    match &effects.object {
        Row::Keep => {}
        Row::Write(object) => {
            let position = match &object.body {
                Body::Inline { blob, .. } if old_inline == Some(*blob) => old_position.map(|(at, _)| at),
                // What is read from a segment is checked by the length and checksum of the record, which are those of the plain bytes.
                Body::Inline { bytes, .. }
                    if home == InlineHome::Segment && object.encryption().is_none() && segments.takes(bytes.len()) =>
                {
                    Some(segments.append(bytes)?)
                }
                Body::Inline { blob, bytes } => {
                    let sql = "INSERT INTO inline_data (blob_id, bytes) VALUES (?1, ?2)";
                    execute(connection, sql, (blob.to_bytes(), &bytes[..]))?;
                    None
                }
                Body::Extents(_) => None,
            };
            write_object(connection, bucket, key, object, position)?;
        }
        Row::Remove => execute(
            connection,
            "DELETE FROM object WHERE bucket_id = ?1 AND name = ?2",
            (bucket.0, key.as_str().as_bytes()),
        )?,
    }
    versions::write_after(connection, bucket, key, effects)?;
    for blob in &effects.inline_garbage {
        match old_position {
            Some((at, length)) => segments.free(at, length),
            None => execute(connection, "DELETE FROM inline_data WHERE blob_id = ?1", (blob.to_bytes(),))?,
        }
    }
    for blob in &effects.garbage {
        write_garbage(connection, *blob, at)?;
    }
    if let Some(id) = upload {
        write_upload_effects(connection, bucket, key, id, effects)?;
    }
    Ok(())
}

fn write_upload_effects(
    connection: &Connection,
    bucket: BucketId,
    key: &ObjectKey,
    id: UploadId,
    effects: &Effects,
) -> Result<(), Failure> {
    match &effects.upload {
        Row::Keep => {}
        Row::Write(upload) => write_upload(connection, bucket, key, id, upload)?,
        Row::Remove => execute(
            connection,
            "DELETE FROM upload WHERE bucket_id = ?1 AND name = ?2 AND upload_id = ?3",
            (bucket.0, key.as_str().as_bytes(), id.to_bytes()),
        )?,
    }
    if effects.remove_parts {
        let sql = "DELETE FROM part WHERE bucket_id = ?1 AND upload_id = ?2";
        execute(connection, sql, (bucket.0, id.to_bytes()))?;
    }
    effects.part.as_ref().map_or(Ok(()), |part| write_part(connection, bucket, id, part))
}

fn write_object(
    connection: &Connection,
    bucket: BucketId,
    key: &ObjectKey,
    object: &ObjectRecord,
    position: Option<Position>,
) -> Result<(), Failure> {
    let extents = match &object.body {
        Body::Inline { .. } => None,
        Body::Extents(extents) => Some(encode_extents(extents)),
    };
    execute(
        connection,
        "REPLACE INTO object (bucket_id, name, size, etag, etag_parts, crc64, object_type, storage_class, acl, modified,
            headers, provenance, inline_blob, inline_position, extents, whole_md5, attributes, sequence, seed)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19)",
        params![
            bucket.0,
            key.as_str().as_bytes(),
            signed(object.size, "size")?,
            object.etag.bits,
            object.etag.parts,
            object.crc64.0 as i64,
            object.object_type.code(),
            object.storage_class.code(),
            object.acl.code(),
            object.modified.unix_ms(),
            encode_headers(&object.headers),
            object.mirrored_from.as_deref().map(encode_provenance),
            object.body.inline_blob().map(BlobId::to_bytes),
            position.map(Position::to_column),
            extents,
            object.whole_md5,
            object.attributes.as_deref().map(encode_attributes),
            signed(object.version.sequence, "sequence")?,
            object.version.seed.map(|seed| seed as i64),
        ],
    )
}

fn write_upload(
    connection: &Connection,
    bucket: BucketId,
    key: &ObjectKey,
    id: UploadId,
    upload: &UploadRecord,
) -> Result<(), Failure> {
    execute(
        connection,
        "REPLACE INTO upload (bucket_id, name, upload_id, initiated, headers, acl, storage_class, forbid_overwrite,
            is_sequential, attributes)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            bucket.0,
            key.as_str().as_bytes(),
            id.to_bytes(),
            upload.initiated.unix_ms(),
            encode_headers(&upload.headers),
            upload.acl.code(),
            upload.storage_class.code(),
            upload.forbid_overwrite,
            upload.is_sequential,
            upload.attributes.as_deref().map(encode_attributes),
        ],
    )
}

fn write_part(connection: &Connection, bucket: BucketId, id: UploadId, part: &PartRecord) -> Result<(), Failure> {
    let extent = part.extent;
    execute(
        connection,
        "REPLACE INTO part (bucket_id, upload_id, part_no, size, etag, etag_parts, crc64, modified,
            blob_id, blob_offset, blob_length)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
        params![
            bucket.0,
            id.to_bytes(),
            part.number,
            signed(part.size, "size")?,
            part.etag.bits,
            part.etag.parts,
            part.crc64.0 as i64,
            part.modified.unix_ms(),
            extent.map(|extent| extent.blob.to_bytes()),
            extent.map(|extent| signed(extent.offset, "blob_offset")).transpose()?,
            extent.map(|extent| signed(extent.length, "blob_length")).transpose()?,
        ],
    )
}

/// An object may name a blob in several extents, so it may come here more than once.
fn write_garbage(connection: &Connection, blob: BlobId, at: Timestamp) -> Result<(), Failure> {
    let sql = "INSERT INTO garbage (blob_id, unused_since) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
    execute(connection, sql, (blob.to_bytes(), at.unix_ms()))
}

/// Moves a bucket's counters.
pub(super) fn write_counters(connection: &Connection, bucket: BucketId, delta: StatDelta) -> Result<(), Failure> {
    execute(
        connection,
        "UPDATE bucket_counter SET objects = objects + ?2, bytes = bytes + ?3, uploads = uploads + ?4, parts = parts + ?5,
            delete_markers = delete_markers + ?6, mirrored_objects = mirrored_objects + ?7,
            mirrored_bytes = mirrored_bytes + ?8
         WHERE bucket_id = ?1",
        params![
            bucket.0,
            delta.objects,
            delta.bytes,
            delta.uploads,
            delta.parts,
            delta.delete_markers,
            delta.mirrored_objects,
            delta.mirrored_bytes,
        ],
    )
}

pub(super) fn execute(connection: &Connection, sql: &str, params: impl rusqlite::Params) -> Result<(), Failure> {
    connection.prepare_cached(sql)?.execute(params)?;
    Ok(())
}

pub(super) fn signed(number: u64, column: &'static str) -> Result<i64, Failure> {
    i64::try_from(number).map_err(|_| Failure::Range { column })
}
