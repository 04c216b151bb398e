//! The steps of a sequence. Their numbers choose among what exists by then.

use coho_model::{MIN_PART_BYTES, StorageClass};
use proptest::{prelude::*, sample::select};

use crate::rig::INLINE;

/// One key is the prefix of another.
pub(super) const KEYS: [&str; 3] = ["a", "a/b", "b"];
/// Bodies of no bytes, inline ones, small and large files, and parts that may come before others.
pub(super) const SIZES: [usize; 7] = [0, 10, INLINE, INLINE + 1, 70_000, MIN_PART_BYTES as usize, 140_000];

/// The first tag of everything that has tags.
pub(super) const KEPT: [&str; 2] = ["kept", "no"];

/// A version of a key: its place among those that exist, or one after them that does not.
pub(super) type Place = usize;

#[derive(Debug, Clone)]
pub(super) enum Step {
    Put {
        key: usize,
        size: usize,
        forbid: bool,
        class: StorageClass,
        tagged: bool,
    },
    Append {
        key: usize,
        size: usize,
        fits: bool,
        forbid: bool,
        acl: bool,
    },
    Seal {
        key: usize,
        fits: bool,
    },
    Symlink {
        key: usize,
        target: usize,
        forbid: bool,
    },
    Delete {
        key: usize,
    },
    DeleteMany {
        keys: [bool; KEYS.len()],
    },
    DeleteVersion {
        key: usize,
        version: Place,
    },
    Copy {
        from: usize,
        version: Option<Place>,
        to: usize,
        forbid: bool,
        replaces: bool,
    },
    Rewrite {
        key: usize,
        class: Option<StorageClass>,
        replaces: bool,
    },
    SetAcl {
        key: usize,
        version: Option<Place>,
    },
    SetTags {
        key: usize,
        version: Option<Place>,
        some: bool,
    },
    Restore {
        key: usize,
        version: Option<Place>,
        days: u32,
    },
    CleanRestored {
        key: usize,
        version: Option<Place>,
    },
    Read {
        key: usize,
        version: Option<Place>,
        share: (usize, usize),
        wanted: Wanted,
    },
    Begin {
        key: usize,
        forbid: bool,
        sequential: bool,
        class: StorageClass,
    },
    Part {
        upload: usize,
        number: u16,
        size: usize,
    },
    Complete {
        upload: usize,
        forbid: bool,
        all: bool,
    },
    Abort {
        upload: usize,
    },
    Fill {
        key: usize,
    },
    Feed {
        fill: usize,
        size: usize,
    },
    Commit {
        fill: usize,
    },
    Abandon {
        fill: usize,
    },
    Lose {
        fill: usize,
    },
    /// What follows is encrypted, or not.
    Encrypt(bool),
    /// A new master key.
    Rotate,
    /// A page of the walk that seals data keys by it.
    Reseal,
    SetVersioning {
        suspended: bool,
    },
    SetRules(Vec<Rule>),
    RunLifecycle,
    Advance {
        hours: i64,
    },
    Sweep,
    /// The disk fails at that step of what follows.
    Fault {
        step: i64,
        late: bool,
    },
    /// The process is killed at that step of what follows: before it, or after it and before anyone knows.
    Die {
        step: i64,
        made: bool,
    },
    Restart,
}

/// The conditions of a read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// Whether `If-Match` names the entity tag.
    pub(super) matches: Option<bool>,
    /// Whether `If-None-Match` names the entity tag.
    pub(super) matches_none: Option<bool>,
    /// `If-Modified-Since`, in seconds after the modification.
    pub(super) since: Option<i64>,
    /// `If-Unmodified-Since`, in seconds after the modification.
    pub(super) until: Option<i64>,
}

/// A lifecycle rule: days, and what is done after them.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rule {
    pub(super) prefix: &'static str,
    /// Whether it is about tagged objects alone.
    pub(super) tagged: bool,
    /// About objects with more bytes than this.
    pub(super) larger: Option<u64>,
    pub(super) expires: Option<u32>,
    pub(super) moves: Option<(u32, StorageClass)>,
    pub(super) expires_noncurrent: Option<u32>,
    pub(super) moves_noncurrent: Option<(u32, StorageClass)>,
    pub(super) removes_markers: bool,
    pub(super) aborts: Option<u32>,
}

fn class() -> impl Strategy<Value = StorageClass> {
    use StorageClass::{Archive, ColdArchive, Ia, Standard};
    select(&[Standard, Standard, Standard, Ia, Archive, Archive, ColdArchive])
}

fn rule() -> impl Strategy<Value = Rule> {
    let days = || prop::option::of(1..4u32);
    let moves = || prop::option::weighted(0.4, (1..3u32, class()));
    let what = (select(&["", "a", "a/"]), any::<bool>(), prop::option::weighted(0.2, Just(5_000)));
    (what, days(), moves(), days(), moves(), any::<bool>(), days()).prop_map(
        |((prefix, tagged, larger), expires, moves, expires_noncurrent, moves_noncurrent, removes_markers, aborts)| {
            Rule {
                prefix,
                tagged,
                larger,
                expires,
                moves,
                expires_noncurrent,
                moves_noncurrent,
                removes_markers,
                aborts,
            }
        },
    )
}

