//! One request, read and authenticated, as the operations take it.

use crate::{
    authorize::{RequestedAccess, Right, Sender, authorize},
    body::IncomingBody,
    context::Context,
    failure::{Failure, FailureKind},
    representation::{Needs, follow, must_be_readable},
    transport::Peer,
};
use coho_auth::Identity;
use coho_model::{
    BucketName, BucketRecord, Conditions, KeyVersion, ObjectKey, ObjectRecord, Query, RequestRefusal, Timestamp,
    VersionId,
};
use coho_oss::{Level, Operation};
use http::{HeaderMap, HeaderName, Method, header};
use std::sync::{Arc, atomic::AtomicBool};

/// A request to one operation.
pub(crate) struct Call {
    pub(crate) request_id: Arc<str>,
    pub(crate) context: Arc<Context>,
    pub(crate) operation: Operation,
    pub(crate) method: Method,
    pub(crate) bucket_name: Option<BucketName>,
    /// The bucket, once it is looked up.
    pub(crate) bucket: Option<Arc<BucketRecord>>,
    pub(crate) key: Option<ObjectKey>,
    /// How many slashes precede the key.
    pub(crate) leading_slashes: usize,
    pub(crate) query: Query,
    /// The query as it was sent, without the question mark.
    pub(crate) raw_query: String,
    /// The host that the client means.
    pub(crate) host: String,
    /// Whether the bucket's name was in the path.
    pub(crate) path_style: bool,
    /// Whether the path ends with the bucket's name, without a slash.
    pub(crate) lacks_slash: bool,
    /// How the client reached the server.
    pub(crate) peer: Peer,
    pub(crate) headers: HeaderMap,
    pub(crate) identity: Identity,
    pub(crate) body: IncomingBody,
    pub(crate) now: Timestamp,
    /// Whether the answer comes from a fetch.
    pub(crate) mirrored: AtomicBool,
}

impl Call {
    /// A header as text. Clients send UTF-8 here. Values that are empty or not UTF-8 count as absent.
    pub(crate) fn header(&self, name: &HeaderName) -> Option<&str> {
        let value = std::str::from_utf8(self.headers.get(name)?.as_bytes()).ok()?.trim();
        Some(value).filter(|value| !value.is_empty())
    }

    /// Leading slashes of a key mean something to Mirror rules alone.
    pub(crate) fn refuse_leading_slashes(&self) -> Result<(), Failure> {
        match &self.key {
            Some(key) if self.leading_slashes > 0 => {
                let written = "/".repeat(self.leading_slashes) + key.as_str();
                Err(RequestRefusal::invalid_object_key(&written).into())
            }
            _ => Ok(()),
        }
    }

    /// The host without the bucket's label: where the service is.
    pub(crate) fn endpoint(&self) -> &str {
        let label = self.bucket_name.as_ref().filter(|_| !self.path_style).map_or("", BucketName::as_str);
        let rest = self.host.strip_prefix(label).unwrap_or(&self.host);
        // ali-oss names the service by an empty label.
        rest.strip_prefix('.').unwrap_or(rest)
    }

    /// The bucket's name. Operations on buckets are routed only with one.
    pub(crate) fn bucket_name(&self) -> Result<&BucketName, Failure> {
        self.bucket_name.as_ref().ok_or_else(|| RequestRefusal::invalid_bucket_name("").into())
    }

    /// The object's key. Operations on objects are routed only with one.
    pub(crate) fn key(&self) -> Result<&ObjectKey, Failure> {
        self.key.as_ref().ok_or_else(|| RequestRefusal::invalid_object_key("").into())
    }

    /// Looks the bucket up.
    pub(crate) async fn find_bucket(&mut self) -> Result<Option<Arc<BucketRecord>>, Failure> {
        self.bucket = self.context.store.bucket(self.bucket_name()?).await?;
        Ok(self.bucket.clone())
    }

