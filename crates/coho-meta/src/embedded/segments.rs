//! Inline bodies of many fills in one file, one after the other.
//!
//! What goes into a table goes to the log first and to the file later, with pages of the tree around it. Fills are persisted by the
//! hundreds, so that one more sync for all of them is nothing: their bodies are appended to a *segment*, and their rows say where.
//!
//! - A segment is synced before a row that points into it is committed.
//! - A body is freed after the commit that deletes its row: its blocks go back to the file system, and the whole file with its last
//!   body. A crash in between leaves the blocks to the end of their segment.
//! - A reader may read the bytes when its row is outdated and they are freed. So every body is checked against the CRC-64 of its
//!   object, and on a mismatch the reader looks the row up again.
//! - A failed write or sync fails the batch, and the next one overwrites its range. After a failed sync the content of the file is
//!   unknown, so the segment receives nothing more.

use super::failure::Failure;
use bytes::Bytes;
use coho_model::Crc64;
use quick_cache::sync::Cache;
use rusqlite::Connection;
use rustix::fs::OFlags;
use std::{
    collections::BTreeMap,
    fs::{DirEntry, File},
    io,
    os::unix::fs::{FileExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

/// A body begins at a multiple of this, which is the block of the usual file systems: so all of its blocks are its own.
const SEGMENT_BLOCK_BYTES: u64 = 4096;
/// Largest body that a segment takes, and that one is believed to hold.
const MAX_BODY_BYTES: u64 = 1 << 20;
/// Bytes that are gathered for one write.
const WRITE_BYTES: usize = 256 * 1024;
/// Segments that are kept open to be read.
const OPEN_SEGMENTS: usize = 64;

/// When bodies go into segments, and how large these become.
#[derive(Debug, Clone, Copy)]
pub struct SegmentOptions {
    /// Smaller bodies stay in their table, where they take less than the block that each has in a segment.
    pub min_body_bytes: usize,
    /// Fills that are persisted together and have fewer bytes than this stay there, too: they are not worth another sync.
    pub min_persisted_bytes: usize,
    /// A segment that has reached this gets nothing more.
    pub full_bytes: u64,
}

impl Default for SegmentOptions {
    fn default() -> Self {
        Self { min_body_bytes: 2048, min_persisted_bytes: 128 * 1024, full_bytes: 64 << 20 }
    }
}

/// Where a body begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    segment: u32,
    block: u32,
}

impl Position {
    /// As the column has it.
    pub(super) fn to_column(self) -> i64 {
        (i64::from(self.segment) << 32) | i64::from(self.block)
    }

    pub(super) fn from_column(column: i64) -> Self {
        Self { segment: (column >> 32) as u32, block: column as u32 }
    }

    fn offset(self) -> u64 {
        u64::from(self.block) * SEGMENT_BLOCK_BYTES
    }
}

/// Where the metadata file is not, segments are of one that is missed, and may come back: they must not be taken for
/// what no row points to.
pub(super) fn refuse_without_rows(path: &Path) -> Result<(), Failure> {
    let is_empty = Segments::new(path).numbers()?.is_empty();
    if is_empty { Ok(()) } else { Err(Failure::StrangeSegments) }
}

/// The segment files, shared by all readers.
#[derive(Debug)]
pub(super) struct Segments {
    directory: PathBuf,
    open: Cache<u32, Arc<File>>,
}

impl Segments {
    /// Those that belong to the metadata file of that path.
    fn new(path: &Path) -> Self {
        let mut directory = path.as_os_str().to_owned();
        directory.push("-segments");
        Self { directory: directory.into(), open: Cache::new(OPEN_SEGMENTS) }
    }

    fn path(&self, segment: u32) -> PathBuf {
        self.directory.join(format!("{segment:08x}"))
    }

    /// The body of this length at a position, if it has this checksum.
    pub(super) fn read(&self, at: Position, length: u64, crc64: Crc64) -> Result<Bytes, Failure> {
        let length = usize::try_from(length.min(MAX_BODY_BYTES + 1)).unwrap_or(usize::MAX);
        if length as u64 > MAX_BODY_BYTES {
            return Err(Failure::Column { column: "size" });
        }
        let mut bytes = vec![0; length];
        let read = self.file(at.segment).and_then(|file| file.read_exact_at(&mut bytes, at.offset()));
        match read {
            Ok(()) if Crc64::of(&bytes) == crc64 => Ok(bytes.into()),
            Ok(()) => Err(Failure::SegmentBody { segment: at.segment, offset: at.offset(), source: None }),
            Err(error) => Err(Failure::SegmentBody { segment: at.segment, offset: at.offset(), source: Some(error) }),
        }
    }

    fn file(&self, segment: u32) -> io::Result<Arc<File>> {
        self.open.get_or_insert_with(&segment, || {
            // Never through a link: room that is freed would be freed in its target.
            let flags = OFlags::NOFOLLOW.bits() as i32;
            File::options().read(true).write(true).custom_flags(flags).open(self.path(segment)).map(Arc::new)
        })
    }

    fn create(&self, segment: u32) -> io::Result<Arc<File>> {
        std::fs::create_dir_all(&self.directory)?;
        let file = Arc::new(File::options().read(true).write(true).create_new(true).open(self.path(segment))?);
        // The file's name, and that of the directory.
        File::open(&self.directory)?.sync_all()?;
        let parent = self.directory.parent().filter(|parent| !parent.as_os_str().is_empty());
        File::open(parent.unwrap_or(Path::new(".")))?.sync_all()?;
        self.open.insert(segment, file.clone());
        Ok(file)
    }

    /// A reader that has the file open can read on.
    fn remove(&self, segment: u32) -> io::Result<()> {
        let removed = std::fs::remove_file(self.path(segment));
        self.open.remove(&segment);
        match removed {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            removed => removed,
        }
    }

    /// The numbers of all existing files.
    fn numbers(&self) -> io::Result<Vec<u32>> {
        let number = |entry: DirEntry| {
            let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
            u32::from_str_radix(entry.file_name().to_str()?, 16).ok().filter(|_| is_file)
        };
        match std::fs::read_dir(&self.directory) {
            Ok(entries) => Ok(entries.collect::<io::Result<Vec<_>>>()?.into_iter().filter_map(number).collect()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

/// What the thread that writes does with them.
#[derive(Debug)]
pub(super) struct SegmentWriter {
    segments: Arc<Segments>,
    options: SegmentOptions,
    next: u32,
    current: Option<Current>,
    /// What the open batch brings to [`Self::current`] and is not written yet.
    gathered: Vec<u8>,
    /// How the open batch changes the number of bodies in each segment.
    moved: BTreeMap<u32, i64>,
    /// Where the open batch takes bodies away, and how long they are.
    freed: Vec<(Position, u64)>,
    /// Segments that get nothing more, until a batch has looked whether they hold anything.
    retired: Vec<u32>,
    /// Segments without a body once the open batch is committed.
    dead: Vec<u32>,
    no_holes: bool,
}

#[derive(Debug)]
struct Current {
    segment: u32,
    file: Arc<File>,
    /// Of what is committed.
    length: u64,
    /// Bytes that the open batch has written after it.
    written: u64,
}

impl SegmentWriter {
    /// Opens those of the metadata file of that path, and removes what no row points to.
    pub(super) fn open(path: &Path, options: SegmentOptions, connection: &Connection) -> Result<Self, Failure> {
        let segments = Arc::new(Segments::new(path));
        connection.execute("DELETE FROM inline_segment WHERE bodies = 0", ())?;
        let mut statement = connection.prepare("SELECT segment_id FROM inline_segment")?;
        let used = statement.query_and_then((), |row| row.get(0))?.collect::<Result<Vec<u32>, rusqlite::Error>>()?;
        let found = segments.numbers()?;
        for segment in found.iter().filter(|segment| !used.contains(segment)) {
            segments.remove(*segment)?;
        }
        let next = used.iter().chain(&found).max().map_or(Some(0), |last| last.checked_add(1));
        let next = next.ok_or(Failure::Range { column: "segment_id" })?;
        let (current, gathered, moved, freed, retired, dead) = Default::default();
        Ok(Self { segments, options, next, current, gathered, moved, freed, retired, dead, no_holes: false })
    }

    pub(super) fn segments(&self) -> &Arc<Segments> {
        &self.segments
    }

    /// Whether a body of this length may be appended.
    pub(super) fn takes(&self, length: usize) -> bool {
        length >= self.options.min_body_bytes && length as u64 <= MAX_BODY_BYTES
    }

    /// Whether bodies of this many bytes together are worth a segment.
    pub(super) fn is_worth(&self, bytes: usize) -> bool {
        bytes >= self.options.min_persisted_bytes
    }

    /// Appends a body, of a length that is taken.
    pub(super) fn append(&mut self, bytes: &[u8]) -> Result<Position, Failure> {
        let gathered = self.gathered.len() as u64;
        let current = self.current()?;
        let block = (current.length + current.written + gathered) / SEGMENT_BLOCK_BYTES;
        let block = u32::try_from(block).map_err(|_| Failure::Range { column: "inline_position" })?;
        let position = Position { segment: current.segment, block };
        self.gathered.extend_from_slice(bytes);
        self.gathered.resize(self.gathered.len().next_multiple_of(SEGMENT_BLOCK_BYTES as usize), 0);
        *self.moved.entry(position.segment).or_default() += 1;
        if self.gathered.len() >= WRITE_BYTES {
            self.write()?;
        }
        Ok(position)
    }

    /// The segment that is appended to: another one if there is none, or that one was full when the batch began.
    fn current(&mut self) -> Result<&mut Current, Failure> {
        if let Some(full) = self.current.take_if(|current| current.length >= self.options.full_bytes) {
            self.retired.push(full.segment);
        }
        let current = match self.current.take() {
            Some(current) => current,
            None => {
                let segment = self.next;
                self.next += 1;
                Current { segment, file: self.segments.create(segment)?, length: 0, written: 0 }
            }
        };
        Ok(self.current.insert(current))
    }

    fn write(&mut self) -> Result<(), Failure> {
        let Some(current) = &mut self.current else { return Ok(()) };
        current.file.write_all_at(&self.gathered, current.length + current.written)?;
        current.written += self.gathered.len() as u64;
        self.gathered.clear();
        Ok(())
    }

    /// A body goes: nothing points to it once the batch is committed.
    pub(super) fn free(&mut self, at: Position, length: u64) {
        *self.moved.entry(at.segment).or_default() -= 1;
        // What a damaged row says of its length must not cost its neighbours.
        if length <= MAX_BODY_BYTES {
            self.freed.push((at, length));
        }
    }

    /// Syncs what was appended and writes the numbers of bodies. The commit comes next.
    pub(super) fn finish(&mut self, connection: &Connection) -> Result<(), Failure> {
        if !self.gathered.is_empty() {
            self.write()?;
        }
        if let Some(current) = self.current.take_if(|current| current.written > 0) {
            if let Err(error) = current.file.sync_data() {
                self.retired.push(current.segment);
                return Err(error.into());
            }
            self.current = Some(current);
        }
        // The last of their bodies may be gone already.
        for segment in &self.retired {
            self.moved.entry(*segment).or_default();
        }
        for (segment, moved) in std::mem::take(&mut self.moved) {
            let sql = "INSERT INTO inline_segment (segment_id, bodies) VALUES (?1, ?2)
                       ON CONFLICT DO UPDATE SET bodies = bodies + excluded.bodies RETURNING bodies";
            let bodies: i64 = connection.prepare_cached(sql)?.query_row((segment, moved), |row| row.get(0))?;
            if bodies == 0 && self.current.as_ref().is_none_or(|current| current.segment != segment) {
                connection.prepare_cached("DELETE FROM inline_segment WHERE segment_id = ?1")?.execute((segment,))?;
                self.dead.push(segment);
            }
        }
        Ok(())
    }

    /// The batch is certainly not made. What it has written will be written over.
    pub(super) fn roll_back(&mut self) {
        self.gathered.clear();
        self.moved.clear();
        self.freed.clear();
        self.dead.clear();
        if let Some(current) = &mut self.current {
            current.written = 0;
            // Perhaps the disk is full, and the next batch will not come for long. If this fails, too, that batch has the room.
            let _room_stays = current.file.set_len(current.length);
        }
    }

    /// The batch is committed: what it has written stays.
    pub(super) fn committed(&mut self) {
        self.retired.clear();
        if let Some(current) = &mut self.current {
            current.length += std::mem::take(&mut current.written);
        }
    }

    /// Returns freed blocks to the file system. No request waits for this, and a failure costs room and nothing else.
    pub(super) fn give_back(&mut self) {
        for segment in std::mem::take(&mut self.dead) {
            self.freed.retain(|(at, _)| at.segment != segment);
            if let Err(error) = self.segments.remove(segment) {
                tracing::warn!(%error, segment, "a segment without bodies could not be removed; the next start does it");
            }
        }
        let mut freed = std::mem::take(&mut self.freed);
        freed.sort_unstable();
        let mut rest = &freed[..];
        while let Some(((at, _), _)) = rest.split_first() {
            let run = adjacent(rest);
            let length = rest[..run].iter().map(|(_, length)| length.next_multiple_of(SEGMENT_BLOCK_BYTES)).sum();
            self.punch(*at, length);
            rest = &rest[run..];
        }
    }

    fn punch(&mut self, at: Position, length: u64) {
        if self.no_holes {
            return;
        }
        let punched = self.segments.file(at.segment).and_then(|file| hole(&file, at.offset(), length));
        let Err(error) = punched else { return };
        self.no_holes = error.kind() == io::ErrorKind::Unsupported;
        if error.kind() != io::ErrorKind::NotFound {
            tracing::warn!(%error, at.segment, length, "the room of a deleted body is given back with its whole segment only");
        }
    }
}

/// How many of these sorted positions follow each other without a gap.
fn adjacent(freed: &[(Position, u64)]) -> usize {
    let gap = freed.windows(2).position(|pair| {
        let ((at, length), (next, _)) = (pair[0], pair[1]);
        next.segment != at.segment || next.offset() != at.offset() + length.next_multiple_of(SEGMENT_BLOCK_BYTES)
    });
    gap.map_or(freed.len(), |gap| gap + 1)
}

#[cfg(target_os = "linux")]
fn hole(file: &File, offset: u64, length: u64) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};
    let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
    Ok(rustix::io::retry_on_intr(|| fallocate(file, flags, offset, length))?)
}

#[cfg(not(target_os = "linux"))]
fn hole(_: &File, _: u64, _: u64) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: [u8; 3000] = [7; 3000];

    fn connection() -> Connection {
        let connection = Connection::open_in_memory().unwrap();
        let sql =
            "CREATE TABLE inline_segment (segment_id INTEGER NOT NULL PRIMARY KEY, bodies INTEGER NOT NULL) STRICT";
        connection.execute_batch(sql).unwrap();
        connection
    }

    /// One that writes to this device as if it were a segment.
    fn writer_on(device: &str, directory: &Path, connection: &Connection) -> SegmentWriter {
        let mut writer = SegmentWriter::open(&directory.join("meta"), SegmentOptions::default(), connection).unwrap();
        let file = Arc::new(File::options().write(true).open(device).unwrap());
        writer.current = Some(Current { segment: 9, file, length: 0, written: 0 });
        writer
    }

    #[test]
    fn a_full_disk_is_told_and_the_place_used_again() {
        let (directory, connection) = (tempfile::tempdir().unwrap(), connection());
        let mut writer = writer_on("/dev/full", directory.path(), &connection);
        let first = writer.append(&BODY).unwrap();
        assert!(writer.finish(&connection).unwrap_err().is_full());
        writer.roll_back();
        assert_eq!(writer.append(&BODY).unwrap(), first);
    }

    /// After a failed sync the content of the file is unknown: it receives nothing more.
    #[test]
    fn a_segment_that_cannot_be_synced_is_left() {
        let (directory, connection) = (tempfile::tempdir().unwrap(), connection());
        // Takes everything and cannot be synced.
        let mut writer = writer_on("/dev/null", directory.path(), &connection);
        let lost = writer.append(&BODY).unwrap();
        assert!(writer.finish(&connection).is_err());
        writer.roll_back();
        let position = writer.append(&BODY).unwrap();
        assert_ne!(position.segment, lost.segment);
        writer.finish(&connection).unwrap();
        writer.committed();
        let read = writer.segments().read(position, BODY.len() as u64, Crc64::of(&BODY)).unwrap();
        assert_eq!(read, &BODY[..]);
    }

    #[test]
    fn a_batch_that_is_not_made_leaves_no_count_and_no_gap() {
        let (directory, connection) = (tempfile::tempdir().unwrap(), connection());
        let mut writer =
            SegmentWriter::open(&directory.path().join("meta"), SegmentOptions::default(), &connection).unwrap();
        let kept = writer.append(&BODY).unwrap();
        writer.finish(&connection).unwrap();
        writer.committed();
        let undone = writer.append(&[8; WRITE_BYTES]).unwrap();
        writer.free(kept, BODY.len() as u64);
        let length = |writer: &SegmentWriter| writer.segments.file(kept.segment).unwrap().metadata().unwrap().len();
        assert!(length(&writer) > WRITE_BYTES as u64, "written before the batch is over");
        writer.roll_back();
        writer.give_back();
        assert_eq!(length(&writer), SEGMENT_BLOCK_BYTES, "its room is given back");
        let other = [9; 5000];
        assert_eq!(writer.append(&other).unwrap(), undone);
        writer.finish(&connection).unwrap();
        writer.committed();
        for (position, body) in [(kept, &BODY[..]), (undone, &other)] {
            let read = writer.segments().read(position, body.len() as u64, Crc64::of(body)).unwrap();
            assert_eq!(read, body);
        }
        let bodies: i64 = connection.query_row("SELECT bodies FROM inline_segment", (), |row| row.get(0)).unwrap();
        assert_eq!(bodies, 2);
    }

    #[test]
    fn positions_survive_their_column() {
        for position in [Position { segment: 0, block: 0 }, Position { segment: u32::MAX, block: u32::MAX - 1 }] {
            assert_eq!(Position::from_column(position.to_column()), position);
        }
    }

    #[test]
    fn a_size_that_no_body_has_is_not_believed() {
        let segments = Segments::new(Path::new("nowhere"));
        let read = segments.read(Position { segment: 0, block: 0 }, u64::MAX, Crc64(0));
        assert!(matches!(read, Err(Failure::Column { column: "size" })));
    }
}