fn wanted() -> impl Strategy<Value = Wanted> {
    let tag = || prop::option::weighted(0.3, any::<bool>());
    let date = || prop::option::weighted(0.3, -1..2i64);
    (tag(), tag(), date(), date()).prop_map(|(matches, matches_none, since, until)| Wanted {
        matches,
        matches_none,
        since,
        until,
    })
}

/// Writes of whole objects, and what removes them.
fn write() -> impl Strategy<Value = Step> {
    let (key, size) = (|| 0..KEYS.len(), || 0..SIZES.len());
    let (rarely, version) = (|| prop::bool::weighted(0.2), || prop::option::weighted(0.5, 0..5usize));
    prop_oneof![
        6 => (key(), size(), rarely(), class(), any::<bool>())
            .prop_map(|(key, size, forbid, class, tagged)| Step::Put { key, size, forbid, class, tagged }),
        6 => (key(), size(), prop::bool::weighted(0.9), rarely(), rarely())
            .prop_map(|(key, size, fits, forbid, acl)| Step::Append { key, size, fits, forbid, acl }),
        1 => (key(), prop::bool::weighted(0.8)).prop_map(|(key, fits)| Step::Seal { key, fits }),
        2 => (key(), key(), rarely()).prop_map(|(key, target, forbid)| Step::Symlink { key, target, forbid }),
        3 => key().prop_map(|key| Step::Delete { key }),
        1 => any::<[bool; KEYS.len()]>().prop_map(|keys| Step::DeleteMany { keys }),
        3 => (key(), 0..4usize).prop_map(|(key, version)| Step::DeleteVersion { key, version }),
        3 => (key(), version(), key(), rarely(), any::<bool>())
            .prop_map(|(from, version, to, forbid, replaces)| Step::Copy { from, version, to, forbid, replaces }),
        2 => (key(), prop::option::of(class()), any::<bool>())
            .prop_map(|(key, class, replaces)| Step::Rewrite { key, class, replaces }),
    ]
}

/// Changes of what exists, and reads.
fn revise() -> impl Strategy<Value = Step> {
    let key = || 0..KEYS.len();
    let version = || prop::option::weighted(0.5, 0..4usize);
    prop_oneof![
        1 => (key(), version()).prop_map(|(key, version)| Step::SetAcl { key, version }),
        1 => (key(), version(), any::<bool>()).prop_map(|(key, version, some)| Step::SetTags { key, version, some }),
        2 => (key(), version(), select(&[1, 2, 7, 8]))
            .prop_map(|(key, version, days)| Step::Restore { key, version, days }),
        1 => (key(), version()).prop_map(|(key, version)| Step::CleanRestored { key, version }),
        3 => (key(), version(), (0..101usize, 0..101usize), wanted())
            .prop_map(|(key, version, share, wanted)| Step::Read { key, version, share, wanted }),
    ]
}

fn upload() -> impl Strategy<Value = Step> {
    let (key, which, size) = (0..KEYS.len(), || 0..3usize, 0..SIZES.len());
    let rarely = || prop::bool::weighted(0.2);
    prop_oneof![
        2 => (key, rarely(), rarely(), class())
            .prop_map(|(key, forbid, sequential, class)| Step::Begin { key, forbid, sequential, class }),
        6 => (which(), 1..4u16, size).prop_map(|(upload, number, size)| Step::Part { upload, number, size }),
        3 => (which(), rarely(), any::<bool>()).prop_map(|(upload, forbid, all)| Step::Complete { upload, forbid, all }),
        1 => which().prop_map(|upload| Step::Abort { upload }),
    ]
}

fn fill() -> impl Strategy<Value = Step> {
    let (key, which, size) = (0..KEYS.len(), || 0..3usize, 0..SIZES.len());
    prop_oneof![
        4 => key.prop_map(|key| Step::Fill { key }),
        5 => (which(), size).prop_map(|(fill, size)| Step::Feed { fill, size }),
        4 => which().prop_map(|fill| Step::Commit { fill }),
        1 => which().prop_map(|fill| Step::Abandon { fill }),
        1 => which().prop_map(|fill| Step::Lose { fill }),
    ]
}

/// What happens around the requests.
fn around() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => any::<bool>().prop_map(Step::Encrypt),
        2 => Just(Step::Rotate),
        5 => Just(Step::Reseal),
        2 => prop::bool::weighted(0.3).prop_map(|suspended| Step::SetVersioning { suspended }),
        2 => prop::collection::vec(rule(), 0..3).prop_map(Step::SetRules),
        4 => Just(Step::RunLifecycle),
        4 => select(&[1, 3, 30, 100]).prop_map(|hours| Step::Advance { hours }),
        2 => Just(Step::Sweep),
        2 => (0..5i64, any::<bool>()).prop_map(|(step, late)| Step::Fault { step, late }),
        3 => (0..6i64, any::<bool>()).prop_map(|(step, made)| Step::Die { step, made }),
        1 => Just(Step::Restart),
    ]
}

pub(super) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![6 => write(), 3 => revise(), 3 => upload(), 3 => fill(), 4 => around()];
    prop::collection::vec(step, 1..50)
}
