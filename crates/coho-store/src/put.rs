//! PutObject and PutSymlink.

use crate::{
    AnnouncedBody, BodySource, MAX_BODY_BYTES, Store, StoreError,
    ingest::{Ingest, md5},
    random_u64,
};
use coho_meta::MetaError;
use coho_model::{
    Body, BucketRecord, Crc64, ETag, KeyChange, ObjectAcl, ObjectAttributes, ObjectHeaders, ObjectKey, ObjectRecord,
    ObjectType, ObjectVersion, SseAlgorithm, StorageClass, TagSet,
};
use std::sync::Arc;

/// An object to be written.
#[derive(Debug, Clone)]
pub struct PutObject {
    /// Its key.
    pub key: ObjectKey,
    /// Headers that reads return.
    pub headers: ObjectHeaders,
    /// Its ACL.
    pub acl: ObjectAcl,
    /// What few objects have.
    pub attributes: Option<Arc<ObjectAttributes>>,
    /// How its bytes are to be encrypted.
    pub encryption: Option<SseAlgorithm>,
    /// Its storage class, which is a label only.
    pub storage_class: StorageClass,
    /// Refuse if the key has an object.
    pub forbid_overwrite: bool,
    /// What the client announces of the body.
    pub expected: AnnouncedBody,
}

/// A symbolic link to be written.
#[derive(Debug, Clone)]
pub struct NewSymlink {
    /// Its key.
    pub key: ObjectKey,
    /// The key that it names; no such object need exist.
    pub target: ObjectKey,
    /// Headers that reads return.
    pub headers: ObjectHeaders,
    /// Its ACL.
    pub acl: ObjectAcl,
    /// Its tags.
    pub tags: TagSet,
    /// Its storage class.
    pub storage_class: StorageClass,
    /// Refuse if the key has an object.
    pub forbid_overwrite: bool,
}

impl Store {
    /// PutSymlink: an object without bytes, whose entity tag is the MD5 of its target's key.
    pub async fn put_symlink(&self, bucket: &BucketRecord, link: NewSymlink) -> Result<Arc<ObjectRecord>, StoreError> {
        self.admit_inline(0).await?;
        let NewSymlink { key, target, headers, acl, tags, storage_class, forbid_overwrite } = link;
        let symlink_target = Some(target.as_str().into());
        let object = Arc::new(ObjectRecord {
            size: 0,
            etag: ETag::simple(md5(target.as_str().as_bytes())),
            crc64: Crc64(0),
            whole_md5: None,
            object_type: ObjectType::Symlink,
            storage_class,
            acl,
            modified: self.now(),
            headers,
            mirrored_from: None,
            attributes: ObjectAttributes { tags, symlink_target, ..ObjectAttributes::default() }.into_record(),
            version: ObjectVersion::default(),
            body: Body::empty(),
        });
        let change = KeyChange::Put { object: object.clone(), forbid_overwrite, seed: random_u64() };
        self.publish(bucket, &key, change, &object).await
    }

    /// Takes the body, makes it durable and then visible, all or nothing.
    pub async fn put_object(
        self: &Arc<Self>,
        bucket: &Arc<BucketRecord>,
        put: PutObject,
        source: &mut dyn BodySource,
    ) -> Result<Arc<ObjectRecord>, StoreError> {
        let (attributes, key) = self.encrypted(put.attributes, put.encryption).await?;
        let mut ingest = Ingest::new(self, put.expected.length, self.options.inline_bytes, MAX_BODY_BYTES, key.clone());
        ingest.take_all(source).await?;
        let (store, bucket) = (self.clone(), bucket.clone());
        Self::to_the_end(async move {
            let (body, digests) = ingest.finish(put.expected).await?;
            let (_sealing, attributes) = store.sealed_now(attributes, key.as_ref()).await?;
            let object = Arc::new(ObjectRecord {
                size: digests.length,
                etag: ETag::simple(digests.md5),
                crc64: digests.crc64,
                whole_md5: None,
                object_type: ObjectType::Normal,
                storage_class: put.storage_class,
                acl: put.acl,
                modified: store.now(),
                headers: put.headers,
                mirrored_from: None,
                attributes,
                version: ObjectVersion::default(),
                body,
            });
            let forbid_overwrite = put.forbid_overwrite;
            let change = KeyChange::Put { object: object.clone(), forbid_overwrite, seed: random_u64() };
            store.publish(&bucket, &put.key, change, &object).await
        })
        .await
    }

    /// Makes the change that names new bytes, those of `object`. If it is refused, they are removed. Gives the object as it is then.
    pub(crate) async fn publish(
        &self,
        bucket: &BucketRecord,
        key: &ObjectKey,
        change: KeyChange,
        object: &Arc<ObjectRecord>,
    ) -> Result<Arc<ObjectRecord>, StoreError> {
        match self.noted(self.meta.change_key(bucket.id, key, change, self.now()).await) {
            Ok(written) => {
                let written = written.unwrap_or_else(|| object.clone());
                self.version_counters.count_written(&written);
                Ok(written)
            }
            Err(error) => {
                // Only a refusal is sure to have written nothing. After any other failure the change may yet be found
                // in the log, so its bytes stay; if nothing names them, the orphan search removes them.
                if matches!(error, MetaError::Refused(_)) {
                    self.discard_body(&object.body).await;
                }
                Err(error.into())
            }
        }
    }
}
