//! Which blobs are in use, and which are garbage.
//!
//! The walk goes through parts, objects and garbage in this order, because a blob only ever moves that way: one that was
//! somewhere when the walk began is met in its place or in a later one.

use super::{failure::Failure, rows};
use crate::{BlobCursor, BlobPage};
use coho_model::{BlobId, Timestamp};
use rusqlite::{Connection, Row};

/// The blob columns' three places, in the order of the walk.
#[derive(Debug, Clone, PartialEq, Eq)]
enum WalkPlace {
    /// After this part.
    Parts { bucket: i64, upload: Vec<u8>, part: u16 },
    /// After this object.
    Objects { bucket: i64, name: Vec<u8> },
    /// After this blob.
    Garbage { blob: Vec<u8> },
}

const PARTS: u8 = 0;
const OBJECTS: u8 = 1;
const GARBAGE: u8 = 2;

/// Blobs of which nothing refers to since before that time, oldest first.
pub(super) fn garbage(connection: &Connection, unused_since: Timestamp, max: usize) -> Result<Vec<BlobId>, Failure> {
    let sql = "SELECT blob_id FROM garbage WHERE unused_since < ?1 ORDER BY unused_since, blob_id LIMIT ?2";
    listed(connection, sql, unused_since, max)
}

/// Blobs that were listed as garbage at a time after `now`, oldest first.
pub(super) fn future_garbage(connection: &Connection, now: Timestamp, max: usize) -> Result<Vec<BlobId>, Failure> {
    let sql = "SELECT blob_id FROM garbage WHERE unused_since > ?1 ORDER BY unused_since, blob_id LIMIT ?2";
    listed(connection, sql, now, max)
}

fn listed(connection: &Connection, sql: &str, at: Timestamp, max: usize) -> Result<Vec<BlobId>, Failure> {
    let mut statement = connection.prepare_cached(sql)?;
    let blobs = statement.query_and_then((at.unix_ms(), limit(max)), one_blob)?;
    blobs.collect()
}

/// A page: the blobs of at most `max` rows of one of the places. An object may have several, or none.
pub(super) fn referenced(connection: &Connection, after: Option<&BlobCursor>, max: usize) -> Result<BlobPage, Failure> {
    let mut place = match after {
        None => WalkPlace::Parts { bucket: i64::MIN, upload: Vec::new(), part: 0 },
        Some(cursor) => WalkPlace::decode(&cursor.0).ok_or(Failure::Cursor)?,
    };
    let mut blobs = Vec::new();
    let max = max.max(1);
    let read = match &mut place {
        WalkPlace::Parts { bucket, upload, part } => {
            let sql = "SELECT bucket_id, upload_id, part_no, blob_id FROM part
                       WHERE (bucket_id, upload_id, part_no) > (?1, ?2, ?3)
                       ORDER BY bucket_id, upload_id, part_no LIMIT ?4";
            let mut statement = connection.prepare_cached(sql)?;
            let mut found = statement.query((*bucket, &*upload, *part, limit(max)))?;
            let mut read = 0;
            while let Some(row) = found.next()? {
                (*bucket, *upload, *part) = (row.get(0)?, row.get(1)?, row.get(2)?);
                blobs.extend(rows::blob_id(row, 3)?);
                read += 1;
            }
            read
        }
        WalkPlace::Objects { bucket, name } => {
            let sql = "SELECT bucket_id, name, extents FROM object WHERE (bucket_id, name) > (?1, ?2)
                       ORDER BY bucket_id, name LIMIT ?3";
            let mut statement = connection.prepare_cached(sql)?;
            let mut found = statement.query((*bucket, &*name, limit(max)))?;
            let mut read = 0;
            while let Some(row) = found.next()? {
                (*bucket, *name) = (row.get(0)?, row.get(1)?);
                blobs.extend(rows::extents(row, 2)?.into_iter().flatten().map(|extent| extent.blob));
                read += 1;
            }
            read
        }
        WalkPlace::Garbage { blob } => {
            let sql = "SELECT blob_id FROM garbage WHERE blob_id > ?1 ORDER BY blob_id LIMIT ?2";
            let mut statement = connection.prepare_cached(sql)?;
            let found = statement.query_and_then((&*blob, limit(max)), one_blob)?;
            blobs = found.collect::<Result<Vec<_>, _>>()?;
            if let Some(last) = blobs.last() {
                *blob = last.to_bytes().to_vec();
            }
            blobs.len()
        }
    };
    let next = if read < max { place.next() } else { Some(place) };
    Ok(BlobPage { blobs, next: next.map(|place| BlobCursor(place.encode())) })
}

fn one_blob(row: &Row<'_>) -> Result<BlobId, Failure> {
    Ok(BlobId::from_bytes(row.get(0)?))
}

fn limit(max: usize) -> i64 {
    i64::try_from(max).unwrap_or(i64::MAX)
}

impl WalkPlace {
    /// The beginning of the next place.
    fn next(&self) -> Option<Self> {
        match self {
            Self::Parts { .. } => Some(Self::Objects { bucket: i64::MIN, name: Vec::new() }),
            Self::Objects { .. } => Some(Self::Garbage { blob: Vec::new() }),
            Self::Garbage { .. } => None,
        }
    }

    fn encode(&self) -> Vec<u8> {
        match self {
            Self::Parts { bucket, upload, part } => {
                [&[PARTS][..], &bucket.to_be_bytes(), &part.to_be_bytes(), upload].concat()
            }
            Self::Objects { bucket, name } => [&[OBJECTS][..], &bucket.to_be_bytes(), name].concat(),
            Self::Garbage { blob } => [&[GARBAGE][..], blob].concat(),
        }
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (place, rest) = bytes.split_first()?;
        match *place {
            PARTS => {
                let (bucket, rest) = rest.split_first_chunk()?;
                let (part, upload) = rest.split_first_chunk()?;
                let (bucket, part) = (i64::from_be_bytes(*bucket), u16::from_be_bytes(*part));
                Some(Self::Parts { bucket, upload: upload.to_vec(), part })
            }
            OBJECTS => {
                let (bucket, name) = rest.split_first_chunk()?;
                Some(Self::Objects { bucket: i64::from_be_bytes(*bucket), name: name.to_vec() })
            }
            GARBAGE => Some(Self::Garbage { blob: rest.to_vec() }),
            _ => None,
        }
    }
}
