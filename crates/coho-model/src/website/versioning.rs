//! Versioning and back-to-origin rules exclude each other, in either order.
//!
//! Mirroring writes objects on reads, which would create versions that no client wrote. Index and error pages alone
//! write nothing and are allowed.

use super::WebsiteConfiguration;
use crate::Versioning;

/// The bucket would have both; answered with `InvalidArgument`, as OSS answers any invalid website.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RulesExcludeVersioning {
    /// PutBucketWebsite with a routing rule on a bucket whose versioning is or was enabled.
    #[error("back-to-origin rules cannot be configured for a bucket whose versioning is enabled or suspended")]
    RulesRefused,
    /// PutBucketVersioning on a bucket with a routing rule.
    #[error("versioning cannot be configured for a bucket that has back-to-origin rules; delete the rules first")]
    VersioningRefused,
}

/// Which of the two is being changed, and so refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExclusionChange {
    /// PutBucketWebsite.
    Website,
    /// PutBucketVersioning.
    Versioning,
}

/// Checks a bucket as it would be after the change.
pub fn check_exclusion(
    has_rules: bool,
    versioning: Versioning,
    change: ExclusionChange,
) -> Result<(), RulesExcludeVersioning> {
    match (has_rules, versioning, change) {
        (false, _, _) | (_, Versioning::Off, _) => Ok(()),
        (true, _, ExclusionChange::Website) => Err(RulesExcludeVersioning::RulesRefused),
        (true, _, ExclusionChange::Versioning) => Err(RulesExcludeVersioning::VersioningRefused),
    }
}

impl WebsiteConfiguration {
    /// Whether there is a routing rule of any type; pages alone do not count.
    pub fn has_rules(&self) -> bool {
        !self.routing_rules.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_of_any_type_exclude_versioning_in_either_order_and_when_suspended() {
        use ExclusionChange as Change;
        use RulesExcludeVersioning::*;
        let both = [(Change::Website, RulesRefused), (Change::Versioning, VersioningRefused)];
        for (change, refusal) in both {
            for versioning in [Versioning::Enabled, Versioning::Suspended] {
                assert_eq!(check_exclusion(true, versioning, change), Err(refusal));
                assert_eq!(check_exclusion(false, versioning, change), Ok(()), "pages alone");
            }
            assert_eq!(check_exclusion(true, Versioning::Off, change), Ok(()));
        }
        assert!(!WebsiteConfiguration::default().has_rules());
    }
}
