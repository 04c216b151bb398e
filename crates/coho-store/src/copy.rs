//! CopyObject, and the reading side of UploadPartCopy.

use crate::{
    AnnouncedBody, BodyError, BodySource, MAX_BODY_BYTES, Store, StoreError, StoredReader, TokenBucket, ingest::Ingest,
    random_u64,
};
use async_trait::async_trait;
use bytes::Bytes;
use coho_blob::BlobError;
use coho_model::{
    BucketRecord, ByteRange, ETag, KeyChange, ObjectAcl, ObjectAttributes, ObjectHeaders, ObjectKey, ObjectRecord,
    ObjectType, ObjectVersion, Refusal, SseAlgorithm, StorageClass, TagSet,
};
use std::{io, sync::Arc, time::Instant};

/// Tries of a rewrite whose object another client writes meanwhile.
const REWRITE_TRIES: usize = 8;

/// What a copy takes from the request instead of its source.
#[derive(Debug, Clone, Default)]
pub struct Replaced {
    /// New headers (`x-oss-metadata-directive: REPLACE`); `None` keeps the source's.
    pub headers: Option<ObjectHeaders>,
    /// The copy's storage class, if one was named.
    pub storage_class: Option<StorageClass>,
    /// The copy's ACL, if one was named.
    pub acl: Option<ObjectAcl>,
    /// New tags (`x-oss-tagging-directive: Replace`); `None` keeps the source's.
    pub tags: Option<TagSet>,
    /// How the bytes of the copy are to be encrypted. In a copy onto itself without versioning the bytes stay as they are.
    pub encryption: Option<SseAlgorithm>,
    /// How many bytes are copied in a second at most.
    pub bytes_per_second: Option<u64>,
}

/// The bytes of an object as the body of another write.
#[derive(Debug)]
pub struct CopySource {
    reader: StoredReader,
    pace: Option<TokenBucket>,
}

#[async_trait]
impl BodySource for CopySource {
    async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        let read = self.reader.read().await.map_err(|error| BodyError::Source(Box::new(error)))?;
        if let (Some(pace), Some(bytes)) = (&mut self.pace, &read) {
            let wait = pace.take(bytes.len() as u64, Instant::now());
            tokio::time::sleep(wait).await;
        }
        Ok(read)
    }
}

/// Bytes that do not have the recorded CRC-64 are damaged: not the client's fault.
fn damaged_source(error: StoreError) -> StoreError {
    match error {
        StoreError::Crc64Mismatch => {
            let source = io::Error::new(io::ErrorKind::InvalidData, "crc64 is not the recorded one");
            StoreError::Damaged(BlobError::Io { operation: "reading bytes to copy", source })
        }
        other => other,
    }
}

/// The attributes of a copy, whose bytes are encrypted by a key of its own or not at all.
fn copied_attributes(source: &ObjectRecord, tags: Option<TagSet>) -> Option<Arc<ObjectAttributes>> {
    let of_source = || source.attributes.as_ref().map_or_else(TagSet::default, |attributes| attributes.tags.clone());
    // A link stays one.
    let symlink_target = source.symlink_target().map(Into::into);
    let tags = tags.unwrap_or_else(of_source);
    ObjectAttributes { tags, symlink_target, ..ObjectAttributes::default() }.into_record()
}

impl Store {
    /// The bytes of an object, to be written elsewhere.
    /// `bytes_per_second` is how fast they are read at most.
    pub async fn copy_source(
        &self,
        record: Arc<ObjectRecord>,
        range: ByteRange,
        bytes_per_second: Option<u64>,
    ) -> Result<CopySource, StoreError> {
        let reader = self.read_object(record, range).await?;
        let pace = bytes_per_second.map(|rate| TokenBucket::without_burst(rate, Instant::now()));
        Ok(CopySource { reader, pace })
    }

    /// Copies an object to another key, or an old version onto its own, bytes and all.
    pub async fn copy_object(
        self: &Arc<Self>,
        source: Arc<ObjectRecord>,
        bucket: &Arc<BucketRecord>,
        key: &ObjectKey,
        replaced: Replaced,
        forbid_overwrite: bool,
    ) -> Result<Arc<ObjectRecord>, StoreError> {
        let whole = ByteRange { start: 0, end: source.size };
        let mut bytes = self.copy_source(source.clone(), whole, replaced.bytes_per_second).await?;
        let (attributes, data_key) =
            self.encrypted(copied_attributes(&source, replaced.tags), replaced.encryption).await?;
        let mut ingest = Ingest::new(self, Some(source.size), self.options.inline_bytes, u64::MAX, data_key.clone());
        ingest.take_all(&mut bytes).await?;
        let (store, bucket, key) = (self.clone(), bucket.clone(), key.clone());
        Self::to_the_end(async move {
            let expected = AnnouncedBody { crc64: Some(source.crc64), ..AnnouncedBody::default() };
            let (body, digests) = ingest.finish(expected).await.map_err(damaged_source)?;
            let (_sealing, attributes) = store.sealed_now(attributes, data_key.as_ref()).await?;
            let is_link = source.object_type == ObjectType::Symlink;
            let object = Arc::new(ObjectRecord {
                size: digests.length,
                etag: if is_link { source.etag } else { ETag::simple(digests.md5) },
                crc64: digests.crc64,
                whole_md5: None,
                object_type: if is_link { ObjectType::Symlink } else { ObjectType::Normal },
                storage_class: replaced.storage_class.unwrap_or(bucket.storage_class),
                acl: replaced.acl.unwrap_or_default(),
                modified: store.now(),
                headers: replaced.headers.unwrap_or_else(|| source.headers.clone()),
                mirrored_from: None,
                attributes,
                version: ObjectVersion::default(),
                body,
            });
            let change = KeyChange::Put { object: object.clone(), forbid_overwrite, seed: random_u64() };
            store.publish(&bucket, &key, change, &object).await
        })
        .await
    }

    /// Copies an object onto itself in a bucket without versioning: new headers for the same bytes, which keep their provenance.
    pub async fn rewrite_object(
        &self,
        bucket: &BucketRecord,
        key: &ObjectKey,
        mut seen: Arc<ObjectRecord>,
        replaced: Replaced,
    ) -> Result<Arc<ObjectRecord>, StoreError> {
        for _ in 0..REWRITE_TRIES {
            let change = KeyChange::Rewrite {
                seen: seen.body.clone(),
                headers: replaced.headers.clone().unwrap_or_else(|| seen.headers.clone()),
                storage_class: replaced.storage_class,
                acl: replaced.acl,
                tags: replaced.tags.clone(),
                modified: self.now(),
            };
            let gone = || StoreError::Refused(Refusal::NoSuchKey(key.clone()));
            let (now, change) = (self.now(), || change.clone());
            let rewrite = || async { self.noted(self.meta.change_key(bucket.id, key, change(), now).await) };
            match self.change_durable(rewrite).await {
                Ok(record) => return record.ok_or_else(gone),
                Err(StoreError::Refused(Refusal::Overtaken)) => {
                    seen = self.object(bucket, key).await?.ok_or_else(gone)?;
                }
                Err(error) => return Err(error),
            }
        }
        Err(StoreError::Refused(Refusal::Overtaken))
    }

    /// Most bytes of an object that CopyObject copies to another key; larger ones are copied in parts.
    pub const MAX_COPY_BYTES: u64 = MAX_BODY_BYTES;
}
