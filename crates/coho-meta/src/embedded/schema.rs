//! Opening connections, and bringing a file to the present format.
//!
//! Migrations are numbered files that are never edited once released; `user_version` is the last one applied.

use super::{LegacyWebsite, failure::Failure, format_4, website_versions};
use rusqlite::{Connection, OpenFlags, TransactionBehavior, config::DbConfig};
use std::path::Path;

const MIGRATIONS: [Migration; 13] = [
    Migration::Sql(include_str!("migrations/0001.sql")),
    Migration::Sql(include_str!("migrations/0002.sql")),
    Migration::Sql(include_str!("migrations/0003.sql")),
    Migration::Sql(include_str!("migrations/0004.sql")),
    Migration::Copy {
        before: include_str!("migrations/0005_before.sql"),
        copy: format_4::copy_rows,
        after: include_str!("migrations/0005_after.sql"),
    },
    Migration::Copy { before: include_str!("migrations/0006.sql"), copy: website_versions::begin_histories, after: "" },
    Migration::Sql(include_str!("migrations/0007.sql")),
    Migration::Sql(include_str!("migrations/0008.sql")),
    Migration::Sql(include_str!("migrations/0009.sql")),
    Migration::Sql(include_str!("migrations/0010.sql")),
    Migration::Sql(include_str!("migrations/0011.sql")),
    Migration::Sql(include_str!("migrations/0012.sql")),
    Migration::Sql(include_str!("migrations/0013.sql")),
];

/// The way from one format to the next, one transaction each.
enum Migration {
    Sql(&'static str),
    /// Rows that are read and written in between.
    Copy {
        before: &'static str,
        copy: fn(&Connection, LegacyWebsite) -> Result<(), Failure>,
        after: &'static str,
    },
}

impl Migration {
    fn run(&self, connection: &Connection, website: LegacyWebsite) -> Result<(), Failure> {
        match self {
            Self::Sql(sql) => Ok(connection.execute_batch(sql)?),
            Self::Copy { before, copy, after } => {
                connection.execute_batch(before)?;
                copy(connection, website)?;
                Ok(connection.execute_batch(after)?)
            }
        }
    }
}

/// One process has the file, so SQLite need not ask the system about others at every read: connections of one process find
/// each other in memory, where the index of the log is then, too.
const VFS: &str = "unix-excl";
/// Bytes of a database page, and so of a frame's content in the log.
pub(super) const PAGE_BYTES: u64 = 4096;
/// How long a statement waits for a lock. Only a checkpoint that has to wait for readers ever needs it.
const BUSY_TIMEOUT_MS: u32 = 5_000;
/// Prepared statements kept for each connection; more than there are texts.
const CACHED_STATEMENTS: usize = 64;

/// The connection that writes; makes the file if there is none.
pub(super) fn open_writer(path: &Path, page_cache_bytes: u64, website: LegacyWebsite) -> Result<Connection, Failure> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags_and_vfs(path, flags, VFS)?;
    connection.execute_batch(&format!("PRAGMA page_size = {PAGE_BYTES}"))?;
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    configure(&connection, page_cache_bytes)?;
    migrate(&mut connection, website)?;
    Ok(connection)
}

/// A connection that only reads.
pub(super) fn open_reader(path: &Path, page_cache_bytes: u64) -> Result<Connection, Failure> {
    let connection = open_existing(path, page_cache_bytes)?;
    connection.execute_batch("PRAGMA query_only = ON")?;
    Ok(connection)
}

/// The connection of the checkpoints.
pub(super) fn open_checkpointer(path: &Path) -> Result<Connection, Failure> {
    open_existing(path, 0)
}

fn open_existing(path: &Path, page_cache_bytes: u64) -> Result<Connection, Failure> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags_and_vfs(path, flags, VFS)?;
    configure(&connection, page_cache_bytes)?;
    Ok(connection)
}

/// `synchronous = FULL` syncs the log at every commit. Without a map of the file an I/O error is an error value and not a
/// signal. Foreign keys are off: the changes themselves keep rows together, and checks would cost reads.
fn configure(connection: &Connection, page_cache_bytes: u64) -> Result<(), Failure> {
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    // Without it SQLite plans a statement anew for every value that is bound to it, which costs five times the search.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.execute_batch(&format!(
        "PRAGMA busy_timeout = {BUSY_TIMEOUT_MS};
         PRAGMA synchronous = FULL;
         PRAGMA wal_autocheckpoint = 0;
         PRAGMA cell_size_check = ON;
         PRAGMA mmap_size = 0;
         PRAGMA foreign_keys = OFF;
         PRAGMA trusted_schema = OFF;
         PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -{};",
        (page_cache_bytes / 1024).max(256)
    ))?;
    Ok(())
}

fn migrate(connection: &mut Connection, website: LegacyWebsite) -> Result<(), Failure> {
    let known = MIGRATIONS.len() as i64;
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let applied = usize::try_from(found).ok().filter(|applied| *applied <= MIGRATIONS.len());
    let applied = applied.ok_or(Failure::NewerFormat { found, known })?;
    if applied > 0 && applied < MIGRATIONS.len() {
        tracing::info!(from = found, to = known, "upgrading the metadata file; large ones take some minutes");
    }
    for (number, migration) in MIGRATIONS.iter().enumerate().skip(applied) {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        migration.run(&transaction, website)?;
        transaction.execute_batch(&format!("PRAGMA user_version = {}", number + 1))?;
        transaction.commit()?;
    }
    Ok(())
}
