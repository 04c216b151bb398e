//! Settings of a bucket's fetches beyond its rules: limits, timeouts, and the memory of misses.

use crate::{MirrorLimit, MirrorLimits};
use std::collections::BTreeMap;

/// Maximum time in seconds that a miss may be remembered.
pub const MAX_MISSING_SECONDS: u32 = 7 * 24 * 3600;
/// Maximum timeout in milliseconds.
pub const MAX_TIMEOUT_MS: u32 = 3_600_000;

/// The fetch settings of a bucket.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MirrorPolicy {
    /// The rate limits.
    pub limits: MirrorLimits,
    /// Rate limits of single rules within the bucket's, by rule number. `Default` means no limit of its own.
    pub rule_limits: BTreeMap<u32, MirrorLimits>,
    /// Milliseconds for name resolution and connecting. `None` means the server's setting, as for the next two fields.
    pub connect_timeout_ms: Option<u32>,
    /// Milliseconds from the request to the head of the response.
    pub first_byte_timeout_ms: Option<u32>,
    /// Milliseconds between two chunks of a body.
    pub idle_timeout_ms: Option<u32>,
    /// Seconds during which an origin is not asked again for an object that it lacked; 0 asks every time.
    pub missing_seconds: Option<u32>,
    /// Whether `x-oss-tag` is `MIRROR` alone, without the origin's URL.
    pub hides_origin: bool,
    /// Whether the origins are trusted to end a body by closing its connection, so that an object without a length is stored
    /// although its end is not proved.
    pub trusts_close: bool,
    /// Whether fetched objects are encrypted. OSS: the encryption rule of the bucket is not applied to them.
    pub encrypts: bool,
}

/// A change of one setting of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MirrorSetting {
    /// Fetches per second.
    Qps(MirrorLimit),
    /// Bytes per second.
    Bandwidth(MirrorLimit),
    /// Fetches per second of one rule.
    RuleQps(u32, MirrorLimit),
    /// Bytes per second of one rule.
    RuleBandwidth(u32, MirrorLimit),
    /// See [`MirrorPolicy::connect_timeout_ms`].
    ConnectTimeout(Option<u32>),
    /// See [`MirrorPolicy::first_byte_timeout_ms`].
    FirstByteTimeout(Option<u32>),
    /// See [`MirrorPolicy::idle_timeout_ms`].
    IdleTimeout(Option<u32>),
    /// See [`MirrorPolicy::missing_seconds`].
    MissingSeconds(Option<u32>),
    /// See [`MirrorPolicy::hides_origin`].
    HidesOrigin(bool),
    /// See [`MirrorPolicy::trusts_close`].
    TrustsClose(bool),
    /// See [`MirrorPolicy::encrypts`].
    Encrypts(bool),
}

impl MirrorPolicy {
    /// The policy with this setting changed.
    #[must_use]
    pub fn with(mut self, setting: MirrorSetting) -> Self {
        match setting {
            MirrorSetting::Qps(limit) => self.limits.qps = limit,
            MirrorSetting::Bandwidth(limit) => self.limits.bandwidth = limit,
            MirrorSetting::RuleQps(rule, limit) => self.rule_limits.entry(rule).or_default().qps = limit,
            MirrorSetting::RuleBandwidth(rule, limit) => self.rule_limits.entry(rule).or_default().bandwidth = limit,
            MirrorSetting::ConnectTimeout(ms) => self.connect_timeout_ms = ms,
            MirrorSetting::FirstByteTimeout(ms) => self.first_byte_timeout_ms = ms,
            MirrorSetting::IdleTimeout(ms) => self.idle_timeout_ms = ms,
            MirrorSetting::MissingSeconds(seconds) => self.missing_seconds = seconds,
            MirrorSetting::HidesOrigin(hides) => self.hides_origin = hides,
            MirrorSetting::TrustsClose(trusts) => self.trusts_close = trusts,
            MirrorSetting::Encrypts(encrypts) => self.encrypts = encrypts,
        }
        self.rule_limits.retain(|_, limits| *limits != MirrorLimits::default());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_that_returns_to_its_default_leaves_no_trace() {
        let set = |settings: &[MirrorSetting]| settings.iter().fold(MirrorPolicy::default(), |p, s| p.with(*s));
        use MirrorSetting::*;
        let nine = MirrorLimit::PerSecond(9);
        for (settings, expected) in [
            (&[][..], MirrorPolicy::default()),
            (&[FirstByteTimeout(Some(5)), FirstByteTimeout(None)], MirrorPolicy::default()),
            (&[RuleQps(3, nine), RuleQps(3, MirrorLimit::Default)], MirrorPolicy::default()),
            (
                &[MissingSeconds(Some(30)), HidesOrigin(true)],
                MirrorPolicy { missing_seconds: Some(30), hides_origin: true, ..MirrorPolicy::default() },
            ),
            (&[TrustsClose(true)], MirrorPolicy { trusts_close: true, ..MirrorPolicy::default() }),
            (&[TrustsClose(true), TrustsClose(false)], MirrorPolicy::default()),
            (&[Encrypts(true)], MirrorPolicy { encrypts: true, ..MirrorPolicy::default() }),
            (
                &[RuleQps(3, nine), RuleBandwidth(3, MirrorLimit::None)],
                MirrorPolicy {
                    rule_limits: BTreeMap::from([(3, MirrorLimits { qps: nine, bandwidth: MirrorLimit::None })]),
                    ..MirrorPolicy::default()
                },
            ),
        ] {
            assert_eq!(set(settings), expected, "{settings:?}");
        }
    }
}
