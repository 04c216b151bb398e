//! Rows to records. Every column is checked: a damaged file gives an error that names the column.

use super::{codes::Code, failure::Failure, segments::Position};
use crate::encoding::{decode_attributes, decode_extents, decode_headers, decode_provenance};
use bytes::Bytes;
use coho_model::{
    BlobId, Body, Crc64, DeleteMarker, ETag, Extent, KeyVersion, ListedVersion, ObjectAttributes, ObjectKey,
    ObjectRecord, ObjectSummary, ObjectVersion, PartRecord, Provenance, Timestamp, UploadId, UploadRecord,
    VersionSummary,
};
use rusqlite::{Row, types::ValueRef};
use std::sync::Arc;

/// One object whole, with its inline bytes if it has them, for [`object`].
pub(super) const OBJECT_WITH_BYTES: &str = "
    SELECT o.size, o.etag, o.etag_parts, o.crc64, o.object_type, o.storage_class, o.acl, o.modified, o.headers,
           o.provenance, o.inline_blob, o.extents, i.bytes, o.inline_position, o.whole_md5, o.attributes,
           o.sequence, o.seed
    FROM object o LEFT JOIN inline_data i ON i.blob_id = o.inline_blob AND o.inline_position IS NULL
    WHERE o.bucket_id = ?1 AND o.name = ?2";

/// The same, but an inline body comes with no bytes, only with its place.
pub(super) const OBJECT_WITHOUT_BYTES: &str = "
    SELECT size, etag, etag_parts, crc64, object_type, storage_class, acl, modified, headers,
           provenance, inline_blob, extents, x'', inline_position, whole_md5, attributes, sequence, seed
    FROM object WHERE bucket_id = ?1 AND name = ?2";

/// Objects from a name on, for [`summary`] and [`version_summary`]. Attributes are read of archive classes alone, whose
/// codes begin with 2.
pub(super) const OBJECTS_FROM: &str = "
    SELECT name, size, etag, etag_parts, object_type, storage_class, modified, sequence, seed, 0,
           CASE WHEN storage_class >= 2 THEN attributes END
    FROM object WHERE bucket_id = ?1 AND name >= ?2 ORDER BY name";

/// One upload, for [`upload`].
pub(super) const UPLOAD: &str = "
    SELECT name, upload_id, initiated, headers, acl, storage_class, forbid_overwrite, is_sequential, attributes
    FROM upload WHERE bucket_id = ?1 AND name = ?2 AND upload_id = ?3";

/// Uploads after a name and an id, for [`upload`].
pub(super) const UPLOADS_BEHIND: &str = "
    SELECT name, upload_id, initiated, headers, acl, storage_class, forbid_overwrite, is_sequential, attributes
    FROM upload WHERE bucket_id = ?1 AND (name, upload_id) > (?2, ?3) ORDER BY name, upload_id";

/// Parts after a number, at most `?4`, for [`part`].
pub(super) const PARTS_BEHIND: &str = "
    SELECT part_no, size, etag, etag_parts, crc64, modified, blob_id, blob_offset, blob_length
    FROM part WHERE bucket_id = ?1 AND upload_id = ?2 AND part_no > ?3 ORDER BY part_no LIMIT ?4";

/// Versions after a name and a rank, for [`version_summary`].
pub(super) const VERSIONS_BEHIND: &str = "
    SELECT name, size, etag, etag_parts, object_type, storage_class, modified, -rank, seed, is_marker,
           CASE WHEN storage_class >= 2 THEN attributes END
    FROM object_version WHERE bucket_id = ?1 AND (name, rank) > (?2, ?3) ORDER BY name, rank";

/// Where the inline bytes stand in a row of an object.
const INLINE_BYTES: usize = 12;
/// Where it stands which segment has the inline bytes.
const INLINE_POSITION: usize = 13;
const WHOLE_MD5: usize = 14;
const ATTRIBUTES: usize = 15;
const SEQUENCE: usize = 16;
const IS_MARKER: usize = 18;

