//! Rate limits of a bucket's fetches from its origins.

/// Default fetches per second in the regions of mainland China (OSS: 2,000).
const MAINLAND_QPS: u64 = 2_000;
/// Default bytes per second in the regions of mainland China (OSS: 2 Gbit/s).
const MAINLAND_BANDWIDTH: u64 = 250_000_000;
/// Default fetches per second in other regions (OSS: 1,000).
const OTHER_QPS: u64 = 1_000;
/// Default bytes per second in other regions (OSS: 1 Gbit/s).
const OTHER_BANDWIDTH: u64 = 125_000_000;
/// A region outside the mainland although its name begins with `cn-`.
const HONG_KONG: &str = "cn-hongkong";

/// One rate limit of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MirrorLimit {
    /// OSS's default for the region.
    #[default]
    Default,
    /// Unlimited.
    None,
    /// This rate per second; never 0.
    PerSecond(u64),
}

/// The rate limits of a bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct MirrorLimits {
    /// Fetches per second.
    pub qps: MirrorLimit,
    /// Bytes of fetched bodies per second.
    pub bandwidth: MirrorLimit,
}

impl MirrorLimits {
    /// Fetches per second in this region; `None` means unlimited.
    pub fn effective_qps(self, region: &str) -> Option<u64> {
        self.qps.or(if is_mainland(region) { MAINLAND_QPS } else { OTHER_QPS })
    }

    /// Bytes per second in this region; `None` means unlimited.
    pub fn effective_bandwidth(self, region: &str) -> Option<u64> {
        self.bandwidth.or(if is_mainland(region) { MAINLAND_BANDWIDTH } else { OTHER_BANDWIDTH })
    }
}

impl MirrorLimit {
    /// The effective limit, where `default` is OSS's default; `None` means unlimited.
    pub fn or(self, default: u64) -> Option<u64> {
        match self {
            Self::Default => Some(default),
            Self::None => None,
            Self::PerSecond(limit) => Some(limit),
        }
    }
}

fn is_mainland(region: &str) -> bool {
    let region = region.strip_prefix("oss-").unwrap_or(region);
    region.starts_with("cn-") && region != HONG_KONG
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_limits_depend_on_the_region() {
        let own = MirrorLimits { qps: MirrorLimit::PerSecond(7), bandwidth: MirrorLimit::None };
        for (limits, region, qps, bandwidth) in [
            (MirrorLimits::default(), "cn-hangzhou", Some(2000), Some(250_000_000)),
            (MirrorLimits::default(), "oss-cn-beijing", Some(2000), Some(250_000_000)),
            (MirrorLimits::default(), "cn-hongkong", Some(1000), Some(125_000_000)),
            (MirrorLimits::default(), "eu-central-1", Some(1000), Some(125_000_000)),
            (own, "cn-hangzhou", Some(7), None),
        ] {
            assert_eq!(
                (limits.effective_qps(region), limits.effective_bandwidth(region)),
                (qps, bandwidth),
                "{region}"
            );
        }
    }
}
