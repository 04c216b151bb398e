//! What happens to targets that exist.

use clap::Args;
use coho_model::Timestamp;

/// Without an option, a target that exists is a failure.
#[derive(Debug, Clone, Copy, Default, Args)]
pub(super) struct ExistingTargets {
    /// Overwrites what exists.
    #[arg(long, short, conflicts_with = "update")]
    force: bool,
    /// Overwrites what is older or has another length, and skips the rest.
    #[arg(long, short)]
    update: bool,
}

/// Length and time of one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CopyVersion {
    pub(super) length: Option<u64>,
    pub(super) modified: Option<Timestamp>,
}

/// The decision about a target that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OverwriteDecision {
    Overwrite,
    Skip,
    Refuse,
}

impl ExistingTargets {
    /// Whether nothing may be overwritten, whatever it is.
    pub(super) fn forbids(self) -> bool {
        !self.force && !self.update
    }

    /// Whether both sides are compared.
    pub(super) fn compares(self) -> bool {
        self.update
    }

    pub(super) fn decide(self, source: CopyVersion, target: CopyVersion) -> OverwriteDecision {
        if self.force {
            return OverwriteDecision::Overwrite;
        }
        if !self.update {
            return OverwriteDecision::Refuse;
        }
        let is_older = match (source.modified, target.modified) {
            // OSS keeps whole seconds.
            (Some(source), Some(target)) => target.unix_s() < source.unix_s(),
            _ => true,
        };
        let has_same_length = source.length.is_some() && source.length == target.length;
        if has_same_length && !is_older { OverwriteDecision::Skip } else { OverwriteDecision::Overwrite }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn update_skips_what_is_as_long_and_not_older() {
        let (plain, force, update) = (
            ExistingTargets::default(),
            ExistingTargets { force: true, update: false },
            ExistingTargets { force: false, update: true },
        );
        let version =
            |length, seconds: i64| CopyVersion { length, modified: Some(Timestamp::from_unix_ms(seconds * 1000)) };
        let check =
            |existing: ExistingTargets, source, target, expected| assert_eq!(existing.decide(source, target), expected);
        check(plain, version(Some(1), 5), version(Some(1), 5), OverwriteDecision::Refuse);
        check(force, version(Some(1), 5), version(Some(1), 9), OverwriteDecision::Overwrite);
        check(update, version(Some(1), 5), version(Some(1), 5), OverwriteDecision::Skip);
        check(update, version(Some(1), 5), version(Some(1), 4), OverwriteDecision::Overwrite);
        check(update, version(Some(1), 5), version(Some(2), 9), OverwriteDecision::Overwrite);
        check(update, version(None, 5), version(None, 9), OverwriteDecision::Overwrite);
        check(
            update,
            CopyVersion { length: Some(1), modified: None },
            version(Some(1), 9),
            OverwriteDecision::Overwrite,
        );
        assert!(plain.forbids() && !force.forbids() && !update.forbids());
    }
}
