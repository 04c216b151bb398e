//! What can go wrong in a metadata engine, by what the caller can do about it.

use coho_model::Refusal;

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
    /// The log could not be synced, so what it holds is unknown. The engine takes no more writes until it is opened again.
    #[error("metadata engine is read-only after a failed sync")]
    ReadOnly,
    /// The engine is closed or closing.
    #[error("metadata engine is closed")]
    Closed,
    /// The object was filled and is not settled yet; the change would make its record durable and not its bytes. Settle it
    /// first. Only changes that keep the bytes of an object get this.
    #[error("object is not settled yet")]
    Unsettled,
    /// Anything else: look into the log.
    #[error("metadata engine failed during {operation}")]
    Engine {
        /// What it was doing.
        operation: &'static str,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}
