//! What was counted of buckets, and of all of them together, as rows by minute and by hour.
//!
//! Invariant: a bucket has at most [`TrafficStep::kept`] rows of each step. Their number is known without counting them at every
//! write: it is read once, and forgotten with a group that is rolled back.

use super::{effects::execute, failure::Failure, rows};
use coho_model::{BucketId, Timestamp, TrafficCounter, TrafficCounts, TrafficPoint, TrafficRow, TrafficStep};
use rusqlite::{Connection, params_from_iter};
use std::collections::HashMap;

/// The columns, in the order of [`TrafficCounter::ALL`].
const COLUMNS: [&str; TrafficCounter::ALL.len()] = [
    "hits",
    "mirrored",
    "redirects",
    "other_answers",
    "client_errors",
    "server_errors",
    "bytes_out",
    "bytes_in",
    "fetches",
    "origin_bytes",
    "fetch_failures",
];

/// How many rows buckets have, of those that were written since the start.
#[derive(Debug, Default)]
pub(super) struct TrafficSizes(HashMap<(BucketId, TrafficStep), usize>);

impl TrafficSizes {
    /// The numbers in the file are unknown from now on.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// The bucket is gone, and so are its rows.
    pub(super) fn remove(&mut self, bucket: BucketId) {
        self.0.retain(|(other, _), _| *other != bucket);
    }
}

fn code(step: TrafficStep) -> i64 {
    match step {
        TrafficStep::Minute => 0,
        TrafficStep::Hour => 1,
    }
}

/// Adds a row to its minute and its hour.
pub(super) fn add(
    connection: &Connection,
    sizes: &mut TrafficSizes,
    row: &TrafficRow,
    now: Timestamp,
) -> Result<(), Failure> {
    for step in TrafficStep::ALL {
        let start = step.start(row.at.unix_s());
        let old = point(connection, row.bucket, step, start)?;
        let mut counts = old.unwrap_or_default();
        counts.add(&row.counts);
        write(connection, row.bucket, step, start, &counts)?;
        if old.is_none() {
            let size = match sizes.0.get(&(row.bucket, step)) {
                Some(size) => size + 1,
                None => count(connection, row.bucket, step)?,
            };
            let size = trim(connection, row.bucket, step, size, now)?;
            sizes.0.insert((row.bucket, step), size);
        }
    }
    Ok(())
}

/// Removes rows above the limit: first those after the present, which only a clock that was set back leaves, the latest of
/// them first; then the oldest.
fn trim(
    connection: &Connection,
    bucket: BucketId,
    step: TrafficStep,
    mut size: usize,
    now: Timestamp,
) -> Result<usize, Failure> {
    while size > step.kept() {
        let key = (bucket.0, code(step), step.start(now.unix_s()));
        let ahead = "SELECT max(start) FROM traffic WHERE bucket_id = ?1 AND step = ?2 AND start > ?3";
        let oldest = "SELECT min(start) FROM traffic WHERE bucket_id = ?1 AND step = ?2";
        let ahead: Option<i64> = connection.prepare_cached(ahead)?.query_row(key, |row| row.get(0))?;
        let removed = match ahead {
            Some(start) => Some(start),
            None => connection.prepare_cached(oldest)?.query_row((key.0, key.1), |row| row.get(0))?,
        };
        let Some(start) = removed else { return Ok(0) };
        let sql = "DELETE FROM traffic WHERE bucket_id = ?1 AND step = ?2 AND start = ?3";
        execute(connection, sql, (bucket.0, code(step), start))?;
        size -= 1;
    }
    Ok(size)
}

fn write(
    connection: &Connection,
    bucket: BucketId,
    step: TrafficStep,
    start: i64,
    counts: &TrafficCounts,
) -> Result<(), Failure> {
    let sql = format!(
        "REPLACE INTO traffic (bucket_id, step, start, {}) VALUES (?, ?, ?{})",
        COLUMNS.join(", "),
        ", ?".repeat(COLUMNS.len())
    );
    let numbers = counts.numbers().map(|number| number.min(i64::MAX as u64) as i64);
    let values = [bucket.0, code(step), start].into_iter().chain(numbers);
    execute(connection, &sql, params_from_iter(values))
}

fn point(
    connection: &Connection,
    bucket: BucketId,
    step: TrafficStep,
    start: i64,
) -> Result<Option<TrafficCounts>, Failure> {
    Ok(read(connection, bucket, step, start, start.saturating_add(1))?.first().map(|point| point.counts))
}

fn count(connection: &Connection, bucket: BucketId, step: TrafficStep) -> Result<usize, Failure> {
    let sql = "SELECT count(*) FROM traffic WHERE bucket_id = ?1 AND step = ?2";
    let count: i64 = connection.prepare_cached(sql)?.query_row((bucket.0, code(step)), |row| row.get(0))?;
    Ok(usize::try_from(count).unwrap_or_default())
}

/// The rows that begin from `from` on and before `until`, in order of their times.
pub(super) fn read(
    connection: &Connection,
    bucket: BucketId,
    step: TrafficStep,
    from: i64,
    until: i64,
) -> Result<Vec<TrafficPoint>, Failure> {
    let sql = format!(
        "SELECT start, {} FROM traffic WHERE bucket_id = ?1 AND step = ?2 AND start >= ?3 AND start < ?4 ORDER BY start",
        COLUMNS.join(", ")
    );
    let mut statement = connection.prepare_cached(&sql)?;
    let point = |row: &rusqlite::Row<'_>| {
        let mut counts = [0; COLUMNS.len()];
        for (at, count) in counts.iter_mut().enumerate() {
            *count = rows::unsigned(row, at + 1, COLUMNS[at])?;
        }
        Ok(TrafficPoint { start: row.get(0)?, counts: TrafficCounts::new(counts) })
    };
    statement.query_and_then((bucket.0, code(step), from, until), point)?.collect()
}

pub(super) fn remove(connection: &Connection, bucket: BucketId) -> Result<(), Failure> {
    execute(connection, "DELETE FROM traffic WHERE bucket_id = ?1", (bucket.0,))
}
