//! The MD5 of what a sequential upload becomes. MD5s of parts cannot be joined, so the parts are read once more.

use crate::{Store, StoreError, digest::BodyHasher};
use coho_blob::BlobError;
use coho_model::{
    BucketRecord, ByteRange, CompleteUpload, KeyFound, ListedPart, MAX_PART_NUMBER, ObjectKey, ObjectRecord,
    PartRecord, Refusal, Row, UploadChange, UploadFound, UploadId,
};
use std::{io, sync::Arc};

impl Store {
    /// The completion with the MD5 of its object, if the upload is sequential. What can be refused is refused before the
    /// parts are read.
    pub(super) async fn with_whole_md5(
        &self,
        bucket: &BucketRecord,
        key: &ObjectKey,
        id: UploadId,
        complete: CompleteUpload,
    ) -> Result<CompleteUpload, StoreError> {
        let Some(upload) = self.meta.upload(bucket.id, key, id).await?.filter(|upload| upload.is_sequential) else {
            return Ok(complete);
        };
        let parts = self.meta.list_parts(bucket.id, id, 0, MAX_PART_NUMBER.into()).await?.parts;
        let there = self.meta.object(bucket.id, key).await?;
        // Which version it becomes is decided when it is written.
        let key_found = KeyFound { bucket: Some(bucket.versioning()), object: there.as_deref(), history: None };
        let found = UploadFound { key: key_found, upload: Some(&upload), parts: &parts };
        let effects = UploadChange::Complete(complete.clone()).apply(key, found).map_err(StoreError::Refused)?;
        let Row::Write(object) = effects.object else { return Ok(complete) };
        let whole_md5 = match self.stored_md5(object).await {
            Ok(md5) => Some(md5),
            // Its parts may be gone because another request ended the upload meanwhile.
            Err(_) if self.meta.upload(bucket.id, key, id).await?.is_none() => {
                return Err(StoreError::Refused(Refusal::NoSuchUpload));
            }
            Err(error) => return Err(error),
        };
        // "All parts" are those that were read: one that arrives meanwhile is not in the MD5.
        let listed = |part: &PartRecord| ListedPart { number: part.number, etag: Some(part.etag) };
        let parts = complete.parts.unwrap_or_else(|| parts.iter().map(listed).collect());
        Ok(CompleteUpload { parts: Some(parts), whole_md5, ..complete })
    }

    /// Reads an object's bytes, a piece at a time.
    async fn stored_md5(&self, object: Arc<ObjectRecord>) -> Result<[u8; 16], StoreError> {
        let mut reader = self.read_object(object.clone(), ByteRange { start: 0, end: object.size }).await?;
        let hasher = BodyHasher::new(self.hash_pool.clone());
        while let Some(bytes) = reader.read().await? {
            hasher.update(bytes).await?;
        }
        let digests = hasher.finish().await?;
        if digests.crc64 != object.crc64 {
            let source = io::Error::new(io::ErrorKind::InvalidData, "crc64 is not the recorded one");
            return Err(StoreError::Damaged(BlobError::Io { operation: "reading the parts of an upload", source }));
        }
        Ok(digests.md5)
    }
}
