//! `coho events`: the events of a running store, as they happen.

use super::{
    admin_client::{RunningStore, shown},
    output::{Output, OutputForm, yaml},
    say,
};
use anyhow::{Context, bail};
use clap::Args;
use coho_admin_api::AdminOperation;
use serde_json::Value;
use std::{
    fmt::Write,
    io::{BufRead, Read},
};

/// Longest line of the stream, in bytes; an event of the store has a few KiB.
const MAX_LINE_BYTES: u64 = 1 << 20;
/// The event that comes each second, and is shown only if it is named.
const RATES: &str = "rates";

/// Show the events of a running store as they happen: fetches, limits, circuit breakers, changed configurations.
///
/// The command runs until it is interrupted or the store stops. JSON has an event a line.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho events\n  \
    coho events --bucket photos --only fill_failed --only limit_hit\n  \
    coho events --only rates --output json")]
pub(super) struct EventsCommand {
    /// Only those of this bucket.
    #[arg(long, value_name = "BUCKET")]
    bucket: Option<String>,
    /// Only events of this name, such as `fill_failed`; may be repeated. Without it, all but `rates`.
    #[arg(long, value_name = "EVENT")]
    only: Vec<String>,
    /// Ends after so many events.
    #[arg(long, value_name = "NUMBER")]
    max: Option<u64>,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    store: RunningStore,
}

impl EventsCommand {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let mut stream = self.store.client()?.follow(AdminOperation::FollowEvents)?;
        let mut left = self.max.unwrap_or(u64::MAX);
        while left > 0 {
            let Some((name, data)) = next(&mut stream)? else { bail!("the store has ended the stream of events") };
            if self.is_wanted(&name, &data) {
                self.show(&name, &data)?;
                left -= 1;
            }
        }
        Ok(())
    }

    fn is_wanted(&self, name: &str, data: &Value) -> bool {
        let is_named = if self.only.is_empty() { name != RATES } else { self.only.iter().any(|only| only == name) };
        let bucket = data.get("bucket").and_then(Value::as_str);
        // What was missed may have been of this bucket.
        is_named && (self.bucket.is_none() || name == "lost" || bucket == self.bucket.as_deref())
    }

    fn show(&self, name: &str, data: &Value) -> anyhow::Result<()> {
        let event = || serde_json::json!({ "event": name, "data": data });
        match self.output.form() {
            OutputForm::Table => say(line(name, data)),
            OutputForm::Json => say(serde_json::to_string(&event())?),
            OutputForm::Yaml => say(format_args!("---\n{}", yaml(&event()).trim_end())),
        }
        Ok(())
    }
}

/// The next event; `None` at the end of the stream. An event that this version does not know is shown like the others.
fn next(stream: &mut impl BufRead) -> anyhow::Result<Option<(String, Value)>> {
    let (mut name, mut data) = (None, String::new());
    loop {
        let mut text = String::new();
        let read = stream.by_ref().take(MAX_LINE_BYTES).read_line(&mut text).context("the stream broke off")?;
        if read == 0 {
            return Ok(None);
        }
        if !text.ends_with('\n') {
            bail!("the stream has a line of more than {} MiB", MAX_LINE_BYTES >> 20);
        }
        let text = text.trim_end_matches(['\r', '\n']);
        match text.split_once(':') {
            // A blank line ends an event; what had no name was a comment.
            None if text.is_empty() => {
                if let Some(name) = name.take() {
                    let value = serde_json::from_str(&data).context("an event is not JSON")?;
                    return Ok(Some((name, value)));
                }
            }
            Some(("event", value)) => name = Some(value.trim_start().to_owned()),
            Some(("data", value)) => data = value.trim_start().to_owned(),
            _ => {}
        }
    }
}

/// The event for people: its name and its fields. Lists are left out.
fn line(name: &str, data: &Value) -> String {
    let mut out = format!("{name:<22}");
    for (field, value) in data.as_object().into_iter().flatten() {
        let value = match value {
            Value::Null | Value::Array(_) | Value::Object(_) => continue,
            Value::String(text) => shown(text),
            Value::Number(number) => number
                .as_f64()
                .filter(|_| number.is_f64())
                .map_or_else(|| number.to_string(), |number| format!("{number:.1}")),
            Value::Bool(is_true) => is_true.to_string(),
        };
        // Writing to a string cannot fail.
        let _ = write!(out, "{field}={value} ");
    }
    out.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use coho_admin_api::event::AdminEvent;

    /// Whether an event has this name.
    fn is_event(name: &str) -> bool {
        let event = format!("{{\"event\":\"{name}\",\"data\":null}}");
        let error = serde_json::from_str::<AdminEvent>(&event).unwrap_err();
        !error.to_string().contains("unknown variant")
    }

    fn all(stream: &str) -> Vec<String> {
        let mut stream = stream.as_bytes();
        let mut lines = Vec::new();
        loop {
            match next(&mut stream) {
                Ok(Some((name, data))) => lines.push(line(&name, &data)),
                Ok(None) => return lines,
                Err(error) => {
                    lines.push(format!("error: {error}"));
                    return lines;
                }
            }
        }
    }

    #[test]
    fn a_stream_is_read_event_by_event() {
        for (stream, expected) in [
            ("", vec![]),
            (": comment\n\n:\n\n", vec![]),
            (
                "event: fill_failed\nid: 7\ndata: {\"bucket\":\"b\",\"key\":\"a\\u001bb\",\"fill\":\"7\"}\n\nevent: lost\r\ndata: {\"count\":3}\r\n\r\n",
                vec!["fill_failed           bucket=b fill=7 key=a\\u{1b}b", "lost                  count=3"],
            ),
            (
                "event: rates\ndata: {\"requests_per_second\":1.25,\"latency\":null,\"buckets\":[]}\n\n",
                vec!["rates                 requests_per_second=1.2"],
            ),
            ("event: x\ndata: {\n\n", vec!["error: an event is not JSON"]),
            ("event: x\ndata: {}", vec!["error: the stream has a line of more than 1 MiB"]),
        ] {
            assert_eq!(all(stream), expected, "{stream}");
        }
    }

    #[test]
    fn the_named_events_are_shown_of_the_named_bucket() {
        use clap::Parser;
        #[derive(Parser)]
        struct Line {
            #[command(flatten)]
            events: EventsCommand,
        }
        let check = |arguments: &[&str], name: &str, bucket: Option<&str>, expected: bool| {
            let line = Line::parse_from([&["events"], arguments].concat());
            assert_eq!(
                line.events.is_wanted(name, &serde_json::json!({ "bucket": bucket })),
                expected,
                "{arguments:?} {name}"
            );
            assert!(is_event(name));
        };
        check(&[], "fill_started", Some("b"), true);
        check(&[], "rates", None, false);
        check(&["--only", "rates"], "rates", None, true);
        check(&["--only", "rates"], "lost", None, false);
        check(&["--bucket", "b"], "fill_failed", Some("b"), true);
        check(&["--bucket", "b"], "limit_hit", Some("c"), false);
        check(&["--bucket", "b"], "lost", None, true);
        assert!(!is_event("never"));
    }
}
