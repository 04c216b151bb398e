//! The change that writes the row of a published object.

use crate::{BucketId, Effects, KeyFound, ObjectKey, ObjectRecord, Refusal};
use std::sync::Arc;

/// Writes the row of an object that a fill has published.
///
/// It only ever creates a row, of the version `null` before all others. A row under the key belongs to a client's write, or to a fill whose caller did not look
/// before it published; both stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PersistFill {
    /// The bucket.
    pub bucket: BucketId,
    /// The key.
    pub key: ObjectKey,
    /// The published record.
    pub object: Arc<ObjectRecord>,
}

impl PersistFill {
    /// Decides what the change writes.
    pub fn apply(&self, found: KeyFound<'_>) -> Result<Effects, Refusal> {
        if found.bucket.is_none() {
            return Err(Refusal::NoSuchBucket);
        }
        // A bucket that fetches has no versions. One that has begun to keep them since has those of clients.
        if found.object.is_some() || found.history.is_some_and(|history| !history.newest.is_empty()) {
            return Err(Refusal::Overtaken);
        }
        let mut effects = Effects::default();
        effects.replace_object(None, Some(self.object.clone()));
        Ok(effects)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        BlobId, Body, Crc64, ETag, ObjectAcl, ObjectHeaders, ObjectType, Row, StatDelta, StorageClass, Timestamp,
        Versioning,
    };

    #[test]
    fn a_row_is_created_where_the_bucket_exists_and_the_key_is_free() {
        let object = Arc::new(ObjectRecord {
            size: 3,
            etag: ETag::simple([0; 16]),
            crc64: Crc64(0),
            whole_md5: None,
            object_type: ObjectType::Normal,
            storage_class: StorageClass::Standard,
            acl: ObjectAcl::Default,
            modified: Timestamp::from_unix_ms(0),
            headers: ObjectHeaders::new(),
            mirrored_from: None,
            attributes: None,
            version: crate::ObjectVersion::default(),
            body: Body::Inline { blob: BlobId(1), bytes: bytes::Bytes::from_static(b"abc") },
        });
        let key = ObjectKey::parse("k").unwrap();
        let persist = PersistFill { bucket: BucketId(1), key, object: object.clone() };
        let created = Effects {
            object: Row::Write(object.clone()),
            stat: StatDelta { objects: 1, bytes: 3, ..StatDelta::default() },
            ..Effects::default()
        };
        for (bucket_exists, row, expected) in [
            (true, None, Ok(created)),
            (true, Some(&*object), Err(Refusal::Overtaken)),
            (false, None, Err(Refusal::NoSuchBucket)),
            (false, Some(&*object), Err(Refusal::NoSuchBucket)),
        ] {
            assert_eq!(
                persist.apply(KeyFound {
                    bucket: bucket_exists.then_some(Versioning::Off),
                    object: row,
                    history: None
                }),
                expected
            );
        }
    }
}
