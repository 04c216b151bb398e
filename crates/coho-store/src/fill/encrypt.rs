//! Encrypting what was fetched, if the bucket wants it.
//!
//! Readers follow the bytes while they arrive, so these are in a file until the body is whole, encrypted by a key of this process. Then they
//! are written once more, in frames by a key of their object, and that file is removed: a crash leaves a file that the search for orphans
//! removes.

use super::{Fill, Finished};
use crate::{AnnouncedBody, BodyError, BodySource, StoreError, ingest::Ingest};
use async_trait::async_trait;
use bytes::Bytes;
use coho_blob::{GrowingBlob, LocalFile};
use coho_crypt::{DataKey, FrameCipher};
use coho_model::{Body, ObjectEncryption, SseAlgorithm};
use std::sync::Arc;

/// Bytes that are read from the growing file at a time.
const PLAIN_PIECE_BYTES: u64 = 256 * 1024;

/// The plain bytes of the growing file.
struct PlainFile {
    file: Arc<dyn LocalFile>,
    at: u64,
    length: u64,
}

#[async_trait]
impl BodySource for PlainFile {
    async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        let left = self.length - self.at;
        if left == 0 {
            return Ok(None);
        }
        let read = self.file.read(self.at, left.min(PLAIN_PIECE_BYTES) as usize).await;
        let bytes = read.map_err(|error| BodyError::Source(Box::new(error.into())))?;
        self.at += bytes.len() as u64;
        Ok(Some(bytes))
    }
}

impl Fill {
    async fn new_key(&mut self) -> Result<DataKey, StoreError> {
        let (key, sealed) = self.store.new_data_key().await?;
        self.encryption = Some(ObjectEncryption { algorithm: SseAlgorithm::Aes256, key: sealed });
        self.data_key = Some(Box::new(key.clone()));
        Ok(key)
    }

    /// The body in a blob of its own, which is durable.
    pub(super) async fn encrypted_copy(&mut self, mut growing: Box<dyn GrowingBlob>) -> Result<Finished, StoreError> {
        let key = self.new_key().await?;
        // It waits for the pieces that are still being written.
        growing.absorb(self.taken).await?;
        let mut source = PlainFile { file: growing.file(), at: 0, length: self.taken };
        let mut ingest = Ingest::new(&self.store, Some(self.taken), 0, u64::MAX, Some(key));
        ingest.take_all(&mut source).await?;
        let expected = AnnouncedBody { crc64: Some(self.digest.crc64()), ..AnnouncedBody::default() };
        let (body, _) = ingest.finish(expected).await?;
        growing.discard().await;
        Ok((body, None))
    }

    /// The inline body.
    pub(super) async fn encrypted_inline(&mut self, plain: Body) -> Result<Body, StoreError> {
        let Body::Inline { blob, bytes } = plain else { return Ok(plain) };
        let key = self.new_key().await?;
        self.store.encryption_counters.sealed(bytes.len());
        Ok(Body::Inline { blob, bytes: FrameCipher::new(&key, blob)?.seal_all(&bytes)? })
    }
}
