//! `coho mirror limit`.

use crate::cli::{admin_client::RunningStore, output::Output};
use clap::Args;
use coho_admin_api::{
    JsonObject,
    mirror::{BucketMirrorChange, LimitSetting, RuleLimitsChange},
};

/// Units of a bandwidth in bytes per second; longer names first.
const UNITS: [(&str, f64); 13] = [
    ("kbit", 1e3 / 8.0),
    ("mbit", 1e6 / 8.0),
    ("gbit", 1e9 / 8.0),
    ("kib", 1024.0),
    ("mib", 1048576.0),
    ("gib", 1073741824.0),
    ("kb", 1e3),
    ("mb", 1e6),
    ("gb", 1e9),
    ("k", 1e3),
    ("m", 1e6),
    ("g", 1e9),
    ("b", 1.0),
];
/// Highest limit, below what 64 bits hold.
const MAX_LIMIT: f64 = 9e18;

/// Show or change the limits on a bucket's fetches from its origins.
///
/// A change applies at once. Above the rate a request is answered with 424; above the bandwidth fetches slow down.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("change").multiple(true), after_help = "Example:\n  \
    coho mirror limit photos --qps 500 --bandwidth 200Mbit\n  \
    coho mirror limit photos --qps none --bandwidth none\n  \
    coho mirror limit photos --rule 3 --qps 50\n  \
    coho mirror limit photos")]
pub(in crate::cli) struct Limit {
    /// The bucket.
    bucket: String,
    /// Fetches per second: a number, `none`, or `default` for OSS's own (2000 in cn- regions, 1000 elsewhere).
    #[arg(long, value_name = "N", value_parser = count, group = "change")]
    qps: Option<LimitSetting>,
    /// Bytes per second (10000000, 10MB, 1MiB, 80Mbit), `none`, or `default` (2 Gbit/s in cn- regions, 1 elsewhere).
    #[arg(long, value_name = "B", value_parser = bandwidth, group = "change")]
    bandwidth: Option<LimitSetting>,
    /// Limits one rule, by its RuleNumber, within what the bucket may fetch; without limits of its own it has only those.
    #[arg(long, value_name = "N", requires = "change")]
    rule: Option<u32>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    store: RunningStore,
}

impl Limit {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let (qps, bandwidth_bytes_per_second) = (self.qps, self.bandwidth);
        let asked = match self.rule {
            Some(rule) => {
                let limits = RuleLimitsChange { qps, bandwidth_bytes_per_second };
                BucketMirrorChange { rules: [(rule, JsonObject(limits))].into(), ..BucketMirrorChange::default() }
            }
            None => BucketMirrorChange { qps, bandwidth_bytes_per_second, ..BucketMirrorChange::default() },
        };
        super::change(&self.store, self.output, &self.bucket, &asked)
    }
}

fn count(text: &str) -> Result<LimitSetting, String> {
    word(text).map_or_else(|| number("fetches per second", text, 1.0), Ok)
}

fn bandwidth(text: &str) -> Result<LimitSetting, String> {
    if let Some(word) = word(text) {
        return Ok(word);
    }
    let lower = text.to_ascii_lowercase();
    let lower = lower.strip_suffix("/s").unwrap_or(&lower);
    let unit = UNITS.iter().find_map(|(unit, factor)| Some((lower.strip_suffix(unit)?, *factor)));
    let (digits, factor) = unit.unwrap_or((lower, 1.0));
    number("bytes per second", digits, factor)
}

fn word(text: &str) -> Option<LimitSetting> {
    match text {
        "none" => Some(LimitSetting::None),
        "default" => Some(LimitSetting::Default),
        _ => None,
    }
}

fn number(quantity: &str, digits: &str, factor: f64) -> Result<LimitSetting, String> {
    let value = digits.trim().parse::<f64>().ok().map(|number| (number * factor).floor());
    match value.filter(|value| (1.0..=MAX_LIMIT).contains(value)) {
        Some(value) => Ok(LimitSetting::PerSecond(value as u64)),
        None => Err(format!("{quantity} must be a number from 1, none or default")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_with_and_without_units() {
        for (text, expected) in [
            ("1000", Some(LimitSetting::PerSecond(1000))),
            ("10MB", Some(LimitSetting::PerSecond(10_000_000))),
            ("1MiB", Some(LimitSetting::PerSecond(1_048_576))),
            ("2Gbit", Some(LimitSetting::PerSecond(250_000_000))),
            ("1.5 kb/s", Some(LimitSetting::PerSecond(1500))),
            ("none", Some(LimitSetting::None)),
            ("default", Some(LimitSetting::Default)),
            ("0", None),
            ("-1", None),
            ("nan", None),
            ("1e300", None),
            ("many", None),
            ("", None),
        ] {
            assert_eq!(bandwidth(text).ok(), expected, "{text}");
        }
        assert_eq!(count("500"), Ok(LimitSetting::PerSecond(500)));
        assert!(count("5MB").is_err() && count("0").is_err());
    }
}
