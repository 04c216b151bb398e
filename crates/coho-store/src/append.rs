//! AppendObject and SealAppendObject.
//!
//! Every append is a blob of its own, never an inline body: what is appended to is read and extended more often than a small object.
//! After an append the last blobs of the object are merged when [`tail_to_merge`] says so, before the client is answered, so that
//! it cannot append faster than its bytes are merged. The object does not change by that, and a merge that fails is tried again
//! after a later append.

use crate::{AnnouncedBody, BodyError, BodySource, MAX_BODY_BYTES, Store, StoreError, ingest::Ingest};
use coho_meta::MetaError;
use coho_model::{
    Body, BucketRecord, ByteRange, ETag, Extent, KeyChange, ObjectAcl, ObjectAttributes, ObjectHeaders, ObjectKey,
    ObjectRecord, ObjectType, ObjectVersion, Refusal, SseAlgorithm, StorageClass, admit_append, tail_to_merge,
};
use std::sync::Arc;

/// Bytes to be appended, and what the object has if they make it.
#[derive(Debug, Clone)]
pub struct AppendObject {
    /// The object's key.
    pub key: ObjectKey,
    /// The length that the object must have.
    pub position: u64,
    /// Headers that reads of a new object return.
    pub headers: ObjectHeaders,
    /// The ACL, if one is named; an existing object keeps its own otherwise.
    pub acl: Option<ObjectAcl>,
    /// What few objects have.
    pub attributes: Option<Arc<ObjectAttributes>>,
    /// How the bytes of a new object are to be encrypted; what is added to an existing one is as the bytes before it.
    pub encryption: Option<SseAlgorithm>,
    /// The storage class of a new object.
    pub storage_class: StorageClass,
    /// Refuse if the key has an object.
    pub forbid_overwrite: bool,
    /// What the client announces of the added bytes.
    pub expected: AnnouncedBody,
}

impl Store {
    /// AppendObject: takes the bytes, makes them durable and then visible, all or nothing. Gives the object as it is then.
    pub async fn append_object(
        self: &Arc<Self>,
        bucket: &Arc<BucketRecord>,
        append: AppendObject,
        source: &mut dyn BodySource,
    ) -> Result<Arc<ObjectRecord>, StoreError> {
        let old = self.admitted(bucket, &append).await?;
        let room = MAX_BODY_BYTES.saturating_sub(append.position);
        let (attributes, data_key) = match &old {
            Some(old) => self.encrypted_like(old, append.attributes)?,
            None => self.encrypted(append.attributes, append.encryption).await?,
        };
        let mut ingest = Ingest::new(self, append.expected.length, 0, room, data_key.clone());
        ingest.take_all(source).await.map_err(at_the_limit_of_objects)?;
        let (store, bucket) = (self.clone(), bucket.clone());
        Self::to_the_end(async move {
            let (body, digests) = ingest.finish(append.expected).await?;
            let (sealing, attributes) = store.sealed_now(attributes, data_key.as_ref()).await?;
            let added = Arc::new(ObjectRecord {
                size: digests.length,
                etag: ETag::simple(digests.md5),
                crc64: digests.crc64,
                whole_md5: None,
                object_type: ObjectType::Appendable,
                storage_class: append.storage_class,
                acl: append.acl.unwrap_or_default(),
                modified: store.now(),
                headers: append.headers,
                mirrored_from: None,
                attributes,
                version: ObjectVersion::default(),
                body,
            });
            let (position, forbid_overwrite) = (append.position, append.forbid_overwrite);
            let change = KeyChange::Append { position, added: added.clone(), acl: append.acl, forbid_overwrite };
            let object = store.publish(&bucket, &append.key, change, &added).await?;
            drop(sealing);
            store.merge_tail(&bucket, &append.key, &object).await;
            Ok(object)
        })
        .await
    }

    /// The object that is appended to. What the change would refuse is refused here already, in the same order, so that no client uploads gigabytes
    /// to learn it.
    async fn admitted(
        &self,
        bucket: &BucketRecord,
        append: &AppendObject,
    ) -> Result<Option<Arc<ObjectRecord>>, StoreError> {
        let refused = |refusal| Err(StoreError::Refused(refusal));
        let old = self.object(bucket, &append.key).await?;
        admit_append(old.as_deref(), append.position).map_err(StoreError::Refused)?;
        if append.forbid_overwrite && old.is_some() && !bucket.versioning().is_versioned() {
            return refused(Refusal::AlreadyExists(append.key.clone()));
        }
        if old.is_none() && self.current_marker(bucket, &append.key).await?.is_some() {
            return refused(Refusal::ObjectNotAppendable);
        }
        Ok(old)
    }

    /// SealAppendObject: gives the sealed object.
    pub async fn seal_object(
        &self,
        bucket: &BucketRecord,
        key: &ObjectKey,
        position: u64,
    ) -> Result<Arc<ObjectRecord>, StoreError> {
        let (at, gone) = (self.now(), || StoreError::Refused(Refusal::NoSuchKey(key.clone())));
        let sealed = self.meta.change_key(bucket.id, key, KeyChange::Seal { position, at }, at).await;
        self.noted(sealed)?.ok_or_else(gone)
    }

    /// Merges the last extents of an object if that is due. The object stays as it is if it fails.
    async fn merge_tail(self: &Arc<Self>, bucket: &BucketRecord, key: &ObjectKey, object: &Arc<ObjectRecord>) {
        let Body::Extents(extents) = &object.body else { return };
        let Some(run) = tail_to_merge(extents) else { return };
        let length = |extents: &[Extent]| extents.iter().map(|extent| extent.length).sum::<u64>();
        let start = length(&extents[..run.start]);
        let range = ByteRange { start, end: start + length(&extents[run.clone()]) };
        let merged = self.merge(bucket, key, object, range, (run.start, extents[run].into())).await;
        if let Err(error) = merged {
            let key = key.as_str();
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                key,
                "merging extents failed; a later append tries it again"
            );
        }
    }

    async fn merge(
        self: &Arc<Self>,
        bucket: &BucketRecord,
        key: &ObjectKey,
        object: &Arc<ObjectRecord>,
        range: ByteRange,
        (from, run): (usize, Arc<[Extent]>),
    ) -> Result<(), StoreError> {
        let mut bytes = self.copy_source(object.clone(), range, None).await?;
        let data_key = self.data_key(object.attributes.as_deref())?;
        let mut ingest = Ingest::new(self, Some(range.length()), 0, u64::MAX, data_key);
        ingest.take_all(&mut bytes).await?;
        let (body, _) = ingest.finish(AnnouncedBody::default()).await?;
        let Body::Extents(copy) = &body else { return Ok(()) };
        let Some(merged) = copy.first().copied() else { return Ok(()) };
        let change = KeyChange::Merge { from, run, merged };
        match self.noted(self.meta.change_key(bucket.id, key, change, self.now()).await) {
            Ok(_) => Ok(()),
            // The object was written meanwhile.
            Err(MetaError::Refused(_)) => {
                self.discard_body(&body).await;
                Ok(())
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// The limit of the body is what the object has room for; the error names that of the object.
fn at_the_limit_of_objects(error: StoreError) -> StoreError {
    match error {
        StoreError::Body(BodyError::TooLarge { .. }) => BodyError::TooLarge { limit: MAX_BODY_BYTES }.into(),
        other => other,
    }
}
