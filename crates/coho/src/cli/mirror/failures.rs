//! `coho mirror failures`.

use crate::cli::{
    admin_client::{RunningStore, encoded, shown},
    output::{Output, lines},
};
use clap::Args;
use coho_admin_api::{
    AdminOperation,
    mirror::{ClearedFailures, FetchAttempt, FetchFailure, FetchFailures},
};
use std::fmt::Write;

/// Show the fetches that failed last, with every request to an origin.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho mirror failures\n  \
    coho mirror failures photos --max 10\n  \
    coho mirror failures photos --clear")]
pub(in crate::cli) struct Failures {
    /// The bucket; without it, all.
    bucket: Option<String>,
    /// Most failures that are shown.
    #[arg(long, default_value_t = 100, conflicts_with = "clear")]
    max: u64,
    /// Forget them instead.
    #[arg(long)]
    clear: bool,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    store: RunningStore,
}

impl Failures {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let client = self.store.client()?;
        let bucket = self.bucket.as_ref().map(|bucket| format!("bucket={}", encoded(bucket)));
        if self.clear {
            let query = bucket.unwrap_or_default();
            let cleared: ClearedFailures = client.call(AdminOperation::ClearFailures, &[], &query)?.json()?;
            return self.output.show(&cleared, lines);
        }
        let query = format!("{}max={}", bucket.map(|bucket| bucket + "&").unwrap_or_default(), self.max);
        let failures = client.call(AdminOperation::ListFailures, &[], &query)?.json()?;
        self.output.show(&failures, text)
    }
}

fn text(failures: &FetchFailures) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    for failure in &failures.failures {
        let FetchFailure { at, bucket, key, rule, reason, error, request_id, times, attempts, .. } = failure;
        let times = if *times > 1 { format!("  {times} times") } else { String::new() };
        let _ = writeln!(out, "{at}  {}/{}  rule {rule}  {reason}{times}  {request_id}", shown(bucket), shown(key));
        let _ = writeln!(out, "  {}", shown(error));
        attempts.iter().for_each(|attempt| write_attempt(&mut out, attempt));
        if failure.more_attempts > 0 {
            let _ = writeln!(out, "  and {} more requests", failure.more_attempts);
        }
    }
    let _ = write!(out, "{} of {} failed fetches", failures.failures.len(), failures.kept);
    out
}

fn write_attempt(out: &mut String, attempt: &FetchAttempt) {
    let FetchAttempt { origin, url, redirects, from_bytes, address, status, error, elapsed_ms, .. } = attempt;
    let outcome = match (status, error) {
        (Some(status), _) => format!("status {status}"),
        (None, error) => shown(error.as_deref().unwrap_or("no answer")),
    };
    let address = address.as_ref().map(|address| format!(" ({address})")).unwrap_or_default();
    let from = if *from_bytes > 0 { format!(" from byte {from_bytes}") } else { String::new() };
    let redirects = if *redirects > 0 { format!(" after {redirects} redirects") } else { String::new() };
    // Writing to a string cannot fail.
    let _ = writeln!(out, "  origin {origin}: {}{address}{from}{redirects}  {outcome}  {elapsed_ms:.1} ms", shown(url));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_request_has_a_line() {
        let attempt = |status: Option<u16>, error: Option<&str>, from_bytes, redirects| FetchAttempt {
            origin: 0,
            url: "http://o/k".into(),
            redirects,
            from_bytes,
            address: status.map(|_| "127.0.0.1:80".to_owned()),
            status,
            reason: None,
            error: error.map(str::to_owned),
            elapsed_ms: 1.5,
        };
        let failure = FetchFailure {
            at: "2026-01-01T00:00:00.000Z".into(),
            bucket: "b".into(),
            key: "k\n".into(),
            rule: 2,
            reason: "timeout".into(),
            error: "late".into(),
            request_id: "5F".into(),
            elapsed_ms: 3.0,
            times: 2,
            attempts: vec![attempt(Some(200), None, 0, 1), attempt(None, Some("refused"), 7, 0)],
            more_attempts: 1,
        };
        assert_eq!(
            text(&FetchFailures { failures: vec![failure], kept: 9 }),
            "2026-01-01T00:00:00.000Z  b/k\\u{a}  rule 2  timeout  2 times  5F\n  late\n  \
             origin 0: http://o/k (127.0.0.1:80) after 1 redirects  status 200  1.5 ms\n  \
             origin 0: http://o/k from byte 7  refused  1.5 ms\n  and 1 more requests\n1 of 9 failed fetches"
        );
    }
}
