//! Values to test engines with, and short forms of the changes that every test makes.

use crate::{MetaError, MetaStore};
use bytes::Bytes;
use coho_model::{
    BlobId, Body, BucketAcl, BucketChange, BucketId, BucketName, Crc64, ETag, Extent, Fetched, KeyChange, KeyFound,
    NewBucket, ObjectAcl, ObjectAttributes, ObjectHeaders, ObjectKey, ObjectRecord, ObjectType, ObjectVersion,
    PartRecord, Provenance, Refusal, Restore, Row, StorageClass, TagSet, Timestamp, UploadChange, UploadId,
    UploadRecord, Versioning, WebsiteCondition, WebsiteEdit,
};
use std::{fmt::Debug, sync::Arc};

/// A point in time, some milliseconds after the epoch.
pub fn at(ms: i64) -> Timestamp {
    Timestamp::from_unix_ms(ms)
}

/// A key.
pub fn key(text: &str) -> ObjectKey {
    ObjectKey::parse(text).expect("tests name valid keys")
}

/// A bucket name.
pub fn name(text: &str) -> BucketName {
    BucketName::parse(text).expect("tests name valid buckets")
}

/// A bucket to be made by that owner.
pub fn new_bucket(id: i64, owner: &str) -> BucketChange {
    BucketChange::Create(NewBucket {
        id: BucketId(id),
        owner: owner.into(),
        created: at(1_795_420_800_000),
        acl: Some(BucketAcl::PublicRead),
        storage_class: Some(StorageClass::Ia),
        redundancy: None,
    })
}

/// An edit of a website after which that many versions are kept.
pub fn edit(keep: usize) -> WebsiteEdit {
    WebsiteEdit { author: "author".into(), condition: WebsiteCondition::Any, keep }
}

/// Makes a bucket named after its id.
pub async fn bucket(store: &dyn MetaStore, id: i64) -> BucketId {
    let made = store.change_bucket(&name(&format!("bucket-{id}")), new_bucket(id, "owner"), at(0)).await;
    made.expect("the bucket is made").expect("it has a record").id
}

/// An object whose bytes are in these blobs, ten bytes each.
pub fn stored(blobs: &[u128]) -> Arc<ObjectRecord> {
    let extent = |blob: &u128| Extent { blob: BlobId(*blob), offset: 3, length: 10 };
    let seed = blobs.iter().fold(0u128, |sum, blob| sum.wrapping_add(*blob));
    record(seed, 10 * blobs.len() as u64, Body::Extents(blobs.iter().map(extent).collect()))
}

/// An object whose bytes are in the metadata.
pub fn inline(blob: u128, bytes: &[u8]) -> Arc<ObjectRecord> {
    let body = Body::Inline { blob: BlobId(blob), bytes: Bytes::copy_from_slice(bytes) };
    let object = record(blob, bytes.len() as u64, body);
    // Engines may check what they read.
    Arc::new(ObjectRecord { crc64: Crc64::of(bytes), ..(*object).clone() })
}

fn record(seed: u128, size: u64, body: Body) -> Arc<ObjectRecord> {
    let mut headers = ObjectHeaders::new();
    headers.set("content-type", format!("type/{seed}").as_bytes());
    headers.set("x-oss-meta-latin", b"\xe9t\xe9");
    Arc::new(ObjectRecord {
        size,
        etag: ETag::simple(seed.to_be_bytes()),
        crc64: Crc64(u64::MAX - seed as u64),
        whole_md5: seed.is_multiple_of(3).then(|| (!seed).to_be_bytes()),
        object_type: ObjectType::Normal,
        storage_class: StorageClass::ALL[(seed % 5) as usize],
        acl: ObjectAcl::Default,
        modified: at(1_000 + (seed % 1_000) as i64),
        headers,
        mirrored_from: seed.is_multiple_of(2).then(|| Arc::new(provenance(seed))),
        attributes: seed.is_multiple_of(5).then(|| Arc::new(attributes(seed))),
        version: ObjectVersion::default(),
        body,
    })
}

fn attributes(seed: u128) -> ObjectAttributes {
    let sealed = seed.is_multiple_of(2).then(|| at(seed as i64 % 1_000));
    let symlink_target = seed.is_multiple_of(2).then(|| "target".into());
    let restore = seed.is_multiple_of(3).then(|| Restore { ready: at(seed as i64 % 10), expires: at(1_000) });
    ObjectAttributes { tags: tags(&seed.to_string()), sealed, symlink_target, restore, encryption: None }
}

/// One tag with this value.
pub fn tags(value: &str) -> TagSet {
    TagSet::parse_header(&format!("seed={value}")).expect("a tag")
}

