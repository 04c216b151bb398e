//! `coho mirror status`.

use crate::cli::{
    admin_client::{RunningStore, shown},
    output::Output,
    size::size,
};
use clap::Args;
use coho_admin_api::{
    AdminOperation,
    mirror::{
        BucketMirror, EffectiveMirror, FillReport, LimitSetting, MirrorStatus, MirrorUse, OriginReport,
        RuleLimitSettings, StoredShares,
    },
};
use std::fmt::Write;

/// Show the running fetches and the state of the origins.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho mirror status\n  \
    coho mirror status --output json")]
pub(in crate::cli) struct Status {
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    store: RunningStore,
}

impl Status {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let status = self.store.client()?.call(AdminOperation::GetMirrorStatus, &[], "")?.json()?;
        self.output.show(&status, text)
    }
}

fn text(status: &MirrorStatus) -> String {
    let mut out = format!("fetches in flight: {} of {}\n", status.in_flight, status.limits.fetches);
    // Writing to a string cannot fail.
    for fill in &status.fills {
        let _ = writeln!(out, "  {}", fill_line(fill));
    }
    let _ = writeln!(out, "origins: {}", status.origins.len());
    for origin in &status.origins {
        let _ = writeln!(out, "  {}", origin_line(origin));
    }
    for (bucket, settings) in &status.buckets {
        write_settings(&mut out, bucket, settings);
    }
    for (bucket, stored) in &status.stored {
        let _ = writeln!(out, "{}", stored_line(bucket, stored));
    }
    let _ = writeln!(out, "objects not durable yet: {}", status.unpersisted);
    let _ = writeln!(out, "misses remembered: {}", status.known_missing);
    let counts: Vec<_> = status.outcomes.iter().map(|(outcome, count)| format!("{outcome} {count}")).collect();
    let _ = write!(out, "since the start: {}", if counts.is_empty() { "nothing".into() } else { counts.join(", ") });
    out
}

/// How far a bucket is, as far as the store can tell.
fn stored_line(bucket: &str, stored: &StoredShares) -> String {
    let StoredShares { mirrored_objects, mirrored_bytes, written_objects, written_bytes } = *stored;
    format!(
        "stored in {}: {mirrored_objects} mirrored ({}), {written_objects} written by clients ({})",
        shown(bucket),
        size(mirrored_bytes),
        size(written_bytes),
    )
}

fn fill_line(fill: &FillReport) -> String {
    let FillReport { bucket, key, rule, url, received_bytes, length_bytes, readers, .. } = fill;
    let of = length_bytes.map_or_else(|| "of unknown length".into(), |length| format!("of {}", size(length)));
    let share = length_bytes.and_then(|length| (received_bytes.saturating_mul(100)).checked_div(length));
    format!(
        "{}/{}  {} {of}{}  {}/s  {readers} readers  {:.1} s  rule {rule}  {}",
        shown(bucket),
        shown(key),
        size(*received_bytes),
        share.map(|share| format!(" ({share}%)")).unwrap_or_default(),
        size(fill.bytes_per_second),
        fill.elapsed_seconds,
        shown(url),
    )
}

fn origin_line(origin: &OriginReport) -> String {
    let OriginReport { origin, requests, waiting, breaker, failures, last_failure, .. } = origin;
    let failures = match (failures, last_failure) {
        (0, _) | (_, None) => String::new(),
        (count, Some(last)) => format!("  {count} failures in a row, the last: {}", shown(last)),
    };
    format!("{}  {requests} requests, {waiting} waiting  breaker {breaker}{failures}", shown(origin))
}

fn write_settings(out: &mut String, bucket: &str, settings: &BucketMirror) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "limits of {bucket}: {}", limits(&settings.effective));
    let _ = writeln!(out, "  used now: {}", used(&settings.used.all));
    if settings.trust_close {
        let _ = writeln!(out, "  a closed connection is the end of a body");
    }
    if settings.encrypt {
        let _ = writeln!(out, "  fetched objects are encrypted");
    }
    for (rule, RuleLimitSettings { qps, bandwidth_bytes_per_second }) in &settings.rules {
        let qps = limit(*qps, |count| count.to_string());
        let rate = limit(*bandwidth_bytes_per_second, |bytes| format!("{}/s", size(bytes)));
        let now = settings.used.rules.get(rule).copied().unwrap_or_default();
        let _ = writeln!(out, "  rule {rule}: qps {qps}, bandwidth {rate}; used now: {}", used(&now));
    }
    for (rule, now) in settings.used.rules.iter().filter(|(rule, _)| !settings.rules.contains_key(rule)) {
        let _ = writeln!(out, "  rule {rule}: no limits of its own; used now: {}", used(now));
    }
}

fn limit(setting: LimitSetting, number: impl FnOnce(u64) -> String) -> String {
    match setting {
        LimitSetting::Default => "default".to_owned(),
        LimitSetting::None => "none".to_owned(),
        LimitSetting::PerSecond(limit) => number(limit),
    }
}

/// The mean of the last seconds.
fn used(used: &MirrorUse) -> String {
    format!("{:.1} fetches/s, {}/s", used.fetches_per_second, size(used.bytes_per_second as u64))
}

