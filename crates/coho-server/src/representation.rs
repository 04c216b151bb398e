//! What a read is answered with. A request first resolves to a representation, then `render` decides how it is sent.

use crate::{
    authorize::{JudgedObject, RequestedAccess, Right, Sender, authorize, authorize_judged},
    context::Context,
    failure::{Failure, FailureKind},
};
use coho_model::{BucketRecord, ETag, ObjectKey, ObjectRecord, ObjectType, RequestRefusal, Timestamp};
use coho_origin::{Flight, OriginHead, Passed};
use coho_oss::Operation;
use coho_store::{InProgressBody, StoredReader};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use std::sync::Arc;

/// What a request resolves to.
pub(crate) struct Resolution {
    pub(crate) representation: Representation,
    /// A status other than 200 makes an object the page of that status: it is sent whole, since conditions and ranges of
    /// the request are about the object that it named.
    pub(crate) status: StatusCode,
    /// Headers that a rule adds to the answer.
    pub(crate) returned: HeaderMap,
}

impl From<Representation> for Resolution {
    fn from(representation: Representation) -> Self {
        Self { representation, status: StatusCode::OK, returned: HeaderMap::new() }
    }
}

/// What is sent.
pub(crate) enum Representation {
    Stored(StoredObject),
    InFlight(ObjectInFlight),
    /// The origin's own answer.
    Passed(Arc<Passed>),
    /// Another URL, with the status that leads there.
    Elsewhere(StatusCode, HeaderValue),
}

/// A stored object.
pub(crate) struct StoredObject {
    pub(crate) record: Arc<ObjectRecord>,
    /// The bytes that the answer sends, if they were opened while the request was resolved.
    pub(crate) reader: Option<StoredReader>,
}

/// An object that is being fetched.
pub(crate) struct ObjectInFlight {
    pub(crate) head: Arc<OriginHead>,
    /// Length in bytes, if it is known: from the head, or because the resolution has waited for it.
    pub(crate) length: Option<u64>,
    /// The body to follow and its fetch; `None` where only the head is shown.
    pub(crate) body: Option<(Arc<InProgressBody>, Arc<Flight>)>,
}

/// The version of an object that conditions and `If-Range` are compared with.
#[derive(Clone, Copy)]
pub(crate) struct Version {
    pub(crate) etag: ETag,
    pub(crate) modified: Timestamp,
}

impl From<&ObjectRecord> for Version {
    fn from(record: &ObjectRecord) -> Self {
        Self { etag: record.etag, modified: record.modified }
    }
}

impl From<&OriginHead> for Version {
    fn from(head: &OriginHead) -> Self {
        Self { etag: head.etag, modified: head.modified }
    }
}

impl Representation {
    pub(crate) fn stored(record: Arc<ObjectRecord>) -> Self {
        Self::Stored(StoredObject { record, reader: None })
    }

    /// A location is made of printable characters alone.
    pub(crate) fn elsewhere(status: StatusCode, location: &str) -> Self {
        let location = HeaderValue::from_str(location).unwrap_or_else(|_| HeaderValue::from_static("/"));
        Self::Elsewhere(status, location)
    }

    fn judged(&self) -> JudgedObject<'_> {
        match self {
            Self::Stored(object) => (&*object.record).into(),
            Self::InFlight(object) => (&*object.head).into(),
            Self::Passed(_) | Self::Elsewhere(..) => JudgedObject::default(),
        }
    }
}

/// What a read needs of the object that it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// What its headers say: an archived object has them, too.
    Headers,
    /// The bytes, which an archived object has only while it is restored.
    Bytes,
}

impl Needs {
    pub(crate) fn of(method: &Method) -> Self {
        if method == Method::HEAD { Self::Headers } else { Self::Bytes }
    }
}

/// Refuses to read the bytes of an object of an archive class that is not restored. A link has no bytes: its target is judged when it is
/// followed. OSS: a link to an object of another class gives access at once.
pub(crate) fn must_be_readable(
    bucket: Option<&BucketRecord>,
    object: &ObjectRecord,
    now: Timestamp,
) -> Result<(), Failure> {
    let reads_directly = bucket.is_some_and(|bucket| bucket.configurations.archive_direct_read);
    let is_link = object.object_type == ObjectType::Symlink;
    if is_link || object.restore_state(now).is_readable(object.storage_class, reads_directly) {
        Ok(())
    } else {
        Err(FailureKind::ObjectFrozen.into())
    }
}

