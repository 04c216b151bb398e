//! Buckets as use cases: create, change, delete, count.

use crate::{Store, StoreError, new_bucket_id};
use coho_model::{
    BucketAcl, BucketChange, BucketName, BucketRecord, BucketStat, ConfigurationChange, DataRedundancy, MirrorSetting,
    NewBucket, StorageClass, WebsiteCondition, WebsiteEdit, WebsiteVersion, website::WebsiteConfiguration,
};
use std::sync::Arc;

/// A bucket to be created. What is `None` takes its default; in a bucket that exists, it stays as it is.
#[derive(Debug, Clone)]
pub struct CreateBucketOptions {
    /// The account that owns it.
    pub owner: Arc<str>,
    /// Its ACL.
    pub acl: Option<BucketAcl>,
    /// The storage class of objects that name none.
    pub storage_class: Option<StorageClass>,
    /// Its redundancy label.
    pub redundancy: Option<DataRedundancy>,
}

/// What a store holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StoreContents {
    /// Buckets.
    pub buckets: u64,
    /// Objects in all of them.
    pub objects: u64,
    /// Bytes of these objects.
    pub bytes: u64,
}

/// The name of what a change is about, for its event.
fn changed_configuration(change: &BucketChange) -> &'static str {
    match change {
        BucketChange::Create(_) | BucketChange::Delete => "bucket",
        BucketChange::SetAcl(_) => "acl",
        BucketChange::SetWebsite(..) | BucketChange::SetWebsiteIfNone(..) => "website",
        BucketChange::SetMirror(_) => "mirror",
        BucketChange::Configure(configuration) => configuration.name(),
    }
}

/// Bytes for which there must be room, beside the reserve of the disk, before a website document is kept as a further version.
const WEBSITE_VERSION_BYTES: u64 = 1 << 20;

impl Store {
    /// The bucket of that name.
    pub async fn bucket(&self, name: &BucketName) -> Result<Option<Arc<BucketRecord>>, StoreError> {
        Ok(self.meta.bucket(name).await?)
    }

    /// Creates a bucket, or confirms one that its owner already has.
    pub async fn create_bucket(
        &self,
        name: &BucketName,
        create: CreateBucketOptions,
    ) -> Result<Option<Arc<BucketRecord>>, StoreError> {
        let CreateBucketOptions { owner, acl, storage_class, redundancy } = create;
        let created = self.now();
        let new = NewBucket { id: new_bucket_id(created), owner, created, acl, storage_class, redundancy };
        self.change_bucket(name, BucketChange::Create(new)).await
    }

    /// Deletes an empty bucket.
    pub async fn delete_bucket(&self, name: &BucketName) -> Result<(), StoreError> {
        self.change_bucket(name, BucketChange::Delete).await.map(drop)
    }

    /// Replaces the ACL of a bucket.
    pub async fn set_bucket_acl(&self, name: &BucketName, acl: BucketAcl) -> Result<(), StoreError> {
        self.change_bucket(name, BucketChange::SetAcl(acl)).await.map(drop)
    }

    /// Replaces or removes the website configuration of a bucket, by that author, if the condition holds.
    pub async fn set_bucket_website(
        &self,
        name: &BucketName,
        website: Option<Arc<WebsiteConfiguration>>,
        author: &str,
        condition: WebsiteCondition,
    ) -> Result<(), StoreError> {
        if website.is_some() {
            self.admit_inline(WEBSITE_VERSION_BYTES).await?;
        }
        self.change_bucket(name, BucketChange::SetWebsite(website, WebsiteEdit { condition, ..self.edit(author) }))
            .await
            .map(drop)
    }

    /// Sets the website configuration of a bucket that has none, and gives the bucket as it is afterwards.
    pub async fn set_bucket_website_if_none(
        &self,
        name: &BucketName,
        website: Arc<WebsiteConfiguration>,
        author: &str,
    ) -> Result<Option<Arc<BucketRecord>>, StoreError> {
        self.admit_inline(WEBSITE_VERSION_BYTES).await?;
        self.change_bucket(name, BucketChange::SetWebsiteIfNone(website, self.edit(author))).await
    }

    /// The versions of a bucket's website configuration with ids below `before`, newest first, at most `max`.
    pub async fn website_versions(
        &self,
        bucket: &BucketRecord,
        before: Option<u64>,
        max: usize,
    ) -> Result<Vec<WebsiteVersion>, StoreError> {
        Ok(self.meta.website_versions(bucket.id, before, max).await?)
    }

    fn edit(&self, author: &str) -> WebsiteEdit {
        WebsiteEdit { author: author.into(), condition: WebsiteCondition::Any, keep: self.options.website_versions }
    }

    /// Changes how a bucket fetches from its origins, and gives the bucket as it is afterwards.
    pub async fn set_bucket_mirror(
        &self,
        name: &BucketName,
        settings: Vec<MirrorSetting>,
    ) -> Result<Option<Arc<BucketRecord>>, StoreError> {
        self.change_bucket(name, BucketChange::SetMirror(settings)).await
    }

    /// Replaces one of the other configurations of a bucket.
    pub async fn configure_bucket(
        &self,
        name: &BucketName,
        configuration: ConfigurationChange,
    ) -> Result<(), StoreError> {
        self.change_bucket(name, BucketChange::Configure(configuration)).await.map(drop)
    }

    /// Counts the objects, bytes and uploads of a bucket.
    pub async fn bucket_stat(&self, bucket: &BucketRecord) -> Result<BucketStat, StoreError> {
        Ok(self.meta.bucket_stat(bucket.id).await?)
    }

    /// Counts the buckets of every owner with their objects and bytes.
    pub async fn contents(&self) -> Result<StoreContents, StoreError> {
        let buckets = self.meta.bucket_ids().await?;
        let mut contents = StoreContents { buckets: buckets.len() as u64, ..StoreContents::default() };
        for bucket in buckets {
            let stat = self.meta.bucket_stat(bucket).await?;
            contents.objects += stat.objects;
            contents.bytes += stat.bytes;
        }
        Ok(contents)
    }

    /// Whether every change is refused until the process starts again, because a commit failed.
    pub fn is_read_only(&self) -> bool {
        self.meta.is_read_only()
    }

    async fn change_bucket(
        &self,
        name: &BucketName,
        change: BucketChange,
    ) -> Result<Option<Arc<BucketRecord>>, StoreError> {
        let what = changed_configuration(&change);
        let changed = self.noted(self.meta.change_bucket(name, change, self.now()).await)?;
        self.events().configuration_changed(Some(name), what);
        Ok(changed)
    }
}
