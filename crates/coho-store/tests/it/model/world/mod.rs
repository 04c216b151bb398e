//! A bucket of a real store, and the twin that says what it should hold.

mod compare;
mod fills;
mod lifecycle;
mod objects;
mod process;
mod read;
mod rotation;
mod uploads;

use super::{
    step::{Place, Step},
    twin::{Denied, Id, Kind, Object, RESTORE_DELAY_MS, State, Twin},
};
use crate::{
    faulty::Plan,
    rig::{Engine, MIRROR_ETAG, MetaEngine, Rig, bytes},
};
use bytes::Bytes;
use coho_meta::MetaStore;
use coho_model::{BlobId, ConfigurationChange, ETag, ObjectAcl, Refusal, StorageClass, VersionId, Versioning};
use coho_store::{SealedCursor, StoreError, md5};
use fills::Running;
pub(super) use process::Remains;
pub(crate) use rotation::sealed_by;
use std::{collections::BTreeSet, fmt::Debug, sync::Arc, time::Duration};

/// Which engines a sequence runs over.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setup {
    pub(super) meta: MetaEngine,
    /// Whether the engine has fills over it; without them no object is mirrored.
    pub(super) overlay: bool,
    pub(super) blobs: Engine,
    pub(super) persisted: Persisted,
}

/// When committed fills become durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Persisted {
    /// Before their commit returns.
    AtOnce,
    /// After it, so that later steps meet objects that have no row yet. The disk then fails only while there are none, and fills
    /// begin where no object is.
    Later,
}

impl Persisted {
    fn delay(self) -> Duration {
        match self {
            Self::AtOnce => Duration::ZERO,
            Self::Later => Duration::from_secs(600),
        }
    }
}

/// Why a step ends early.
#[derive(Debug)]
pub(super) enum Stop {
    /// A fault has taken its answer: it is done, or not.
    Unanswered,
    /// The store does not do what the twin does.
    Wrong(String),
}

impl From<String> for Stop {
    fn from(wrong: String) -> Self {
        Self::Wrong(wrong)
    }
}

/// What became of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Given,
    Lost,
}

pub(super) struct World {
    setup: Setup,
    rig: Rig,
    /// Below the overlay and the faults.
    engine: Arc<dyn MetaStore>,
    pub(super) plan: Arc<Plan>,
    /// After the present step.
    twin: Twin,
    /// Before the present step, or before the last of several changes that it makes.
    before: Twin,
    fills: Vec<Running>,
    /// Whether a fault may have left blobs that no record has ever named.
    may_leave_orphans: bool,
    /// Whether a fill was dropped, whose file goes a moment later.
    has_lost_fills: bool,
    /// Whether the step is about a fill that may have failed before, and says so only now.
    may_fail_late: bool,
    /// Bodies that were read and compared, by their blobs.
    read: BTreeSet<Vec<BlobId>>,
    /// The place of the walk that seals data keys anew.
    walk: Option<SealedCursor>,
    /// Makes every body another.
    seed: u64,
}

impl World {
    pub(super) fn may_leave_orphans(&self) -> bool {
        self.may_leave_orphans
    }

    pub(super) fn expects_orphans(&self) -> bool {
        self.may_leave_orphans || self.has_lost_fills
    }

    /// Makes a step.
    pub(super) async fn make(&mut self, step: &Step) -> Result<Answer, String> {
        self.rig.clock.advance(1);
        self.twin.now = self.rig.store.now().unix_ms();
        self.before = self.twin.clone();
        let made = self.step(step).await;
        self.may_leave_orphans |= self.plan.take_failed();
        match made {
            Ok(()) => Ok(Answer::Given),
            Err(Stop::Wrong(wrong)) => Err(wrong),
            Err(Stop::Unanswered) if self.plan.is_dead() => Ok(Answer::Lost),
            // Some keys of several may be deleted.
            Err(Stop::Unanswered) if matches!(step, Step::DeleteMany { .. }) => Ok(Answer::Lost),
            Err(Stop::Unanswered) => {
                self.twin = self.before.clone();
                Ok(Answer::Given)
            }
        }
    }

