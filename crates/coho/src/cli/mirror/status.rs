//! `coho mirror status`.

use crate::cli::{admin_client::RunningStore, output::Output, size::size};
use clap::Args;
use serde_json::Value;
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
        let status: Value = serde_json::from_slice(&self.store.client()?.get("/v1/mirror/status")?.success()?)?;
        self.output.show(&status, text);
        Ok(())
    }
}

fn text(status: &Value) -> String {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let number = |value: &Value| value.as_u64().unwrap_or_default();
    let word = |value: &Value| printable(value.as_str().unwrap_or_default());
    let (fills, origins) = (list(&status["fills"]), list(&status["origins"]));
    let mut out = format!("fetches in flight: {} of {}\n", status["in_flight"], status["limits"]["fetches"]);
    // Writing to a string cannot fail.
    for fill in &fills {
        let (bytes, length) = (number(&fill["bytes"]), fill["length"].as_u64());
        let of = length.map_or_else(|| "of unknown length".into(), |length| format!("of {}", size(length)));
        let share = length.filter(|length| *length > 0).map(|length| format!(" ({}%)", bytes * 100 / length));
        let _ = writeln!(
            out,
            "  {}/{}  {} {of}{}  {}/s  {} readers  {:.1} s  rule {}  {}",
            word(&fill["bucket"]),
            word(&fill["key"]),
            size(bytes),
            share.unwrap_or_default(),
            size(number(&fill["bytes_per_second"])),
            fill["readers"],
            fill["seconds"].as_f64().unwrap_or_default(),
            fill["rule"],
            word(&fill["url"]),
        );
    }
    let _ = writeln!(out, "origins: {}", origins.len());
    for origin in &origins {
        let failures = match (number(&origin["failures"]), origin["last_failure"].as_str()) {
            (0, _) | (_, None) => String::new(),
            (count, Some(last)) => format!("  {count} failures in a row, the last: {last}"),
        };
        let _ = writeln!(
            out,
            "  {}  {} requests, {} waiting  breaker {}{failures}",
            word(&origin["origin"]),
            origin["requests"],
            origin["waiting"],
            word(&origin["breaker"]),
        );
    }
    for (bucket, settings) in status["buckets"].as_object().into_iter().flatten() {
        let _ = writeln!(out, "limits of {bucket}: {}", limits(&settings["effective"]));
        if settings["trust_close"] == true {
            let _ = writeln!(out, "  a closed connection is the end of a body");
        }
        for (rule, own) in settings["rules"].as_object().into_iter().flatten() {
            let text = |limit: &Value| limit.as_str().map_or_else(|| limit.to_string(), str::to_owned);
            let rate =
                own["bandwidth"].as_u64().map_or_else(|| text(&own["bandwidth"]), |bytes| format!("{}/s", size(bytes)));
            let _ = writeln!(out, "  rule {rule}: qps {}, bandwidth {rate}", text(&own["qps"]));
        }
    }
    let _ = writeln!(out, "objects not durable yet: {}", status["unpersisted"]);
    let _ = writeln!(out, "misses remembered: {}", status["known_missing"]);
    let counts = status["outcomes"].as_object().into_iter().flatten();
    let counts: Vec<_> = counts.map(|(outcome, count)| format!("{outcome} {count}")).collect();
    let _ = write!(out, "since the start: {}", if counts.is_empty() { "nothing".into() } else { counts.join(", ") });
    out
}

/// A name as one line of a terminal: clients choose the characters of keys.
fn printable(name: &str) -> String {
    let mut shown = String::with_capacity(name.len());
    for c in name.chars() {
        if c.is_control() { shown.extend(c.escape_unicode()) } else { shown.push(c) }
    }
    shown
}

/// The limits in force of a bucket.
fn limits(effective: &Value) -> String {
    let fetches = effective["qps"].as_u64().map_or_else(|| "any number of".to_owned(), |qps| qps.to_string());
    let bytes = effective["bandwidth_bytes_per_second"]
        .as_u64()
        .map_or_else(|| "any bandwidth".to_owned(), |bytes| format!("{}/s", size(bytes)));
    format!("{fetches} fetches/s, {bytes}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_name_stays_on_its_line() {
        for (name, expected) in [("a/b é", "a/b é"), ("a\nb\u{1b}[2J", "a\\u{a}b\\u{1b}[2J"), ("\u{85}", "\\u{85}")] {
            assert_eq!(printable(name), expected);
        }
    }

    #[test]
    fn every_field_is_shown_in_lines() {
        let fill = |key: &str, bytes: u64, length: Option<u64>| {
            json!({
                "bucket": "b", "key": key, "rule": 1, "url": "http://o/k", "bytes": bytes, "length": length,
                "readers": 2, "seconds": 1.5, "bytes_per_second": 2048,
            })
        };
        let status = json!({
            "in_flight": 2,
            "unpersisted": 7,
            "limits": { "fetches": 2048 },
            "fills": [fill("half", 1 << 20, Some(2 << 20)), fill("chunks", 5, None)],
            "origins": [{
                "origin": "http://o", "requests": 2, "waiting": 0, "breaker": "open", "failures": 12, "last_failure": "x",
            }],
            "buckets": {
                "b": {
                    "rules": { "2": { "qps": 5, "bandwidth": "none" } },
                    "effective": { "qps": 7, "bandwidth_bytes_per_second": 2048 },
                },
                "c": { "rules": {}, "trust_close": true, "effective": { "qps": null, "bandwidth_bytes_per_second": null } },
            },
            "known_missing": 3,
            "outcomes": { "fetch": 7 },
        });
        assert_eq!(
            text(&status),
            "fetches in flight: 2 of 2048\n  \
             b/half  1.0 MiB of 2.0 MiB (50%)  2.0 KiB/s  2 readers  1.5 s  rule 1  http://o/k\n  \
             b/chunks  5 B of unknown length  2.0 KiB/s  2 readers  1.5 s  rule 1  http://o/k\n\
             origins: 1\n  \
             http://o  2 requests, 0 waiting  breaker open  12 failures in a row, the last: x\n\
             limits of b: 7 fetches/s, 2.0 KiB/s\n  rule 2: qps 5, bandwidth none\n\
             limits of c: any number of fetches/s, any bandwidth\n  a closed connection is the end of a body\n\
             objects not durable yet: 7\n\
             misses remembered: 3\nsince the start: fetch 7"
        );
    }
}