/// What a read of a stored object shows: of a symbolic link, its target.
pub(crate) async fn follow(
    context: &Context,
    sender: &Sender<'_>,
    bucket: &BucketRecord,
    key: &ObjectKey,
    record: Arc<ObjectRecord>,
    needs: Needs,
) -> Result<Arc<ObjectRecord>, Failure> {
    match record.object_type {
        // Boxed: it is rare, and would enlarge the future of every read.
        ObjectType::Symlink => {
            let shown = Box::pin(behind(context, sender, bucket, key, &record, needs)).await;
            context.metrics.count_link_read(shown.is_ok());
            shown.map(Arc::new)
        }
        ObjectType::Normal | ObjectType::Multipart | ObjectType::Appendable => Ok(record),
    }
}

/// What a symbolic link shows. One level is followed, and nothing is fetched for it. OSS: the right to read both is needed.
async fn behind(
    context: &Context,
    sender: &Sender<'_>,
    bucket: &BucketRecord,
    key: &ObjectKey,
    record: &ObjectRecord,
    needs: Needs,
) -> Result<ObjectRecord, Failure> {
    let name = record.symlink_target().unwrap_or_default();
    let refused = |refusal: fn(ObjectKey, Box<str>) -> RequestRefusal| refusal(key.clone(), name.into());
    let missing = || refused(|link, target| RequestRefusal::SymlinkTargetMissing { link, target });
    let target_key = ObjectKey::parse(name).map_err(|_| missing())?;
    let target = context.store.object(bucket, &target_key).await?;
    let access = RequestedAccess { operation: Operation::GetObject, right: Right::Read, key: Some(&target_key) };
    authorize(sender, access, bucket, target.as_deref())?;
    let target = target.ok_or_else(missing)?;
    if target.object_type == ObjectType::Symlink {
        return Err(refused(|link, target| RequestRefusal::SymlinkToSymlink { link, target }).into());
    }
    // The link has a class and a restore of its own, which say nothing about the bytes of the target.
    if needs == Needs::Bytes {
        must_be_readable(Some(bucket), &target, sender.now)?;
    }
    Ok(record.following(&target))
}

/// What a read of this key shows, as [`find`], and links are followed. A read of headers shows an object that is being fetched.
pub(crate) async fn find_to_read(
    context: &Context,
    sender: &Sender<'_>,
    bucket: &BucketRecord,
    key: &ObjectKey,
    needs: Needs,
) -> Result<Option<Representation>, Failure> {
    match find(context, sender, bucket, key, needs == Needs::Headers).await? {
        Some(Representation::Stored(object)) => {
            let record = follow(context, sender, bucket, key, object.record, needs).await?;
            Ok(Some(Representation::stored(record)))
        }
        found => Ok(found),
    }
}

/// The object under a key, if the sender may read it; the right is checked before the existence is revealed. It causes no
/// fetch, but with `shows_in_flight` it finds an object that is being fetched, and waits for the end of a fetch that does
/// not know the length yet.
pub(crate) async fn find(
    context: &Context,
    sender: &Sender<'_>,
    bucket: &BucketRecord,
    key: &ObjectKey,
    shows_in_flight: bool,
) -> Result<Option<Representation>, Failure> {
    let mut found = context.store.object(bucket, key).await?.map(Representation::stored);
    if found.is_none() && shows_in_flight {
        found = match context.mirror.inflight_head(bucket.id, key).await {
            Some(head) => Some(Representation::InFlight(ObjectInFlight { length: head.length, head, body: None })),
            // A fetch may have ended since the first look.
            None => context.store.object(bucket, key).await?.map(Representation::stored),
        };
    }
    let access = RequestedAccess { operation: Operation::GetObject, right: Right::Read, key: Some(key) };
    authorize_judged(sender, access, bucket, found.as_ref().map(Representation::judged).unwrap_or_default())?;
    Ok(found)
}