fn provenance(seed: u128) -> Provenance {
    let fetch = seed.is_multiple_of(4).then(|| Fetched {
        at: at(seed as i64 % 1_000),
        rule_number: (seed % 20) as u32,
        etag: Some(format!("\"{seed}\"").into()),
        last_modified: None,
    });
    let rewritten = seed.is_multiple_of(8).then(|| at(99));
    Provenance { url: "http%3a%2f%2forigin%2fkey".into(), fetch, rewritten }
}

/// An object that ten appended bytes in that blob alone make.
pub fn appended(blob: u128) -> Arc<ObjectRecord> {
    let extent = Extent { blob: BlobId(blob), offset: 0, length: 10 };
    let object = record(blob, extent.length, Body::Extents(Arc::from([extent])));
    let (whole_md5, mirrored_from) = (None, None);
    Arc::new(ObjectRecord { object_type: ObjectType::Appendable, whole_md5, mirrored_from, ..(*object).clone() })
}

/// An object of such appends.
pub fn object_of_appends(blobs: &[u128]) -> Arc<ObjectRecord> {
    let mut object: Option<Arc<ObjectRecord>> = None;
    for blob in blobs {
        let position = object.as_ref().map_or(0, |object| object.size);
        let change = KeyChange::Append { position, added: appended(*blob), acl: None, forbid_overwrite: false };
        let effects = change
            .apply(&key("any"), KeyFound { bucket: Some(Versioning::Off), object: object.as_deref(), history: None });
        if let Row::Write(written) = effects.expect("it fits").object {
            object = Some(written);
        }
    }
    object.expect("there is an append")
}

/// A put that may overwrite.
pub fn put(object: Arc<ObjectRecord>) -> KeyChange {
    KeyChange::Put { object, forbid_overwrite: false, seed: 7 }
}

/// A deletion.
pub fn delete(at: Timestamp) -> KeyChange {
    KeyChange::Delete { at, seed: 7 }
}

/// A change of the current object's ACL.
pub fn set_acl(acl: ObjectAcl) -> KeyChange {
    KeyChange::SetAcl { acl, version: None }
}

/// Puts an object, which must succeed.
pub async fn put_object(store: &dyn MetaStore, bucket: BucketId, text: &str, object: Arc<ObjectRecord>) {
    let written = store.change_key(bucket, &key(text), put(object.clone()), at(0)).await;
    assert_eq!(written.expect("the put is made"), Some(object), "{text}");
}

/// Deletes an object, which must succeed.
pub async fn delete_object(store: &dyn MetaStore, bucket: BucketId, text: &str, time: Timestamp) {
    let left = store.change_key(bucket, &key(text), delete(time), time).await;
    assert_eq!(left.expect("the deletion is made"), None, "{text}");
}

/// An upload.
pub fn upload(id: u128, text: &str) -> UploadRecord {
    let mut headers = ObjectHeaders::new();
    headers.set("cache-control", b"no-cache");
    UploadRecord {
        id: UploadId(id),
        key: key(text),
        initiated: at(77),
        headers,
        acl: ObjectAcl::PublicRead,
        storage_class: StorageClass::Archive,
        forbid_overwrite: id % 2 == 1,
        is_sequential: id % 4 == 3,
        attributes: (id % 3 == 1).then(|| Arc::new(attributes(id))),
    }
}

/// Begins an upload, which must succeed.
pub async fn begin_upload(store: &dyn MetaStore, bucket: BucketId, id: u128, text: &str) {
    let begin = UploadChange::Begin(upload(id, text));
    let begun = store.change_upload(bucket, &key(text), UploadId(id), begin, at(0)).await;
    assert_eq!(begun.expect("the upload is begun"), None, "{text}");
}

/// A part of that many bytes in that blob; blob 0 makes it an empty one.
pub fn part(number: u16, size: u64, blob: u128) -> PartRecord {
    let extent = (blob != 0).then_some(Extent { blob: BlobId(blob), offset: 0, length: size });
    PartRecord {
        number,
        size,
        etag: ETag::simple((u128::from(number) << 64 | blob).to_be_bytes()),
        crc64: Crc64(1 << 63 | size),
        modified: at(i64::from(number)),
        extent,
    }
}

/// Uploads a part, which must succeed.
pub async fn put_part(store: &dyn MetaStore, bucket: BucketId, id: u128, text: &str, part: PartRecord) {
    let put = store.change_upload(bucket, &key(text), UploadId(id), UploadChange::PutPart(part), at(0)).await;
    assert_eq!(put.expect("the part is put"), None, "{text}");
}

/// The change must be refused, and for this reason.
pub fn assert_refused<T: Debug>(result: Result<T, MetaError>, expected: &Refusal) {
    match result {
        Err(MetaError::Refused(refusal)) => assert_eq!(refusal, *expected),
        other => panic!("{other:?} instead of {expected:?}"),
    }
}
