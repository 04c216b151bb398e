//! What can go wrong in a metadata engine, by what the caller can do about it.

use coho_model::{ObjectRecord, Refusal};
use std::sync::Arc;

/// The failure of a metadata operation. Nothing was written, unless the engine failed during a commit:
/// then it is unknown, as after a lost answer.
#[derive(Debug, thiserror::Error)]
pub enum MetaError {
    /// The change's own rules refuse it.
    #[error("change refused")]
    Refused(#[from] Refusal),
    /// The disk is full. Reads and deletes go on; try again when there is room.
    #[error("no space for metadata")]
    Full,
    /// The log could not be synced, so its content is unknown. The engine takes no more writes until it is opened again.
    #[error("metadata engine is read-only after a failed sync")]
    ReadOnly,
    /// The engine is closed or closing.
    #[error("metadata engine is closed")]
    Closed,
    /// The object is published and not durable; the change would make its record durable and not its bytes. Persist it
    /// first. Only changes that keep the bytes of an object fail so.
    #[error("object is not durable yet")]
    Unpersisted,
    /// The inline bytes of an object are gone, or are other ones than were written. Only a read of the object, and a
    /// change that keeps its bytes, fail so.
    #[error("inline body is damaged")]
    DamagedBody {
        /// Its record, without bytes.
        record: Arc<ObjectRecord>,
        /// The cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Any other failure; the log has details.
    #[error("metadata engine failed during {operation}")]
    Engine {
        /// The operation that failed.
        operation: &'static str,
        /// The cause.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
