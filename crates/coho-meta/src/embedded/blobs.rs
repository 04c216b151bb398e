//! Which blobs are in use, and which are garbage.
//!
//! The walk goes through parts, objects and garbage in this order, because a blob only ever moves that way: one that was
//! somewhere when the walk began is met in its place or in a later one. Objects and their other versions are one place, walked
//! together: a version moves from one table to the other, and stays before or behind the walk's cursor.

use super::{failure::Failure, rows};
use crate::{BlobCursor, BlobPage};
use coho_model::{BlobId, Timestamp};
use rusqlite::{Connection, Row};

/// The blob columns' three places, in the order of the walk.
#[derive(Debug, Clone, PartialEq, Eq)]
enum WalkPlace {
    /// After this part.
    Parts { bucket: i64, upload: Vec<u8>, part: u16 },
    /// After the object of this name and its versions up to this rank.
    Objects { bucket: i64, name: Vec<u8>, rank: i64 },
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
        WalkPlace::Objects { bucket, name, rank } => {
            let cursor = ObjectCursor { bucket: *bucket, name: std::mem::take(name), rank: *rank };
            let next = cursor.read(connection, max, &mut blobs)?;
            let is_last = next.is_none();
            if let Some(next) = next {
                (*bucket, *name, *rank) = (next.bucket, next.name, next.rank);
            }
            if is_last { 0 } else { max }
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

/// Where the walk is among objects and their versions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct ObjectCursor {
    bucket: i64,
    name: Vec<u8>,
    rank: i64,
}

impl ObjectCursor {
    /// Adds the blobs of at most `max` rows of each table; gives the cursor after the rows that were read of both.
    fn read(self, connection: &Connection, max: usize, blobs: &mut Vec<BlobId>) -> Result<Option<Self>, Failure> {
        // No version moves between the two reads.
        let snapshot = connection.unchecked_transaction()?;
        // From the cursor's name itself: one of its versions behind the cursor may have become its object.
        let sql = "SELECT bucket_id, name, extents FROM object WHERE (bucket_id, name) >= (?1, ?2)
                   ORDER BY bucket_id, name LIMIT ?3";
        let mut last_object = None;
        // One more, since that of the cursor's name leads no further.
        let most = max.saturating_add(1);
        let mut statement = snapshot.prepare_cached(sql)?;
        let mut found = statement.query((self.bucket, &*self.name, limit(most)))?;
        let mut objects = 0;
        while let Some(row) = found.next()? {
            blobs.extend(rows::extents(row, 2)?.into_iter().flatten().map(|extent| extent.blob));
            last_object = Some(Self { bucket: row.get(0)?, name: row.get(1)?, rank: i64::MAX });
            objects += 1;
        }
        let sql =
            "SELECT bucket_id, name, rank, extents FROM object_version WHERE (bucket_id, name, rank) > (?1, ?2, ?3)
                   ORDER BY bucket_id, name, rank LIMIT ?4";
        let mut last_version = None;
        let mut statement = snapshot.prepare_cached(sql)?;
        let mut found = statement.query((self.bucket, &*self.name, self.rank, limit(max)))?;
        let mut versions = 0;
        while let Some(row) = found.next()? {
            blobs.extend(rows::extents(row, 3)?.into_iter().flatten().map(|extent| extent.blob));
            last_version = Some(Self { bucket: row.get(0)?, name: row.get(1)?, rank: row.get(2)? });
            versions += 1;
        }
        // A table of which fewer rows were read is read to its end.
        let last_object = last_object.filter(|_| objects == most);
        let last_version = last_version.filter(|_| versions == max);
        Ok([last_object, last_version].into_iter().flatten().min())
    }
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
            Self::Parts { .. } => Some(Self::Objects { bucket: i64::MIN, name: Vec::new(), rank: i64::MAX }),
            Self::Objects { .. } => Some(Self::Garbage { blob: Vec::new() }),
            Self::Garbage { .. } => None,
        }
    }

    fn encode(&self) -> Vec<u8> {
        match self {
            Self::Parts { bucket, upload, part } => {
                [&[PARTS][..], &bucket.to_be_bytes(), &part.to_be_bytes(), upload].concat()
            }
            Self::Objects { bucket, name, rank } => {
                [&[OBJECTS][..], &bucket.to_be_bytes(), &rank.to_be_bytes(), name].concat()
            }
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
                let (bucket, rest) = rest.split_first_chunk()?;
                let (rank, name) = rest.split_first_chunk()?;
                let (bucket, rank) = (i64::from_be_bytes(*bucket), i64::from_be_bytes(*rank));
                Some(Self::Objects { bucket, name: name.to_vec(), rank })
            }
            GARBAGE => Some(Self::Garbage { blob: rest.to_vec() }),
            _ => None,
        }
    }
}
