//! Multipart uploads: parts are blobs from the start, so that a completion copies nothing.

use crate::{AnnouncedBody, BodySource, MAX_BODY_BYTES, Store, StoreError, ingest::Ingest, new_upload_id};
use coho_meta::MetaError;
use coho_model::{
    Body, BucketRecord, CompleteUpload, ETag, ObjectAcl, ObjectAttributes, ObjectHeaders, ObjectKey, ObjectRecord,
    PartRecord, Refusal, SseAlgorithm, StorageClass, UploadChange, UploadId, UploadRecord,
};
use std::sync::Arc;

mod whole_md5;

/// What a new upload's object will have.
#[derive(Debug, Clone)]
pub struct NewUpload {
    /// The object's key.
    pub key: ObjectKey,
    /// Its headers.
    pub headers: ObjectHeaders,
    /// Its ACL.
    pub acl: ObjectAcl,
    /// What few objects have.
    pub attributes: Option<Arc<ObjectAttributes>>,
    /// How its bytes are to be encrypted.
    pub encryption: Option<SseAlgorithm>,
    /// Its storage class.
    pub storage_class: StorageClass,
    /// Whether completion is refused if the object exists by then.
    pub forbid_overwrite: bool,
    /// Whether parts are taken in order only.
    pub is_sequential: bool,
}

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

/// A part that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrittenPart {
    /// Its record.
    pub part: PartRecord,
    /// How its bytes are encrypted, as all of the upload.
    pub encryption: Option<SseAlgorithm>,
}

impl Store {
    /// InitiateMultipartUpload.
    pub async fn begin_upload(&self, bucket: &BucketRecord, upload: NewUpload) -> Result<UploadId, StoreError> {
        self.admit_inline(0).await?;
        let (id, initiated) = (new_upload_id(), self.now());
        let NewUpload { key, headers, acl, attributes, encryption, storage_class, forbid_overwrite, is_sequential } =
            upload;
        // The parts are encrypted by the key of their upload, which becomes that of the object.
        let (attributes, key_of_parts) = self.encrypted(attributes, encryption).await?;
        let (_sealing, attributes) = self.sealed_now(attributes, key_of_parts.as_ref()).await?;
        let upload = UploadRecord {
            id,
            key: key.clone(),
            initiated,
            headers,
            acl,
            storage_class,
            forbid_overwrite,
            is_sequential,
            attributes,
        };
        self.noted(self.meta.change_upload(bucket.id, &key, id, UploadChange::Begin(upload), initiated).await)?;
        Ok(id)
    }

    /// UploadPart, and UploadPartCopy with the source's bytes.
    pub async fn put_part(
        self: &Arc<Self>,
        bucket: &Arc<BucketRecord>,
        part: NewPart,
        source: &mut dyn BodySource,
    ) -> Result<WrittenPart, StoreError> {
        let upload = self.admit_part(bucket, &part).await?;
        let data_key = self.data_key(upload.attributes.as_deref())?;
        let encryption = upload.attributes.as_deref().and_then(|attributes| attributes.encryption.as_deref());
        let encryption = encryption.map(|encryption| encryption.algorithm);
        let mut ingest = Ingest::new(self, part.expected.length, 0, MAX_BODY_BYTES, data_key);
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
                Ok(_) => Ok(WrittenPart { part: record, encryption }),
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

    /// Refuses a part before its body is read, so that no client uploads gigabytes to learn this.
    async fn admit_part(&self, bucket: &BucketRecord, part: &NewPart) -> Result<UploadRecord, StoreError> {
        let upload = self.meta.upload(bucket.id, &part.key, part.upload).await?;
        let upload = upload.ok_or(StoreError::Refused(Refusal::NoSuchUpload))?;
        if upload.is_sequential {
            let two_before = part.number.saturating_sub(2);
            let there = self.meta.list_parts(bucket.id, part.upload, two_before, 2).await?.parts;
            upload.admit_part(part.number, &there).map_err(StoreError::Refused)?;
        }
        Ok(upload)
    }

    /// CompleteMultipartUpload. The parts of a sequential upload are read for the MD5 of the whole.
    pub async fn complete_upload(
        &self,
        bucket: &BucketRecord,
        key: &ObjectKey,
        upload: UploadId,
        complete: CompleteUpload,
    ) -> Result<Arc<ObjectRecord>, StoreError> {
        let complete = self.with_whole_md5(bucket, key, upload, complete).await?;
        let change = UploadChange::Complete(complete);
        let object = self.noted(self.meta.change_upload(bucket.id, key, upload, change, self.now()).await)?;
        let object = object.ok_or(StoreError::Refused(Refusal::NoSuchUpload))?;
        self.version_counters.count_written(&object);
        Ok(object)
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
