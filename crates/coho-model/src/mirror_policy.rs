//! Settings of a bucket's fetches beyond its rules: limits, timeouts, and the memory of misses.

use crate::{MirrorLimit, MirrorLimits, decimal};
use std::{collections::BTreeMap, fmt::Write};

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
        }
        self.rule_limits.retain(|_, limits| *limits != MirrorLimits::default());
        self
    }

    /// Everything except the bucket's limits as text, for engines that store it as one value; empty if nothing is set.
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        let mut line = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                // Writing to a string cannot fail.
                let _ = writeln!(text, "{name}={value}");
            }
        };
        let number = |number: Option<u32>| number.map(|number| number.to_string());
        line("connect_timeout_ms", number(self.connect_timeout_ms));
        line("first_byte_timeout_ms", number(self.first_byte_timeout_ms));
        line("idle_timeout_ms", number(self.idle_timeout_ms));
        line("missing_seconds", number(self.missing_seconds));
        line("hides_origin", self.hides_origin.then(|| "true".into()));
        let limit = |limit| match limit {
            MirrorLimit::Default => None,
            MirrorLimit::None => Some("none".into()),
            MirrorLimit::PerSecond(limit) => Some(limit.to_string()),
        };
        for (rule, limits) in &self.rule_limits {
            line(&format!("rule.{rule}.qps"), limit(limits.qps));
            line(&format!("rule.{rule}.bandwidth"), limit(limits.bandwidth));
        }
        text
    }

    /// The inverse of [`Self::to_text`]; `None` if the text is damaged.
    pub fn parse(limits: MirrorLimits, text: &str) -> Option<Self> {
        let mut policy = Self { limits, ..Self::default() };
        for line in text.lines() {
            let (name, value) = line.split_once('=')?;
            policy = policy.with(parse_setting(name, value)?);
        }
        Some(policy)
    }
}

fn parse_setting(name: &str, value: &str) -> Option<MirrorSetting> {
    let number = || decimal(value).map(Some);
    let limit = || match value {
        "none" => Some(MirrorLimit::None),
        value => decimal(value).filter(|limit| *limit > 0).map(MirrorLimit::PerSecond),
    };
    Some(match name {
        "connect_timeout_ms" => MirrorSetting::ConnectTimeout(number()?),
        "first_byte_timeout_ms" => MirrorSetting::FirstByteTimeout(number()?),
        "idle_timeout_ms" => MirrorSetting::IdleTimeout(number()?),
        "missing_seconds" => MirrorSetting::MissingSeconds(number()?),
        "hides_origin" => MirrorSetting::HidesOrigin(value == "true"),
        rule => match rule.strip_prefix("rule.")?.split_once('.')? {
            (rule, "qps") => MirrorSetting::RuleQps(decimal(rule)?, limit()?),
            (rule, "bandwidth") => MirrorSetting::RuleBandwidth(decimal(rule)?, limit()?),
            _ => return None,
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_round_trips_as_text() {
        let set = |settings: &[MirrorSetting]| settings.iter().fold(MirrorPolicy::default(), |p, s| p.with(*s));
        use MirrorSetting::*;
        for (settings, text) in [
            (&[][..], ""),
            (&[Qps(MirrorLimit::None)], ""),
            (&[ConnectTimeout(Some(5)), IdleTimeout(Some(7))], "connect_timeout_ms=5\nidle_timeout_ms=7\n"),
            (&[FirstByteTimeout(Some(5)), FirstByteTimeout(None)], ""),
            (&[MissingSeconds(Some(30)), HidesOrigin(true)], "missing_seconds=30\nhides_origin=true\n"),
            (
                &[RuleQps(3, MirrorLimit::PerSecond(9)), RuleBandwidth(1, MirrorLimit::None)],
                "rule.1.bandwidth=none\nrule.3.qps=9\n",
            ),
            (&[RuleQps(3, MirrorLimit::PerSecond(9)), RuleQps(3, MirrorLimit::Default)], ""),
        ] {
            let policy = set(settings);
            assert_eq!(policy.to_text(), text, "{settings:?}");
            assert_eq!(MirrorPolicy::parse(policy.limits, text), Some(policy), "{settings:?}");
        }
        for damaged in ["x", "x=1", "idle_timeout_ms=x", "rule.x.qps=1", "rule.1.qps=0", "rule.1.other=1", "rule.1=1"] {
            assert_eq!(MirrorPolicy::parse(MirrorLimits::default(), damaged), None, "{damaged}");
        }
    }
}