    /// The bucket, which was looked up when the request was admitted.
    pub(crate) fn bucket(&self) -> Result<Arc<BucketRecord>, Failure> {
        match &self.bucket {
            Some(bucket) => Ok(bucket.clone()),
            None => Err(Failure::no_such_bucket(self.bucket_name()?.as_str())),
        }
    }

    /// Who makes a change, for the history: the access key id, or the console.
    pub(crate) fn author(&self) -> &str {
        match &self.identity {
            Identity::Anonymous => "anonymous",
            Identity::Signed { access_key_id, .. } => access_key_id,
            Identity::Administrator { .. } => crate::console::AUTHOR,
        }
    }

    /// Who sends the request, to this bucket.
    pub(crate) fn sender(&self, bucket: &BucketRecord) -> Sender<'_> {
        self.sender_of(&bucket.owner)
    }

    /// Who sends the request, to what this account owns.
    pub(crate) fn sender_of(&self, owner: &str) -> Sender<'_> {
        Sender {
            identity: &self.identity,
            headers: &self.headers,
            query: &self.query,
            peer: self.peer,
            now: self.now,
            region: &self.context.region,
            names_version: self.query.has("versionId"),
            is_account_blocked: self.context.accounts.blocks_public_access(owner),
        }
    }

    /// Refuses an operation on this object that the identity may not do.
    pub(crate) fn may(
        &self,
        access: RequestedAccess<'_>,
        bucket: &BucketRecord,
        object: Option<&ObjectRecord>,
    ) -> Result<(), Failure> {
        authorize(&self.sender(bucket), access, bucket, object)
    }

    /// Refuses an operation on this object, or on a version of it that need not be the one of the request's query.
    pub(crate) fn may_of_version(
        &self,
        access: RequestedAccess<'_>,
        bucket: &BucketRecord,
        names_version: bool,
        object: Option<&ObjectRecord>,
    ) -> Result<(), Failure> {
        let sender = Sender { names_version, ..self.sender(bucket) };
        authorize(&sender, access, bucket, object)
    }

    /// The object under this key, or that version of it, if it exists.
    pub(crate) async fn present(
        &self,
        bucket: &BucketRecord,
        key: &ObjectKey,
        version: Option<VersionId>,
    ) -> Result<Option<KeyVersion>, Failure> {
        Ok(match version {
            // Without versioning, an object is its own only version.
            Some(id) if id != VersionId::Null || bucket.versioning().is_versioned() => {
                self.context.store.version(bucket, key, id).await?
            }
            _ => self.record_of(bucket, key).await?.map(KeyVersion::Object),
        })
    }

    /// Refuses to read the bytes of an object of an archive class that is not restored.
    pub(crate) fn must_be_readable(&self, bucket: Option<&BucketRecord>, object: &ObjectRecord) -> Result<(), Failure> {
        must_be_readable(bucket, object, self.now)
    }

    /// Refuses a listing that the identity may not see.
    pub(crate) fn may_list(&self, bucket: &BucketRecord) -> Result<(), Failure> {
        let is_listing = self.operation.level() == Level::Bucket;
        let operation = if is_listing { self.operation } else { Operation::ListObjects };
        self.may(RequestedAccess { operation, right: Right::List, key: None }, bucket, None)
    }

    /// The object under the key.
    pub(crate) async fn object_record(&self, bucket: &BucketRecord) -> Result<Option<Arc<ObjectRecord>>, Failure> {
        self.record_of(bucket, self.key()?).await
    }

    /// The version that the request names.
    pub(crate) fn version_id(&self) -> Result<Option<VersionId>, Failure> {
        self.query.get("versionId").map(|text| Ok(coho_oss::version_id("versionId", text)?)).transpose()
    }

    /// The object, or that version of it, if the sender may read it.
    pub(crate) async fn readable(
        &self,
        bucket: &BucketRecord,
        key: &ObjectKey,
        version: Option<VersionId>,
    ) -> Result<Arc<ObjectRecord>, Failure> {
        let access = RequestedAccess { operation: Operation::GetObject, right: Right::Read, key: Some(key) };
        self.existing(bucket, key, version, Some(access)).await
    }

    /// The object, or that version of it. The right to it is checked before its existence is revealed, unless that was done.
    pub(crate) async fn existing(
        &self,
        bucket: &BucketRecord,
        key: &ObjectKey,
        version: Option<VersionId>,
        access: Option<RequestedAccess<'_>>,
    ) -> Result<Arc<ObjectRecord>, Failure> {
        let found = self.present(bucket, key, version).await?;
        if let Some(access) = access {
            self.may_of_version(
                access,
                bucket,
                version.is_some(),
                found.as_ref().and_then(KeyVersion::object).map(|object| &**object),
            )?;
        }
        match (found, version) {
            (Some(KeyVersion::Object(object)), _) => Ok(object),
            (Some(KeyVersion::Marker(marker)), _) => {
                let (method, marker) = (Some(self.method.clone()), marker.version.id());
                Err(FailureKind::IsDeleteMarker { method, marker }.into())
            }
            (None, Some(version)) if bucket.versioning().is_versioned() || version != VersionId::Null => {
                Err(FailureKind::NoSuchVersion { key: key.clone(), version }.into())
            }
            (None, _) => Err(self.missing(bucket, key).await?),
        }
    }

    /// That the key has no object: a delete marker may say so.
    pub(crate) async fn missing(&self, bucket: &BucketRecord, key: &ObjectKey) -> Result<Failure, Failure> {
        match self.context.store.current_marker(bucket, key).await? {
            Some(marker) => Ok(FailureKind::Deleted { key: key.clone(), marker: marker.version.id() }.into()),
            None => Ok(Failure::no_such_key(key)),
        }
    }

    /// What a read of this record shows.
    pub(crate) async fn follow(
        &self,
        bucket: &BucketRecord,
        key: &ObjectKey,
        record: Arc<ObjectRecord>,
    ) -> Result<Arc<ObjectRecord>, Failure> {
        follow(&self.context, &self.sender(bucket), bucket, key, record, Needs::of(&self.method)).await
    }

    /// Another object of the bucket.
    pub(crate) async fn record_of(
        &self,
        bucket: &BucketRecord,
        key: &ObjectKey,
    ) -> Result<Option<Arc<ObjectRecord>>, Failure> {
        Ok(self.context.store.object(bucket, key).await?)
    }

    /// Waits until a fetched object that a client may have read to its end is visible: the fetch makes it so a moment
    /// after its last byte is sent.
    pub(crate) async fn await_inflight(&self, bucket: &BucketRecord) -> Result<(), Failure> {
        if self.object_record(bucket).await?.is_none() {
            self.context.mirror.await_inflight(bucket.id, self.key()?).await;
        }
        Ok(())
    }

    /// Whether an existing object must not be replaced; one that is being stored exists.
    pub(crate) async fn forbids_overwrite(&self, bucket: &BucketRecord) -> Result<bool, Failure> {
        let forbids = self.forbid_overwrite()?;
        if forbids {
            self.await_inflight(bucket).await?;
        }
        Ok(forbids)
    }

    /// The conditions of a read. Dates that cannot be read are no conditions.
    pub(crate) fn conditions(&self) -> Conditions {
        let names = [header::IF_MATCH, header::IF_NONE_MATCH, header::IF_MODIFIED_SINCE, header::IF_UNMODIFIED_SINCE];
        self.conditions_of(&names)
    }

    /// The conditions in these four headers: match, none match, modified since, unmodified since.
    pub(crate) fn conditions_of(&self, [matches, none_match, modified, unmodified]: &[HeaderName; 4]) -> Conditions {
        let text = |name| self.header(name).map(str::to_owned);
        let date = |name| self.header(name).and_then(Timestamp::parse_http_date);
        Conditions {
            if_match: text(matches),
            if_none_match: text(none_match),
            if_modified_since: date(modified),
            if_unmodified_since: date(unmodified),
        }
    }
}
