//! `coho lifecycle run`.

use crate::cli::{
    admin_client::{AdminClient, RunningStore, encoded, shown},
    output::{Output, lines},
};
use anyhow::bail;
use clap::Args;
use coho_admin_api::{
    AdminOperation,
    lifecycle::{
        LifecycleActionKind, LifecycleChange, LifecyclePreview, LifecycleRun, LifecycleRunRequest, LifecycleStatus,
    },
};
use std::{fmt::Write, thread, time::Duration};

/// Time between two looks at a run.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Run the lifecycle rules now, and wait for the end; or show what a run would do.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    coho lifecycle run --dry-run\n  \
    coho lifecycle run --dry-run --bucket logs --at 2030-01-31T00:00:00Z\n  \
    coho lifecycle run --bucket logs")]
pub(in crate::cli) struct Run {
    /// Only the rules of this bucket.
    #[arg(long, value_name = "BUCKET")]
    bucket: Option<String>,
    /// Change nothing: list what would be deleted, moved or aborted, by which rule, and since when it is due.
    #[arg(long)]
    dry_run: bool,
    /// List what a run at this time would do to what is stored now.
    #[arg(long, value_name = "TIME", requires = "dry_run")]
    at: Option<String>,
    /// Most changes that are listed.
    #[arg(long, value_name = "NUMBER", default_value_t = 1000, requires = "dry_run")]
    max: usize,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    store: RunningStore,
}

impl Run {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let client = self.store.client()?;
        if self.dry_run {
            return self.output.show(&self.preview(&client)?, text);
        }
        let request = LifecycleRunRequest { bucket: self.bucket.clone() };
        // The route names no bucket.
        let begun: LifecycleStatus = client.send_json(AdminOperation::RunLifecycle, "", &request)?.json()?;
        let begun = begun.running.or(begun.last);
        self.output.show(&end_of(&client, begun)?, lines)
    }

    /// As many pages as are needed.
    fn preview(&self, client: &AdminClient) -> anyhow::Result<LifecyclePreview> {
        let mut all = LifecyclePreview { changes: Vec::new(), next_after: None };
        loop {
            let room = self.max.saturating_sub(all.changes.len()).clamp(1, 1000);
            let mut query = format!("max={room}");
            for (name, value) in [("bucket", &self.bucket), ("at", &self.at), ("after", &all.next_after)] {
                if let Some(value) = value {
                    query += &format!("&{name}={}", encoded(value));
                }
            }
            let page: LifecyclePreview = client.call(AdminOperation::PreviewLifecycle, &[], &query)?.json()?;
            all.changes.extend(page.changes);
            all.next_after = page.next_after;
            if all.next_after.is_none() || all.changes.len() >= self.max {
                return Ok(all);
            }
        }
    }
}

/// Waits for the end of the run that has begun.
#[expect(clippy::disallowed_methods, reason = "the state of a run is asked again and again")]
fn end_of(client: &AdminClient, begun: Option<LifecycleRun>) -> anyhow::Result<LifecycleRun> {
    let Some(begun) = begun else { bail!("the store did not begin a run") };
    loop {
        let status: LifecycleStatus = client.call(AdminOperation::GetLifecycleStatus, &[], "")?.json()?;
        let is_same = |run: &LifecycleRun| run.started_at == begun.started_at && run.bucket == begun.bucket;
        if status.running.as_ref().is_some_and(is_same) {
            if let Some(failure) = status.last_failure {
                bail!("the run has failed and continues in a minute: {}", shown(&failure));
            }
            thread::sleep(LOOK_EVERY);
            continue;
        }
        match status.last.filter(is_same) {
            Some(last) => return Ok(last),
            None => bail!("the run has ended, and another one after it"),
        }
    }
}

fn text(preview: &LifecyclePreview) -> String {
    let mut out = String::new();
    for change in &preview.changes {
        let LifecycleChange { bucket, key, action, rule, due_since, last_modified, bytes, .. } = change;
        let (class, version) = (change.storage_class.as_deref().unwrap_or("?"), change.version_id.as_deref());
        let what = match (action, version) {
            (LifecycleActionKind::Expire, _) => "delete".to_owned(),
            (LifecycleActionKind::Transition, None) => format!("move to {class}"),
            (LifecycleActionKind::Transition, Some(version)) => format!("move version {version} to {class}"),
            (LifecycleActionKind::ExpireVersion, version) => format!("delete version {}", version.unwrap_or("?")),
            (LifecycleActionKind::RemoveMarker, version) => format!("remove marker {}", version.unwrap_or("?")),
            (LifecycleActionKind::AbortUpload, _) => {
                format!("abort upload {}", change.upload_id.as_deref().unwrap_or("?"))
            }
        };
        let noncurrent = change.noncurrent_since.as_ref();
        let noncurrent = noncurrent.map_or(String::new(), |since| format!("noncurrent since {since}, "));
        // Writing to a string cannot fail.
        let _ = writeln!(
            out,
            "{what}  {}/{}  rule {}  due since {due_since}, {noncurrent}last modified {last_modified}, {bytes} bytes",
            shown(bucket),
            shown(key),
            shown(rule)
        );
    }
    let more = if preview.next_after.is_some() { ", and perhaps more; see --max" } else { "" };
    let _ = write!(out, "{} changes{more}", preview.changes.len());
    out
}
