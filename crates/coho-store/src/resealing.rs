//! Which data keys of a bucket are sealed by which master key, page by page, and sealing them anew. No body is read or written for it.
//!
//! The order of the walk is what makes it complete: a rotation leaves records that an older key has sealed, and none is added. The data
//! key of an upload becomes that of its object, so uploads come before versions. Versions come by key and age, current ones among them:
//! one that becomes current again, or noncurrent, stays in its place.

use crate::{Store, StoreError, store::unfinished};
use coho_crypt::KeyError;
use coho_meta::{UploadQuery, VersionQuery};
use coho_model::{
    BucketRecord, KeyChange, KeyVersion, ListQuery, Listed, ListedVersion, MasterKeyId, ObjectAttributes, ObjectKey,
    Refusal, SealedDataKey, UploadChange, UploadId, UploadRecord, VersionId,
};
use serde::{Deserialize, Serialize};

/// Versions or uploads that one page looks at.
const PAGE: usize = 500;

/// How far the walk over a bucket is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SealedCursor {
    /// After this key of the uploads and, of that key, after this upload.
    Uploads(String, Option<String>),
    /// After this key of the versions and, of that key, after this version.
    Versions(String, Option<String>),
}

impl Default for SealedCursor {
    fn default() -> Self {
        Self::Uploads(String::new(), None)
    }
}

/// A page of the walk.
#[derive(Debug)]
pub struct SealedPage {
    /// What is sealed.
    pub items: Vec<SealedItem>,
    /// Uploads and versions that were looked at.
    pub scanned: u64,
    /// Where the next page begins; `None` after the last one.
    pub next: Option<SealedCursor>,
}

/// A data key, and which record has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedItem {
    /// The key of the object or upload.
    pub key: ObjectKey,
    /// Which of that key.
    pub place: SealedPlace,
    /// The data key in its sealed form.
    pub data_key: SealedDataKey,
}

/// A record that has a data key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealedPlace {
    /// An upload that has not ended.
    Upload(UploadId),
    /// A version of an object, current or not.
    Version(VersionId),
}

/// What became of a data key.
#[derive(Debug)]
pub enum ResealOutcome {
    /// The active key seals it now.
    Sealed,
    /// It did so already.
    Current,
    /// The record has gone, or has another data key by now, which the active key has sealed.
    Overtaken,
    /// The data key cannot be opened: its master key is missing, or it is damaged. It stays as it is.
    Unopened(KeyError),
}

impl Store {
    /// Makes a new master key the active one. When this returns, no record by an older key is written any more.
    pub async fn rotate_master_key(&self) -> Result<MasterKeyId, StoreError> {
        let _alone = self.rotating.write().await;
        let (keys, now) = (self.keys.clone(), self.now());
        let rotated = tokio::task::spawn_blocking(move || keys.rotate(now)).await;
        Ok(rotated.map_err(|error| unfinished(&error, "a rotation of the master key"))??)
    }

    /// Removes a master key that seals nothing. `sealed` is how many data keys and secrets were found that it seals.
    pub async fn retire_master_key(&self, id: MasterKeyId, sealed: u64) -> Result<(), StoreError> {
        let keys = self.keys.clone();
        let retired = tokio::task::spawn_blocking(move || keys.retire(id, sealed)).await;
        Ok(retired.map_err(|error| unfinished(&error, "removing a master key"))??)
    }

    /// The page of a bucket's data keys that begins at the cursor.
    pub async fn sealed_page(&self, bucket: &BucketRecord, cursor: &SealedCursor) -> Result<SealedPage, StoreError> {
        match cursor {
            SealedCursor::Uploads(after, upload) => {
                let upload = upload.as_deref().and_then(UploadId::parse);
                self.sealed_uploads(bucket, after, upload).await
            }
            SealedCursor::Versions(after, version) => {
                let version = version.as_deref().and_then(VersionId::parse);
                self.sealed_versions(bucket, after, version).await
            }
        }
    }

