//! The port of fills: tokens, and objects that are visible before they are durable.

use crate::{MetaError, MetaStore};
use async_trait::async_trait;
use coho_model::{BucketId, FillToken, ObjectKey, PersistFill, Timestamp};

/// A metadata store that fills go through.
///
/// The life of a fill: [`Self::begin_fill`] gives it the key's token; the caller then looks whether the key has an object;
/// [`Self::publish`] makes the fetched object visible if the fill still holds the token; [`Self::persist`] makes it durable.
///
/// Contract: a client's write always beats a fill that began earlier. After a write was answered, no object that was
/// published with a token from before the answer is visible, also if the write was the deletion of a key without an object.
///
/// Tokens and published objects belong to one process: they need not survive a restart.
#[async_trait]
pub trait FillStore: MetaStore {
    /// Gives the key's token to a new fill and takes it from an older one. The next put, deletion or completion of the key
    /// takes the token away, and so does the deletion of the bucket.
    async fn begin_fill(&self, bucket: BucketId, key: &ObjectKey) -> Result<FillToken, MetaError>;

    /// A counter that changes whenever a write of the key is answered, and sometimes without one. A caller that reads it,
    /// finds no object, begins a fill and reads the same number again need not look a second time.
    async fn key_version(&self, bucket: BucketId, key: &ObjectKey) -> Result<u64, MetaError>;

    /// Whether the fill still holds the token, so that no write of its key was answered since it began.
    async fn holds_token(&self, bucket: BucketId, key: &ObjectKey, token: FillToken) -> Result<bool, MetaError>;

    /// Makes the object of a fill visible. Refused as overtaken if the fill does not hold the token. The caller has looked
    /// after [`Self::begin_fill`] and found no object. Every later read sees the object and every later change finds it;
    /// until [`Self::persist`] a stop of the process loses it.
    async fn publish(&self, fill: PersistFill, token: FillToken) -> Result<(), MetaError>;

    /// Makes published objects durable whose blobs are durable, all or none. Objects that a write has replaced meanwhile are
    /// left out. After an error the others stay published.
    async fn persist(&self, fills: Vec<PersistFill>, at: Timestamp) -> Result<(), MetaError>;

    /// Removes a published object that cannot be persisted; returns whether it was still published.
    async fn withdraw(&self, fill: &PersistFill) -> Result<bool, MetaError>;

    /// Gives the token back, if the fill still holds it. A published fill holds none.
    async fn end_fill(&self, bucket: BucketId, key: &ObjectKey, token: FillToken) -> Result<(), MetaError>;
}