/// The object, and where its inline bytes are if they are in a segment: then it comes without them.
pub(super) fn object(row: &Row<'_>) -> Result<(ObjectRecord, Option<Position>), Failure> {
    let position = row.get::<_, Option<i64>>(INLINE_POSITION)?.map(Position::from_column);
    let body = match (blob_id(row, 10)?, extents(row, 11)?) {
        (Some(blob), None) if position.is_some() => Body::Inline { blob, bytes: Bytes::new() },
        (Some(blob), None) => Body::Inline { blob, bytes: inline_bytes(row)? },
        (None, Some(extents)) => Body::Extents(extents.into()),
        _ => return Err(Failure::Column { column: "extents" }),
    };
    let object = ObjectRecord {
        size: unsigned(row, 0, "size")?,
        etag: etag(row, 1)?,
        crc64: crc64(row, 3)?,
        whole_md5: whole_md5(row)?,
        object_type: coded(row, 4, "object_type")?,
        storage_class: coded(row, 5, "storage_class")?,
        acl: coded(row, 6, "acl")?,
        modified: time(row, 7)?,
        headers: decode_headers(bytes(row, 8, "headers")?)?,
        mirrored_from: provenance(row)?,
        attributes: attributes(row, ATTRIBUTES)?,
        version: version(row, SEQUENCE)?,
        body,
    };
    Ok((object, position))
}

/// A version, and where its inline bytes are if they are in a segment.
pub(super) fn key_version(row: &Row<'_>) -> Result<(KeyVersion, Option<Position>), Failure> {
    if row.get(IS_MARKER)? {
        let marker = DeleteMarker { version: version(row, SEQUENCE)?, modified: time(row, 7)? };
        return Ok((KeyVersion::Marker(marker), None));
    }
    let (object, position) = object(row)?;
    Ok((KeyVersion::Object(Arc::new(object)), position))
}

/// Sequence number and seed, which follow each other.
fn version(row: &Row<'_>, at: usize) -> Result<ObjectVersion, Failure> {
    // All 64 bits of the seed are in use, so the column has them as a signed number.
    let seed = row.get::<_, Option<i64>>(at + 1)?.map(|seed| seed as u64);
    Ok(ObjectVersion { sequence: unsigned(row, at, "sequence")?, seed })
}

fn whole_md5(row: &Row<'_>) -> Result<Option<[u8; 16]>, Failure> {
    match row.get_ref(WHOLE_MD5)? {
        ValueRef::Null => Ok(None),
        ValueRef::Blob(bytes) => bytes.try_into().map(Some).map_err(|_| Failure::Column { column: "whole_md5" }),
        _ => Err(Failure::Column { column: "whole_md5" }),
    }
}

fn provenance(row: &Row<'_>) -> Result<Option<Arc<Provenance>>, Failure> {
    match row.get_ref(9)? {
        ValueRef::Null => Ok(None),
        ValueRef::Blob(bytes) => Ok(Some(Arc::new(decode_provenance(bytes)?))),
        _ => Err(Failure::Column { column: "provenance" }),
    }
}

fn attributes(row: &Row<'_>, at: usize) -> Result<Option<Arc<ObjectAttributes>>, Failure> {
    match row.get_ref(at)? {
        ValueRef::Null => Ok(None),
        ValueRef::Blob(bytes) => Ok(Some(Arc::new(decode_attributes(bytes)?))),
        _ => Err(Failure::Column { column: "attributes" }),
    }
}

/// A summary of an object, out of [`OBJECTS_FROM`] or [`VERSIONS_BEHIND`].
pub(super) fn summary(row: &Row<'_>, key: ObjectKey) -> Result<ObjectSummary, Failure> {
    let restore = attributes(row, 10)?.and_then(|attributes| attributes.restore);
    Ok(ObjectSummary {
        key,
        size: unsigned(row, 1, "size")?,
        etag: etag(row, 2)?,
        object_type: coded(row, 4, "object_type")?,
        storage_class: coded(row, 5, "storage_class")?,
        restore,
        modified: time(row, 6)?,
    })
}

pub(super) fn version_summary(row: &Row<'_>, key: ObjectKey, is_latest: bool) -> Result<VersionSummary, Failure> {
    let version = version(row, 7)?;
    let listed = match row.get(9)? {
        true => ListedVersion::Marker { key, modified: time(row, 6)? },
        false => ListedVersion::Object(summary(row, key)?),
    };
    Ok(VersionSummary { version, is_latest, listed })
}