    async fn step(&mut self, step: &Step) -> Result<(), Stop> {
        match *step {
            Step::Put { .. } | Step::Append { .. } | Step::Seal { .. } | Step::Symlink { .. } => {
                self.write_object(step).await
            }
            Step::Delete { .. } | Step::DeleteMany { .. } | Step::DeleteVersion { .. } => self.delete(step).await,
            Step::Copy { from, version, to, forbid, replaces } => self.copy(from, version, to, forbid, replaces).await,
            Step::Rewrite { key, class, replaces } => self.rewrite(key, class, replaces).await,
            Step::SetAcl { .. } | Step::SetTags { .. } | Step::Restore { .. } | Step::CleanRestored { .. } => {
                self.revise(step).await
            }
            Step::Read { key, version, share, wanted } => self.read(key, version, share, wanted).await,
            Step::Begin { .. } | Step::Part { .. } | Step::Complete { .. } | Step::Abort { .. } => {
                self.upload_step(step).await
            }
            Step::Fill { .. } | Step::Feed { .. } | Step::Commit { .. } | Step::Abandon { .. } | Step::Lose { .. } => {
                self.may_fail_late = self.may_leave_orphans;
                let made = self.fill_step(step).await;
                self.may_fail_late = false;
                made
            }
            Step::Encrypt(encrypts) => {
                self.rig.encrypt(encrypts);
                Ok(())
            }
            Step::Rotate => self.rotate().await,
            Step::Reseal => self.reseal().await,
            Step::SetVersioning { suspended } => self.set_versioning(suspended).await,
            Step::SetRules(ref rules) => {
                self.twin.rules.clone_from(rules);
                Ok(())
            }
            Step::RunLifecycle => self.run_lifecycle().await,
            Step::Advance { hours } => {
                self.rig.clock.advance(hours * 3_600_000);
                self.twin.now = self.rig.store.now().unix_ms();
                Ok(())
            }
            Step::Sweep => self.sweep().await,
            Step::Fault { step, late } => {
                self.persist().await;
                self.plan.fail_after(step, late);
                Ok(())
            }
            Step::Die { step, made } => {
                self.plan.die_after(step, made);
                Ok(())
            }
            // The machine does it.
            Step::Restart => Ok(()),
        }
    }

    async fn set_versioning(&mut self, suspended: bool) -> Result<(), Stop> {
        let (state, versioning) = match suspended {
            true => (State::Suspended, Versioning::Suspended),
            false => (State::Enabled, Versioning::Enabled),
        };
        self.twin.state = state;
        let change = ConfigurationChange::Versioning(versioning);
        let changed = self.rig.store.configure_bucket(&self.rig.bucket.name, change).await;
        self.judge(&Ok(()), changed)?;
        self.look_up_bucket().await
    }

    async fn look_up_bucket(&mut self) -> Result<(), Stop> {
        let bucket = self.rig.store.bucket(&self.rig.bucket.name).await;
        if let Some(bucket) = self.judge(&Ok(()), bucket)? {
            self.rig.bucket = bucket.ok_or_else(|| "the bucket is gone".to_owned())?;
            self.rig.encrypt(self.rig.encryption.is_some());
        }
        Ok(())
    }

    async fn sweep(&mut self) -> Result<(), Stop> {
        self.rig.clock.advance(1);
        self.twin.now = self.rig.store.now().unix_ms();
        let swept = coho_store::Sweeper::new(self.rig.store.clone()).sweep(0).await;
        self.judge(&Ok(()), swept).map(drop)
    }

