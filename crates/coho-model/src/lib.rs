//! What Coho stores, as plain values: buckets, objects, uploads and the changes to them.
//!
//! Every write is a value with a pure `apply` that decides preconditions and effects, so that the semantics are written
//! and tested once and metadata engines only store rows. No I/O, clock or randomness: the caller puts times and ids
//! into the values.

mod access;
mod acl;
mod attributes;
mod bucket;
mod bucket_change;
mod checksum;
mod condition;
mod configuration;
mod decimal;
mod effects;
mod encryption;
mod etag;
mod headers;
mod id;
mod invalid_callback;
mod invalid_form;
mod key_change;
mod listing;
mod mirror_limits;
mod mirror_policy;
mod name;
mod nearest;
mod object;
mod persist_fill;
mod provenance;
mod query;
mod range;
mod refusal;
mod request_refusal;
mod restore;
mod storage_class;
mod tag_set;
mod time;
mod traffic;
mod upload;
mod upload_change;
mod version;
mod version_change;
pub mod website;
mod website_version;
mod wildcard;

pub use access::{
    AccessChange, AccessEffect, AccessKeyRecord, AccessRefusal, AccessTable, AccountRecord,
    DEFAULT_ROLE_SESSION_SECONDS, InvalidAccount, InvalidRights, InvalidRole, KeyAccess, KeyNeed, KeyRight, KeyRights,
    KeyTarget, MAX_ACCESS_KEYS, MAX_ACCOUNT_ID_BYTES, MAX_ACCOUNTS, MAX_DISPLAY_NAME_BYTES, MAX_EXTERNAL_ID_BYTES,
    MAX_KEY_RIGHTS, MAX_ROLE_NAME_BYTES, MAX_ROLE_PRINCIPALS, MAX_ROLES, MAX_SESSION_SECONDS, MIN_SESSION_SECONDS,
    PreviousSecret, ResealedSecret, RolePrincipal, RoleRecord, RoleUpdate, StoredSecret, is_external_id,
};
pub use acl::{BucketAcl, ObjectAcl};
pub use attributes::ObjectAttributes;
pub use bucket::{BucketRecord, BucketStat, DataRedundancy};
pub use bucket_change::{BucketChange, BucketEffects, BucketFound, MAX_BUCKETS_PER_OWNER, NewBucket};
pub use checksum::Crc64;
pub use condition::{Conditions, Verdict};
pub use configuration::{
    BucketConfigurations, BucketEncryption, BucketPolicy, CORS_METHODS, ConfigurationChange, CorsConfiguration,
    CorsRule, MAX_REFERER_BYTES, Network, Payer, PolicyCondition, PolicyEffect, PolicyKey, PolicyResource,
    PolicyStatement, PolicyTest, RefererConfiguration, TextComparison, TimeComparison, Versioning,
};
pub use configuration::{
    InvalidLifecycle, Lifecycle, LifecycleAction, LifecycleDue, LifecycleFault, LifecycleNot, LifecycleRule,
    LifecycleSubject, LifecycleTime, LifecycleTransition, MAX_FILTER_SIZE_BYTES, MAX_LIFECYCLE_DAYS,
    MAX_LIFECYCLE_RULE_ID_BYTES, MAX_LIFECYCLE_RULES, MAX_NOT_ELEMENTS, MAX_RULE_TAGS, NoncurrentTransition,
};
pub use decimal::decimal;
pub use effects::{ChangedVersion, Effects, RemovedVersion, Row, StatDelta};
pub use encryption::{DataKeyId, MasterKeyId, ObjectEncryption, SealedDataKey, SseAlgorithm};
pub use etag::ETag;
pub use headers::{HeaderLimitExceeded, MAX_USER_META_BYTES, ObjectHeaders};
pub use id::{BlobId, BucketId, FillToken, UploadId};
pub use invalid_callback::{CallbackFault, CallbackParameter, InvalidCallback};
pub use invalid_form::InvalidForm;
pub use key_change::{KeyChange, KeyFound, KeyHistory, MAX_APPEND_EXTENTS, admit_append, tail_to_merge};
pub use listing::{Collapsed, ListQuery, Listed, ListingCursor, ListingFold, ListingStep, MAX_LIST_KEYS};
pub use mirror_limits::{MirrorLimit, MirrorLimits};
pub use mirror_policy::{MAX_MISSING_SECONDS, MAX_TIMEOUT_MS, MirrorPolicy, MirrorSetting};
pub use name::{BucketName, InvalidBucketName, InvalidObjectKey, MAX_KEY_BYTES, ObjectKey};
pub use nearest::nearest;
pub use object::{Body, Extent, ObjectRecord, ObjectSummary, ObjectType};
pub use persist_fill::PersistFill;
pub use provenance::{Fetched, Provenance};
pub use query::{MAX_QUERY_PAIRS, Query, UrlDecodeError};
pub use range::{ByteRange, RangeBehavior, RangeOutcome};
pub use refusal::Refusal;
pub use request_refusal::{RequestRefusal, UnsetConfiguration};
pub use restore::{InvalidRestore, Restore, RestoreRequest, RestoreState, RestoreTier};
pub use storage_class::StorageClass;
pub use tag_set::{InvalidTags, TagSet, Tagged};
pub use time::Timestamp;
pub use traffic::{TrafficCounter, TrafficCounts, TrafficPoint, TrafficRow, TrafficStep};
pub use upload::{MAX_PART_NUMBER, MIN_PART_BYTES, PartRecord, UploadRecord};
pub use upload_change::{CompleteUpload, ListedPart, UploadChange, UploadFound};
pub use version::{DeleteMarker, KeyVersion, ListedVersion, ObjectVersion, VersionId, VersionSummary};
pub use website_version::{MAX_WEBSITE_VERSIONS, WebsiteCondition, WebsiteEdit, WebsiteTag, WebsiteVersion};
pub use wildcard::{LetterCase, matches, matches_beginning};