pub(super) fn upload(row: &Row<'_>, key: ObjectKey) -> Result<UploadRecord, Failure> {
    Ok(UploadRecord {
        id: upload_id(row, 1)?,
        key,
        initiated: time(row, 2)?,
        headers: decode_headers(bytes(row, 3, "headers")?)?,
        acl: coded(row, 4, "acl")?,
        storage_class: coded(row, 5, "storage_class")?,
        forbid_overwrite: row.get(6)?,
        is_sequential: row.get(7)?,
        attributes: attributes(row, 8)?,
    })
}

pub(super) fn part(row: &Row<'_>) -> Result<PartRecord, Failure> {
    let extent = match blob_id(row, 6)? {
        None => None,
        Some(blob) => {
            let (offset, length) = (unsigned(row, 7, "blob_offset")?, unsigned(row, 8, "blob_length")?);
            Some(Extent { blob, offset, length })
        }
    };
    Ok(PartRecord {
        number: row.get(0)?,
        size: unsigned(row, 1, "size")?,
        etag: etag(row, 2)?,
        crc64: crc64(row, 4)?,
        modified: time(row, 5)?,
        extent,
    })
}

/// A name column as text; it was an [`ObjectKey`] when it was written.
pub(super) fn name_text<'r>(row: &'r Row<'_>, at: usize) -> Result<&'r str, Failure> {
    std::str::from_utf8(bytes(row, at, "name")?).map_err(|_| Failure::Column { column: "name" })
}

pub(super) fn key(text: &str) -> Result<ObjectKey, Failure> {
    ObjectKey::parse(text).map_err(|_| Failure::Column { column: "name" })
}

pub(super) fn bytes<'r>(row: &'r Row<'_>, at: usize, column: &'static str) -> Result<&'r [u8], Failure> {
    match row.get_ref(at)? {
        ValueRef::Blob(bytes) => Ok(bytes),
        _ => Err(Failure::Column { column }),
    }
}

pub(super) fn blob_id(row: &Row<'_>, at: usize) -> Result<Option<BlobId>, Failure> {
    Ok(row.get::<_, Option<[u8; 16]>>(at)?.map(BlobId::from_bytes))
}

pub(super) fn extents(row: &Row<'_>, at: usize) -> Result<Option<Vec<Extent>>, Failure> {
    match row.get_ref(at)? {
        ValueRef::Null => Ok(None),
        ValueRef::Blob(bytes) => Ok(Some(decode_extents(bytes)?)),
        _ => Err(Failure::Column { column: "extents" }),
    }
}

pub(super) fn upload_id(row: &Row<'_>, at: usize) -> Result<UploadId, Failure> {
    Ok(UploadId::from_bytes(row.get(at)?))
}

pub(super) fn unsigned(row: &Row<'_>, at: usize, column: &'static str) -> Result<u64, Failure> {
    u64::try_from(row.get::<_, i64>(at)?).map_err(|_| Failure::Column { column })
}

pub(super) fn coded<T: Code>(row: &Row<'_>, at: usize, column: &'static str) -> Result<T, Failure> {
    T::from_code(row.get(at)?).ok_or(Failure::Column { column })
}

pub(super) fn time(row: &Row<'_>, at: usize) -> Result<Timestamp, Failure> {
    Ok(Timestamp::from_unix_ms(row.get(at)?))
}

fn inline_bytes(row: &Row<'_>) -> Result<Bytes, Failure> {
    Ok(Bytes::copy_from_slice(bytes(row, INLINE_BYTES, "bytes")?))
}

fn etag(row: &Row<'_>, at: usize) -> Result<ETag, Failure> {
    Ok(ETag { bits: row.get(at)?, parts: row.get(at + 1)? })
}

/// All 64 bits are in use, so the column has them as a signed number.
fn crc64(row: &Row<'_>, at: usize) -> Result<Crc64, Failure> {
    Ok(Crc64(row.get::<_, i64>(at)? as u64))
}