    /// Makes all fills durable, unless a fault prevents it.
    async fn persist(&mut self) {
        self.rig.store.persist_fills().await;
        if !self.plan.is_dead() {
            let objects = self.twin.keys.values_mut().flatten().filter_map(|version| version.object.as_mut());
            objects.for_each(|object| object.durable = true);
        }
    }

    fn body(&mut self, size: usize) -> Bytes {
        self.seed += 1;
        bytes(self.seed, super::step::SIZES[size])
    }

    /// A client's object as it is written now.
    fn object(&self, bytes: Bytes, kind: Kind) -> Object {
        Object {
            etag: (kind == Kind::Normal).then(|| ETag::simple(md5(&bytes))),
            bytes,
            kind,
            content_type: "text/plain",
            class: StorageClass::Standard,
            acl: ObjectAcl::Default,
            tags: None,
            sealed: false,
            restore: None,
            encrypted: self.rig.encryption.is_some(),
            mirrored: false,
            durable: true,
            modified: self.twin.now,
        }
    }

    /// An object from an origin. One without bytes has nothing that could be encrypted.
    fn mirrored(&self, bytes: Bytes, encrypted: bool) -> Object {
        Object {
            etag: Some(MIRROR_ETAG),
            content_type: "image/png",
            encrypted: encrypted && !bytes.is_empty(),
            mirrored: true,
            durable: self.setup.persisted == Persisted::AtOnce,
            modified: 1_795_000_000_000,
            ..self.object(bytes, Kind::Normal)
        }
    }

    /// The id that a request names.
    fn id(&self, key: usize, place: Option<Place>) -> Option<(Id, VersionId)> {
        let id = self.twin.id_at(key, place?);
        match id {
            Id::Null => Some((id, VersionId::Null)),
            Id::Seen(seen) => Some((id, seen)),
            Id::Unseen => panic!("a version of key {key} was not seen"),
        }
    }

    /// Compares an answer with the twin's; gives it, or `None` if both refuse.
    fn judge<T: Debug>(&self, expected: &Result<(), Denied>, found: Result<T, StoreError>) -> Result<Option<T>, Stop> {
        match (found, expected) {
            (Ok(found), Ok(())) => Ok(Some(found)),
            (Err(StoreError::Refused(refusal)), Err(denied)) if named(&refusal).as_ref() == Some(denied) => Ok(None),
            (Err(StoreError::Refused(refusal)), _) => Err(format!("{refusal:?} instead of {expected:?}").into()),
            (Err(_), _) if self.plan.has_failed() || self.may_fail_late => Err(Stop::Unanswered),
            (found, _) => Err(format!("{found:?} instead of {expected:?}").into()),
        }
    }
}

/// The twin's name of a refusal.
fn named(refusal: &Refusal) -> Option<Denied> {
    Some(match refusal {
        Refusal::NoSuchKey(_) => Denied::NoSuchKey,
        Refusal::NoSuchVersion { .. } => Denied::NoSuchVersion,
        Refusal::IsDeleteMarker { .. } => Denied::IsMarker,
        Refusal::AlreadyExists(_) => Denied::Exists,
        Refusal::ObjectNotAppendable => Denied::NotAppendable,
        Refusal::PositionNotEqualToLength { length } => Denied::Position(*length),
        Refusal::NotArchived => Denied::NotArchived,
        Refusal::InvalidRestore(_) => Denied::InvalidRestore,
        Refusal::RestoreInProgress => Denied::RestoreInProgress,
        Refusal::RestoreUnfinished => Denied::RestoreUnfinished,
        Refusal::NotRestored => Denied::NotRestored,
        Refusal::NoParts => Denied::NoParts,
        Refusal::PartTooSmall { .. } => Denied::PartTooSmall,
        Refusal::PartAlreadyExists { .. } => Denied::PartExists,
        Refusal::PartNotSequential { .. } => Denied::PartNotSequential,
        _ => return None,
    })
}

const RESTORE_DELAY: Duration = Duration::from_millis(RESTORE_DELAY_MS as u64);
