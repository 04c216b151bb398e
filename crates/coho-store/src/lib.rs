//! Objects as use cases: put, read, copy, upload in parts, fill, sweep. Metadata and blobs meet only here.
//!
//! Order of every write: bytes first, durable, under a unique id; then one atomic metadata change
//! that names them. What is named by nothing is garbage. No HTTP and no wire dialect.

mod access;
mod append;
mod buckets;
mod clock;
mod copy;
mod delete;
mod digest;
mod encryption;
mod encryption_counters;
mod error;
pub mod events;
mod fill;
mod ids;
mod ingest;
mod lifecycle;
mod list;
mod multipart;
mod orphans;
mod pins;
mod put;
mod read;
mod resealing;
mod restore;
mod shortage;
mod source;
mod spool;
mod store;
mod sweep;
mod token_bucket;
mod traffic;
mod version_counts;

pub use append::AppendObject;
pub use buckets::{CreateBucketOptions, StoreContents};
pub use clock::{Clock, SystemClock};
pub use coho_meta::{BucketPage, BucketQuery, PartPage, UploadPage, UploadQuery, VersionPage, VersionQuery};
pub use copy::{CopySource, Replaced};
pub use delete::Deletion;
pub use encryption_counters::{EncryptionCounters, EncryptionFailure};
pub use error::StoreError;
pub use fill::{
    AheadReader, AheadWriter, Ended, FAR_BYTES, Fill, FillHead, Filled, GrowingReader, InProgressBody, KeyLookup,
    MAX_RUNNING_RANGES, may_be_replaced,
};
pub use ids::{new_blob_id, new_bucket_id, new_upload_id, random_u64};
pub use ingest::{AnnouncedBody, md5};
pub use lifecycle::{DueAction, DueChange, LifecycleCursor, LifecycleOutcome, LifecyclePage};
pub use multipart::{NewPart, NewUpload, WrittenPart};
pub use orphans::remove_orphans;
pub use put::{NewSymlink, PutObject};
pub use read::StoredReader;
pub use resealing::{ResealOutcome, SealedCursor, SealedItem, SealedPage, SealedPlace};
pub use shortage::{ScarceResource, Shortages};
pub use source::{BodyError, BodySource};
pub use spool::SpooledBlobs;
pub use store::{MAX_BODY_BYTES, Store, StoreOptions};
pub use sweep::Sweeper;
pub use token_bucket::TokenBucket;
pub use traffic::{MAX_COUNTED_BUCKETS, MAX_PENDING_ROWS, TrafficRecorder, TrafficSample, TrafficTable};
pub use version_counts::VersionCounts;
