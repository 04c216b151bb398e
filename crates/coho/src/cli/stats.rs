//! `coho stats`.

use super::{admin_client::RunningStore, output::Output, size::size};
use clap::Args;
use coho_admin_api::{
    AdminOperation,
    history::{TrafficHistory, TrafficNumbers},
};
use coho_model::Timestamp;
use std::fmt::Write;

/// Longest span that is asked for: as long as hours are kept, in seconds.
const MAX_LAST_SECONDS: u64 = 90 * 24 * 3600;

/// Show the requests and fetches of a bucket, or of all of them, in the last time.
///
/// Up to two hours are shown by minute, up to two days by hour, and more by day (UTC). The store keeps minutes for 48 hours
/// and hours for 90 days; the present minute is not counted yet.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    coho stats\n  \
    coho stats photos\n  \
    coho stats photos --last 1d\n  \
    coho stats photos --last 90d --output json | jq .total")]
pub(in crate::cli) struct Stats {
    /// The bucket; without it, all of them together.
    bucket: Option<String>,
    /// How far back: minutes, hours or days, up to 90d.
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = seconds)]
    last: u64,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    store: RunningStore,
}

impl Stats {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let Self { bucket, last, output, store } = self;
        let query = format!("last={last}");
        let client = store.client()?;
        let answer = match &bucket {
            Some(bucket) => client.call(AdminOperation::GetTraffic, &[bucket], &query),
            None => client.call(AdminOperation::GetTotalTraffic, &[], &query),
        };
        let history: TrafficHistory = answer?.json()?;
        output.show(&history, |history| table(history, width(last)))
    }
}

fn seconds(text: &str) -> Result<u64, String> {
    let wrong = || "a time is a number with m, h or d, from 1m to 90d".to_owned();
    let unit = match text.chars().last() {
        Some('m') => 60,
        Some('h') => 3600,
        Some('d') => 86_400,
        _ => return Err(wrong()),
    };
    let number: Option<u64> = coho_model::decimal(&text[..text.len() - 1]);
    let seconds = number.and_then(|number| number.checked_mul(unit));
    seconds.filter(|seconds| (60..=MAX_LAST_SECONDS).contains(seconds)).ok_or_else(wrong)
}

/// Seconds of a line.
fn width(last: u64) -> i64 {
    match last {
        ..=7200 => 60,
        7201..=172_800 => 3600,
        _ => 86_400,
    }
}

fn table(history: &TrafficHistory, width: i64) -> String {
    let mut out = format!(
        "{:<20} {:>9} {:>9} {:>9} {:>9} {:>7} {:>7} {:>10} {:>10} {:>8} {:>10} {:>6}\n",
        "begin",
        "hits",
        "mirrored",
        "redirects",
        "others",
        "4xx",
        "5xx",
        "sent",
        "received",
        "fetches",
        "fetched",
        "failed"
    );
    let mut lines: Vec<(i64, TrafficNumbers)> = Vec::new();
    for span in &history.spans {
        let start = span.start - span.start.rem_euclid(width);
        match lines.last_mut().filter(|(last, _)| *last == start) {
            Some((_, numbers)) => add(numbers, &span.counts),
            None => lines.push((start, span.counts)),
        }
    }
    for (start, numbers) in &lines {
        let begin = Timestamp::from_unix_ms(start.saturating_mul(1000)).iso8601();
        // Minutes are enough.
        write_line(&mut out, &begin[..begin.len().min(16)], numbers);
    }
    write_line(&mut out, "total", &history.total);
    out
}

fn write_line(out: &mut String, begin: &str, n: &TrafficNumbers) {
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "{begin:<20} {:>9} {:>9} {:>9} {:>9} {:>7} {:>7} {:>10} {:>10} {:>8} {:>10} {:>6}",
        n.hits,
        n.mirrored,
        n.redirects,
        n.other_answers,
        n.client_errors,
        n.server_errors,
        size(n.sent_bytes),
        size(n.received_bytes),
        n.fetches,
        size(n.origin_bytes),
        n.fetch_failures
    );
}

fn add(sum: &mut TrafficNumbers, more: &TrafficNumbers) {
    for (count, more) in [
        (&mut sum.hits, more.hits),
        (&mut sum.mirrored, more.mirrored),
        (&mut sum.redirects, more.redirects),
        (&mut sum.other_answers, more.other_answers),
        (&mut sum.client_errors, more.client_errors),
        (&mut sum.server_errors, more.server_errors),
        (&mut sum.sent_bytes, more.sent_bytes),
        (&mut sum.received_bytes, more.received_bytes),
        (&mut sum.fetches, more.fetches),
        (&mut sum.origin_bytes, more.origin_bytes),
        (&mut sum.fetch_failures, more.fetch_failures),
    ] {
        *count = count.saturating_add(more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use coho_admin_api::history::{TrafficSpan, TrafficStepName};

    #[test]
    fn a_time_has_a_unit() {
        for (text, expected) in [("1m", Some(60)), ("1h", Some(3600)), ("90d", Some(7_776_000)), ("2d", Some(172_800))]
        {
            assert_eq!(seconds(text).ok(), expected, "{text}");
        }
        for text in ["", "h", "0m", "91d", "1", "1w", "-1h", "1.5h", "99999999999999999999d", "1é"] {
            assert!(seconds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn spans_of_one_line_are_added() {
        let span = |start, hits| TrafficSpan { start, counts: TrafficNumbers { hits, ..TrafficNumbers::default() } };
        let total = TrafficNumbers { hits: 6, sent_bytes: 2048, ..TrafficNumbers::default() };
        let spans = vec![span(0, 1), span(3600, 2), span(86_400, 3)];
        let history = TrafficHistory { from: 0, to: 172_800, step: TrafficStepName::Hour, total, spans };
        let text = table(&history, 86_400);
        let shown: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().take(2).collect()).collect();
        assert_eq!(shown, [["begin", "hits"], ["1970-01-01T00:00", "3"], ["1970-01-02T00:00", "3"], ["total", "6"]]);
        assert!(text.lines().last().unwrap().contains("2.0 KiB"), "{text}");
    }
}
