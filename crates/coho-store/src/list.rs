//! Listings: of buckets, objects, uploads and parts.

use crate::{Store, StoreError};
use coho_meta::{BucketPage, BucketQuery, PartPage, UploadPage, UploadQuery, VersionPage, VersionQuery};
use coho_model::{BucketRecord, Collapsed, ListQuery, ObjectKey, ObjectSummary, Refusal, UploadId, UploadRecord};

impl Store {
    /// The buckets of an account.
    pub async fn list_buckets(&self, query: BucketQuery) -> Result<BucketPage, StoreError> {
        Ok(self.meta.list_buckets(query).await?)
    }

    /// The objects of a bucket.
    pub async fn list_objects(
        &self,
        bucket: &BucketRecord,
        query: ListQuery,
    ) -> Result<Collapsed<ObjectSummary>, StoreError> {
        Ok(self.meta.list_objects(bucket.id, query).await?)
    }

    /// The versions and delete markers of a bucket's objects.
    pub async fn list_versions(&self, bucket: &BucketRecord, query: VersionQuery) -> Result<VersionPage, StoreError> {
        Ok(self.meta.list_versions(bucket.id, query).await?)
    }

    /// The uploads in progress of a bucket.
    pub async fn list_uploads(&self, bucket: &BucketRecord, query: UploadQuery) -> Result<UploadPage, StoreError> {
        Ok(self.meta.list_uploads(bucket.id, query).await?)
    }

    /// An upload in progress and its parts after a number, at most `max` of them.
    pub async fn list_parts(
        &self,
        bucket: &BucketRecord,
        key: &ObjectKey,
        id: UploadId,
        after: u16,
        max: usize,
    ) -> Result<(UploadRecord, PartPage), StoreError> {
        let upload = self.meta.upload(bucket.id, key, id).await?;
        let upload = upload.ok_or(StoreError::Refused(Refusal::NoSuchUpload))?;
        let parts = self.meta.list_parts(bucket.id, id, after, max).await?;
        Ok((upload, parts))
    }
}