/// The limits in force of a bucket.
fn limits(effective: &EffectiveMirror) -> String {
    let fetches = effective.qps.map_or_else(|| "any number of".to_owned(), |qps| qps.to_string());
    let bytes = effective.bandwidth_bytes_per_second;
    let bytes = bytes.map_or_else(|| "any bandwidth".to_owned(), |bytes| format!("{}/s", size(bytes)));
    format!("{fetches} fetches/s, {bytes}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use coho_admin_api::mirror::{BucketMirrorUse, MirrorCapacity, NumberSetting};

    #[test]
    fn a_name_stays_on_its_line() {
        for (name, expected) in [("a/b é", "a/b é"), ("a\nb\u{1b}[2J", "a\\u{a}b\\u{1b}[2J"), ("\u{85}x", "\\u{85}x")]
        {
            assert_eq!(shown(name), expected);
        }
    }

    fn fill(key: &str, received_bytes: u64, length_bytes: Option<u64>) -> FillReport {
        FillReport {
            fill: "7".into(),
            bucket: "b".into(),
            key: key.into(),
            rule: 1,
            url: "http://o/k".into(),
            received_bytes,
            length_bytes,
            readers: 2,
            elapsed_seconds: 1.5,
            bytes_per_second: 2048,
        }
    }

    fn settings(qps: Option<u64>, bandwidth_bytes_per_second: Option<u64>, trust_close: bool) -> BucketMirror {
        BucketMirror {
            qps: LimitSetting::Default,
            bandwidth_bytes_per_second: LimitSetting::Default,
            rules: [].into(),
            connect_timeout_ms: NumberSetting::Default,
            first_byte_timeout_ms: NumberSetting::Default,
            idle_timeout_ms: NumberSetting::Default,
            missing_seconds: NumberSetting::Default,
            hide_origin: false,
            trust_close,
            encrypt: trust_close,
            effective: EffectiveMirror {
                qps,
                bandwidth_bytes_per_second,
                connect_timeout_ms: 1,
                first_byte_timeout_ms: 1,
                idle_timeout_ms: 1,
                missing_seconds: 0,
            },
            used: BucketMirrorUse { all: MirrorUse::default(), rules: [].into() },
        }
    }

    #[test]
    fn every_field_is_shown_in_lines() {
        let own = RuleLimitSettings { qps: LimitSetting::PerSecond(5), bandwidth_bytes_per_second: LimitSetting::None };
        let now = MirrorUse { fetches_per_second: 1.25, bytes_per_second: 3072.5 };
        let used = BucketMirrorUse { all: now, rules: [(2, now), (3, MirrorUse::default())].into() };
        let limited = BucketMirror { rules: [(2, own)].into(), used, ..settings(Some(7), Some(2048), false) };
        let status = MirrorStatus {
            in_flight: 2,
            unpersisted: 7,
            fills: vec![fill("half", 1 << 20, Some(2 << 20)), fill("chunks", 5, None), fill("none", 0, Some(0))],
            origins: vec![OriginReport {
                origin: "http://o".into(),
                requests: 2,
                waiting: 0,
                breaker: "open".into(),
                failures: 12,
                last_failure: Some("x".into()),
                open_since: None,
                last_success_at: None,
                last_failure_at: None,
            }],
            buckets: [("b".to_owned(), limited), ("c".to_owned(), settings(None, None, true))].into(),
            stored: [(
                "b".to_owned(),
                StoredShares { mirrored_objects: 7, mirrored_bytes: 3 << 20, written_objects: 1, written_bytes: 5 },
            )]
            .into(),
            known_missing: 3,
            outcomes: [("fetch".to_owned(), 7)].into(),
            limits: MirrorCapacity { fetches: 2048, requests_per_origin: 64 },
        };
        assert_eq!(
            text(&status),
            "fetches in flight: 2 of 2048\n  \
             b/half  1.0 MiB of 2.0 MiB (50%)  2.0 KiB/s  2 readers  1.5 s  rule 1  http://o/k\n  \
             b/chunks  5 B of unknown length  2.0 KiB/s  2 readers  1.5 s  rule 1  http://o/k\n  \
             b/none  0 B of 0 B  2.0 KiB/s  2 readers  1.5 s  rule 1  http://o/k\n\
             origins: 1\n  \
             http://o  2 requests, 0 waiting  breaker open  12 failures in a row, the last: x\n\
             limits of b: 7 fetches/s, 2.0 KiB/s\n  used now: 1.2 fetches/s, 3.0 KiB/s\n  \
             rule 2: qps 5, bandwidth none; used now: 1.2 fetches/s, 3.0 KiB/s\n  \
             rule 3: no limits of its own; used now: 0.0 fetches/s, 0 B/s\n\
             limits of c: any number of fetches/s, any bandwidth\n  used now: 0.0 fetches/s, 0 B/s\n  a closed connection is the end of a body\n  fetched objects are encrypted\n\
             stored in b: 7 mirrored (3.0 MiB), 1 written by clients (5 B)\n\
             objects not durable yet: 7\n\
             misses remembered: 3\nsince the start: fetch 7"
        );
    }
}
