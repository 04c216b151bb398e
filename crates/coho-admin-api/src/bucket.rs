//! Buckets with their settings and counters.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A page of buckets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BucketSummaryPage {
    /// In order of their names.
    pub buckets: Vec<BucketSummary>,
    /// The `after` of the next page; none after the last one.
    pub next_after: Option<String>,
}

/// A bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct BucketSummary {
    /// Its name.
    pub name: String,
    /// The account that owns it.
    pub owner: String,
    /// When it was created.
    pub created_at: String,
    /// Its ACL, such as `public-read`.
    pub acl: String,
    /// The storage class of objects that are written without one.
    pub storage_class: String,
    /// The redundancy label.
    pub redundancy: String,
    /// Whether public access to the bucket is blocked; its account can block it for all its buckets.
    pub public_access_block: Option<bool>,
    /// Number of objects.
    pub objects: u64,
    /// Bytes of the objects.
    pub object_bytes: u64,
    /// Number of multipart uploads that are neither completed nor aborted.
    pub uploads: u64,
    /// Number of parts of these uploads.
    pub parts: u64,
    /// Number of objects among them whose bytes came from an origin; clients have written the others.
    pub mirrored_objects: u64,
    /// Their bytes.
    pub mirrored_bytes: u64,
    /// The website configuration; null if the bucket has none.
    pub website: Option<WebsiteSummary>,
    /// The newest version of the website configuration; null if the bucket never had one.
    pub website_version: Option<String>,
}

/// A website configuration in short.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebsiteSummary {
    /// The index page.
    pub index_page: Option<String>,
    /// The error page.
    pub error_page: Option<String>,
    /// Rules that fetch from an origin.
    pub mirror_rules: u64,
    /// Rules that redirect.
    pub redirect_rules: u64,
    /// Rules that look another key up, and rules without a redirect.
    pub other_rules: u64,
}

/// Which buckets to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, JsonSchema)]
pub struct BucketsQuery {
    /// Most buckets of the page; 100 without it.
    #[schemars(range(min = 1, max = 1000))]
    pub max: Option<u64>,
    /// Only buckets whose names come after this one.
    pub after: Option<String>,
    /// Only buckets whose names begin with this.
    pub prefix: Option<String>,
    /// Only buckets of this account.
    pub owner: Option<String>,
}
