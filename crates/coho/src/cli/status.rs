//! `coho status`: asks the admin address of a running store.

use super::{
    admin_client::RunningStore,
    output::Output,
    size::{duration, size},
};
use clap::Args;
use coho_admin_api::{AdminOperation, ServerStatus};
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
    line("read-only", if status.read_only { "yes: a commit failed; start the store again" } else { "no" }.to_owned());
    line("short of", if status.short_of.is_empty() { "nothing".to_owned() } else { status.short_of.join(", ") });
    line("backlog", format!("{} objects not durable yet", status.unpersisted));
    line("fetches", format!("{} in flight", status.mirror.in_flight));
    line("bodies", format!("{} being sent", status.bodies_in_flight));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use coho_admin_api::{DiskSpace, MirrorSummary, StoredContents};

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
        };
        assert_eq!(
            table(&status),
            "version         1.2.3\nregion          cn-hangzhou\nuptime          1 d 2 h 3 min\nbuckets         2\n\
             objects         7\nstored          2.0 KiB\ndisk            1.0 GiB free of 4.0 GiB\nread-only       no\n\
             short of        thread, space\nbacklog         3 objects not durable yet\nfetches         1 in flight\nbodies          0 being sent\n"
        );
    }
}
