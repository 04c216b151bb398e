//! `coho status`: asks the admin address of a running store.

use super::{
    admin_client::{RunningStore, shown},
    output::Output,
    size::{duration, size},
};
use clap::Args;
use coho_admin_api::{AdminOperation, AttentionItem, MemoryUse, ServerStatus, live::LatencyPercentiles};
use std::fmt::Write;

#[derive(Debug, Args)]
pub(super) struct Status {
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    store: RunningStore,
}

impl Status {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let status = self.store.client()?.call(AdminOperation::GetStatus, &[], "")?.json()?;
        self.output.show(&status, table)
    }
}

fn table(status: &ServerStatus) -> String {
    let mut out = String::new();
    let mut line = |name: &str, value: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{name:<16}{value}");
    };
    line("version", status.version.clone());
    line("region", status.region.clone());
    line("uptime", duration(status.uptime_seconds));
    if let Some(contents) = status.contents {
        line("buckets", contents.buckets.to_string());
        line("objects", contents.objects.to_string());
        line("stored", size(contents.bytes));
    }
    let (free, total) = (status.disk.free_bytes, status.disk.total_bytes);
    let known = free.zip(total).map(|(free, total)| format!("{} free of {}", size(free), size(total)));
    line("disk", known.unwrap_or_else(|| "unknown".to_owned()));
    for MemoryUse { purpose, used_bytes, limit_bytes } in &status.memory {
        line("memory", format!("{purpose} {} of {}", size(*used_bytes), size(*limit_bytes)));
    }
    line("read-only", if status.read_only { "yes: a commit failed; start the store again" } else { "no" }.to_owned());
    line("short of", if status.short_of.is_empty() { "nothing".to_owned() } else { status.short_of.join(", ") });
    line("backlog", format!("{} objects not durable yet", status.unpersisted));
    line("fetches", format!("{} in flight", status.mirror.in_flight));
    line("bodies", format!("{} being sent", status.bodies_in_flight));
    for (name, latency) in [("latency", status.latency.since_start), ("in last minute", status.latency.last_minute)] {
        line(name, latency.map_or_else(|| "no answers".to_owned(), percentiles));
    }
    for item in &status.attention {
        line("attention", attention(item));
    }
    out
}

fn percentiles(latency: LatencyPercentiles) -> String {
    let LatencyPercentiles { answers, p50_ms, p95_ms, p99_ms } = latency;
    format!("{p50_ms:.1} ms median, {p95_ms:.1} ms p95, {p99_ms:.1} ms p99 of {answers} answers")
}

fn attention(item: &AttentionItem) -> String {
    let of = item.bucket.iter().chain(&item.origin).map(|name| format!("{}: ", shown(name))).collect::<String>();
    let since = item.since.as_ref().map(|since| format!(", since {since}")).unwrap_or_default();
    format!("{of}{}{since}", shown(&item.text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use coho_admin_api::{
        AttentionKind, AttentionSeverity, DiskSpace, MirrorSummary, StoredContents, live::AnswerLatency,
    };

    #[test]
    fn every_quantity_has_its_unit() {
        let status = ServerStatus {
            version: "1.2.3".into(),
            region: "cn-hangzhou".into(),
            uptime_seconds: 93_784,
            contents: Some(StoredContents { buckets: 2, objects: 7, bytes: 2048 }),
            read_only: false,
            short_of: vec!["thread".into(), "space".into()],
            unpersisted: 3,
            mirror: MirrorSummary { in_flight: 1, outcomes: [].into() },
            bodies_in_flight: 0,
            disk: DiskSpace { total_bytes: Some(4 << 30), free_bytes: Some(1 << 30) },
            memory: vec![MemoryUse { purpose: "heads".into(), used_bytes: 512, limit_bytes: 1024 }],
            latency: AnswerLatency {
                since_start: Some(LatencyPercentiles { answers: 9, p50_ms: 0.5, p95_ms: 1.0, p99_ms: 20.0 }),
                last_minute: None,
            },
            attention: vec![AttentionItem {
                kind: AttentionKind::BreakerOpen,
                severity: AttentionSeverity::Warning,
                text: "circuit breaker open, the last failure: late".into(),
                since: Some("2026-01-01T00:00:00.000Z".into()),
                bucket: None,
                origin: Some("http://o".into()),
                subject: None,
                count: Some(10),
            }],
        };
        assert_eq!(
            table(&status),
            "version         1.2.3\nregion          cn-hangzhou\nuptime          1 d 2 h 3 min\nbuckets         2\n\
             objects         7\nstored          2.0 KiB\ndisk            1.0 GiB free of 4.0 GiB\nmemory          heads 512 B of 1.0 KiB\nread-only       no\n\
             short of        thread, space\nbacklog         3 objects not durable yet\nfetches         1 in flight\nbodies          0 being sent\n\
             latency         0.5 ms median, 1.0 ms p95, 20.0 ms p99 of 9 answers\nin last minute  no answers\n\
             attention       http://o: circuit breaker open, the last failure: late, since 2026-01-01T00:00:00.000Z\n"
        );
    }
}