    async fn sealed_uploads(
        &self,
        bucket: &BucketRecord,
        after: &str,
        after_upload: Option<UploadId>,
    ) -> Result<SealedPage, StoreError> {
        let page = self.meta.list_uploads(bucket.id, UploadQuery { list: list(after), after_upload }).await?;
        let scanned = page.entries.len() as u64;
        let items = page.entries.into_iter().filter_map(|entry| match entry {
            Listed::Row(UploadRecord { id, key, attributes, .. }) => {
                let data_key = data_key(attributes.as_deref())?;
                Some(SealedItem { key, place: SealedPlace::Upload(id), data_key })
            }
            Listed::Prefix(_) => None,
        });
        let next = match page.next {
            Some((key, upload)) => SealedCursor::Uploads(key, upload.map(|id| id.to_string())),
            None => SealedCursor::Versions(String::new(), None),
        };
        Ok(SealedPage { items: items.collect(), scanned, next: Some(next) })
    }

    async fn sealed_versions(
        &self,
        bucket: &BucketRecord,
        after: &str,
        after_version: Option<VersionId>,
    ) -> Result<SealedPage, StoreError> {
        let page = self.meta.list_versions(bucket.id, VersionQuery { list: list(after), after_version }).await?;
        let (scanned, mut items) = (page.entries.len() as u64, Vec::new());
        for entry in page.entries {
            let Listed::Row(listed) = entry else { continue };
            let ListedVersion::Object(summary) = listed.listed else { continue };
            let id = listed.version.id();
            let Some(KeyVersion::Object(object)) = self.version(bucket, &summary.key, id).await? else { continue };
            if let Some(data_key) = data_key(object.attributes.as_deref()) {
                items.push(SealedItem { key: summary.key, place: SealedPlace::Version(id), data_key });
            }
        }
        let next = page.next.map(|(key, id)| SealedCursor::Versions(key, id.map(|id| id.to_string())));
        Ok(SealedPage { items, scanned, next })
    }

    /// Has the active key seal a data key.
    pub async fn reseal(&self, bucket: &BucketRecord, item: &SealedItem) -> Result<ResealOutcome, StoreError> {
        let _sealing = self.rotating.read().await;
        let keys = self.keys.keyring();
        if keys.active() == Some(item.data_key.master) {
            return Ok(ResealOutcome::Current);
        }
        let sealed = match keys.reseal(&item.data_key) {
            Ok(sealed) => sealed,
            Err(error @ (KeyError::Missing(_) | KeyError::Damaged)) => return Ok(ResealOutcome::Unopened(error)),
            Err(error) => return Err(error.into()),
        };
        let (key, now) = (&item.key, self.now());
        let made = match item.place {
            SealedPlace::Upload(id) => {
                let change = UploadChange::Reseal(sealed);
                self.noted(self.meta.change_upload(bucket.id, key, id, change, now).await).map_err(StoreError::from)
            }
            SealedPlace::Version(version) => {
                let change = || KeyChange::Reseal { key: sealed.clone(), version };
                let change = || async { self.noted(self.meta.change_key(bucket.id, key, change(), now).await) };
                self.change_durable(change).await
            }
        };
        match made {
            Ok(_) => Ok(ResealOutcome::Sealed),
            Err(StoreError::Refused(refusal)) => overtaken(refusal),
            Err(error) => Err(error),
        }
    }
}

/// Whether a refusal says that the data key is not there any more; any other would leave it as it is.
fn overtaken(refusal: Refusal) -> Result<ResealOutcome, StoreError> {
    match refusal {
        Refusal::Overtaken
        | Refusal::NoSuchBucket
        | Refusal::NoSuchKey(_)
        | Refusal::NoSuchUpload
        | Refusal::NoSuchVersion { .. }
        | Refusal::IsDeleteMarker { .. } => Ok(ResealOutcome::Overtaken),
        refusal => Err(StoreError::Refused(refusal)),
    }
}

fn list(after: &str) -> ListQuery {
    ListQuery { after: after.to_owned(), max: PAGE, ..ListQuery::default() }
}

fn data_key(attributes: Option<&ObjectAttributes>) -> Option<SealedDataKey> {
    Some(attributes?.encryption.as_deref()?.key.clone())
}
