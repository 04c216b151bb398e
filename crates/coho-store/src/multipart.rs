//! Multipart uploads: parts are blobs from the start, so that a completion copies nothing.

use crate::{AnnouncedBody, BodySource, MAX_BODY_BYTES, Store, StoreError, ingest::Ingest, new_upload_id};
use coho_meta::MetaError;
use coho_model::{
    Body, BucketRecord, CompleteUpload, ETag, ObjectAcl, ObjectHeaders, ObjectKey, ObjectRecord, PartRecord, Refusal,
    StorageClass, UploadChange, UploadId, UploadRecord,
};
use std::sync::Arc;

/// A part to be written.
#[derive(Debug, Clone)]
pub struct NewPart {
    /// The object's key.
    pub key: ObjectKey,
    /// The upload.
    pub upload: UploadId,
    /// Its number, from 1.
    pub number: u16,
    /// What the client announces of the body.
    pub expected: AnnouncedBody,
}

impl Store {
    /// InitiateMultipartUpload.
    pub async fn begin_upload(
        &self,
        bucket: &BucketRecord,
        key: &ObjectKey,
        headers: ObjectHeaders,
        acl: ObjectAcl,
        storage_class: StorageClass,
        forbid_overwrite: bool,
    ) -> Result<UploadId, StoreError> {
        self.admit_inline(0).await?;
        let (id, initiated) = (new_upload_id(), self.now());
        let upload = UploadRecord { id, key: key.clone(), initiated, headers, acl, storage_class, forbid_overwrite };
        self.noted(self.meta.change_upload(bucket.id, key, id, UploadChange::Begin(upload), initiated).await)?;
        Ok(id)
    }

    /// UploadPart, and UploadPartCopy with the source's bytes.
    pub async fn put_part(
        self: &Arc<Self>,
        bucket: &Arc<BucketRecord>,
        part: NewPart,
        source: &mut dyn BodySource,
    ) -> Result<PartRecord, StoreError> {
        // Checked before the body is read, so that no client uploads gigabytes to learn this.
        if self.meta.upload(bucket.id, &part.key, part.upload).await?.is_none() {
            return Err(StoreError::Refused(Refusal::NoSuchUpload));
        }
        let mut ingest = Ingest::new(self, part.expected.length, 0, MAX_BODY_BYTES);
        ingest.take_all(source).await?;
        let (store, bucket) = (self.clone(), bucket.clone());
        Self::to_the_end(async move {
            let (body, digests) = ingest.finish(part.expected).await?;
            let extent = match &body {
                Body::Extents(extents) => extents.first().copied(),
                Body::Inline { .. } => None,
            };
            let record = PartRecord {
                number: part.number,
                size: digests.length,
                etag: ETag::simple(digests.md5),
                crc64: digests.crc64,
                modified: store.now(),
                extent,
            };
            let change = UploadChange::PutPart(record.clone());
            let changed = store.meta.change_upload(bucket.id, &part.key, part.upload, change, store.now()).await;
            match store.noted(changed) {
                Ok(_) => Ok(record),
                Err(error) => {
                    if matches!(error, MetaError::Refused(_)) {
                        store.discard_body(&body).await;
                    }
                    Err(error.into())
                }
            }
        })
        .await
    }

    /// CompleteMultipartUpload.
    pub async fn complete_upload(
        &self,
        bucket: &BucketRecord,
        key: &ObjectKey,
        upload: UploadId,
        complete: CompleteUpload,
    ) -> Result<Arc<ObjectRecord>, StoreError> {
        let change = UploadChange::Complete(complete);
        let object = self.noted(self.meta.change_upload(bucket.id, key, upload, change, self.now()).await)?;
        object.ok_or(StoreError::Refused(Refusal::NoSuchUpload))
    }

    /// AbortMultipartUpload.
    pub async fn abort_upload(
        &self,
        bucket: &BucketRecord,
        key: &ObjectKey,
        upload: UploadId,
    ) -> Result<(), StoreError> {
        self.noted(self.meta.change_upload(bucket.id, key, upload, UploadChange::Abort, self.now()).await)?;
        Ok(())
    }
}
