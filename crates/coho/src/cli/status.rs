//! `coho status`: asks the admin address of a running store.

use super::{
    admin_client::RunningStore,
    output::Output,
    size::{duration, size},
};
use clap::Args;
use serde_json::Value;
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
        let status = self.store.client()?.get("/v1/status")?.success()?;
        self.output.show(&serde_json::from_slice(&status)?, table);
        Ok(())
    }
}

fn table(status: &Value) -> String {
    let number = |value: &Value| value.as_u64().unwrap_or_default();
    let (contents, disk) = (&status["contents"], &status["disk"]);
    let mut out = String::new();
    let mut line = |name: &str, value: String| {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{name:<16}{value}");
    };
    line("version", status["version"].as_str().unwrap_or_default().to_owned());
    line("region", status["region"].as_str().unwrap_or_default().to_owned());
    line("uptime", duration(number(&status["uptime_seconds"])));
    if contents.is_object() {
        line("buckets", contents["buckets"].to_string());
        line("objects", contents["objects"].to_string());
        line("stored", size(number(&contents["bytes"])));
    }
    let (free, total) = (number(&disk["free_bytes"]), number(&disk["total_bytes"]));
    line("disk", format!("{} free of {}", size(free), size(total)));
    let read_only = status["read_only"] == true;
    line("read-only", if read_only { "yes: a commit failed; start the store again" } else { "no" }.to_owned());
    let short: Vec<_> = status["short_of"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    line("short of", if short.is_empty() { "nothing".to_owned() } else { short.join(", ") });
    line("backlog", format!("{} objects not durable yet", status["not_durable"]));
    line("fetches", format!("{} in flight", status["mirror"]["in_flight"]));
    line("bodies", format!("{} being sent", status["bodies_in_flight"]));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_quantity_has_its_unit() {
        let status = json!({
            "version": "1.2.3", "region": "cn-hangzhou", "uptime_seconds": 93_784, "read_only": false, "not_durable": 3, "short_of": ["thread", "space"],
            "contents": { "buckets": 2, "objects": 7, "bytes": 2048 },
            "disk": { "total_bytes": 4u64 << 30, "free_bytes": 1u64 << 30 },
            "mirror": { "in_flight": 1 }, "bodies_in_flight": 0,
        });
        assert_eq!(
            table(&status),
            "version         1.2.3\nregion          cn-hangzhou\nuptime          1 d 2 h 3 min\nbuckets         2\n\
             objects         7\nstored          2.0 KiB\ndisk            1.0 GiB free of 4.0 GiB\nread-only       no\n\
             short of        thread, space\nbacklog         3 objects not durable yet\nfetches         1 in flight\nbodies          0 being sent\n"
        );
    }
}
