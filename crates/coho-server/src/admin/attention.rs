//! What an operator should look at.

use super::mirror::before;
use crate::{context::Context, encryption::FinishedJob};
use coho_admin_api::{AttentionItem, AttentionKind, AttentionSeverity, DiskSpace};
use coho_model::Timestamp;
use coho_origin::OriginStatus;
use std::time::Duration;

/// Most items.
const MAX_ITEMS: usize = 100;
/// Share of the disk, in percent, below which it is low.
const LOW_DISK_PERCENT: u64 = 5;
/// Failures since the last success from which on an origin is failing.
const FAILING: usize = 3;
/// Age of a published object from which on it should be durable; the longest delay that can be set is 60 s.
const LONG_UNPERSISTED: Duration = Duration::from_secs(90);
/// How far back failed fetches count.
const FAILURE_TIME: Duration = Duration::from_secs(600);

/// The items, the most severe first.
pub(super) fn attention(context: &Context, is_readable: bool, disk: DiskSpace) -> Vec<AttentionItem> {
    let mut items = Vec::new();
    of_store(context, is_readable, disk, &mut items);
    of_encryption(context, &mut items);
    of_fetches(context, &mut items);
    let lost = (context.dropped_log_lines)();
    if context.log_loss.is_recent(lost) {
        let text = format!("{lost} lines of the log were lost since the start: it is not read fast enough");
        items.push(AttentionItem { count: Some(lost), ..warning(AttentionKind::LogLinesLost, text) });
    }
    items.sort_by_key(|item| (item.severity, item.kind));
    items.truncate(MAX_ITEMS);
    items
}

fn of_store(context: &Context, is_readable: bool, disk: DiskSpace, items: &mut Vec<AttentionItem>) {
    if context.store.is_read_only() {
        items.push(critical(AttentionKind::ReadOnly, "read-only: a commit failed; start the store again"));
    }
    if !is_readable {
        items.push(critical(AttentionKind::MetadataUnreadable, "the metadata cannot be read; the log says why"));
    }
    for resource in context.store.shortages().present() {
        let subject = Some(resource.label().to_owned());
        items.push(AttentionItem { subject, ..critical(AttentionKind::Shortage, resource.consequence()) });
    }
    if let (Some(free), Some(total)) = (disk.free_bytes, disk.total_bytes)
        && free < total / 100 * LOW_DISK_PERCENT
    {
        let text = format!("less than {LOW_DISK_PERCENT} % of the disk is free");
        items.push(AttentionItem { count: Some(free), ..warning(AttentionKind::DiskLow, text) });
    }
    if let Some(age) = context.store.oldest_unpersisted().filter(|age| *age > LONG_UNPERSISTED) {
        let text = format!("a mirrored object is not durable after {} s: the disk is slow", age.as_secs());
        let (since, count) = (Some(before(context.store.now(), age)), Some(context.store.unpersisted_fills()));
        items.push(AttentionItem { since, count, ..warning(AttentionKind::UnpersistedOld, text) });
    }
}

fn of_encryption(context: &Context, items: &mut Vec<AttentionItem>) {
    for key in context.store.keys().missing() {
        let text = format!("master key {key} is not in the key file: what it seals cannot be read");
        let subject = Some(key.to_string());
        items.push(AttentionItem { subject, ..critical(AttentionKind::MasterKeyMissing, text) });
    }
    if let Some(FinishedJob { job, finished_ms, .. }) = context.encryption.jobs().last
        && job.counts.unopened > 0
    {
        let (count, since) = (Some(job.counts.unopened), Some(Timestamp::from_unix_ms(finished_ms).iso8601()));
        let example = job.unopened_example.as_deref().unwrap_or("the secret of an access key");
        let text = format!("{} data keys could not be opened, such as that of {example}", job.counts.unopened);
        items.push(AttentionItem { count, since, ..warning(AttentionKind::DataKeysUnopened, text) });
    }
    if let Some(failure) = context.encryption.totals().last_failure.clone() {
        let text = format!("a job of encryption has failed and is tried again: {failure}");
        items.push(warning(AttentionKind::EncryptionJobFailed, text));
    }
}

fn of_fetches(context: &Context, items: &mut Vec<AttentionItem>) {
    let now = context.store.now();
    items.extend(context.mirror.origins().into_iter().filter_map(|origin| of_origin(origin, now)));
    let since = now.plus_ms(-(FAILURE_TIME.as_millis() as i64));
    for (bucket, (keys, first)) in context.mirror.failed_since(since) {
        let text = format!("fetches of {keys} keys failed in the last {} minutes", FAILURE_TIME.as_secs() / 60);
        items.push(AttentionItem {
            bucket: Some(bucket.to_string()),
            since: Some(first.iso8601()),
            count: Some(keys),
            ..warning(AttentionKind::FetchesFailed, text)
        });
    }
    for hit in context.mirror.limit_hits() {
        let text = format!("the limit {} has held up {} fetches", hit.limit, hit.count);
        items.push(AttentionItem {
            bucket: Some(hit.bucket.to_string()),
            since: Some(before(now, hit.since)),
            subject: Some(hit.limit.to_owned()),
            count: Some(hit.count),
            ..warning(AttentionKind::LimitHit, text)
        });
    }
}

fn of_origin(origin: OriginStatus, now: Timestamp) -> Option<AttentionItem> {
    let last = origin.last_failure.as_deref().unwrap_or("unknown");
    let (kind, text, since) = if origin.breaker != "closed" {
        (
            AttentionKind::BreakerOpen,
            format!("circuit breaker {}, the last failure: {last}", origin.breaker),
            origin.open_for,
        )
    } else if origin.failures >= FAILING {
        let text = format!("{} failures since the last success, the last: {last}", origin.failures);
        (AttentionKind::OriginFailing, text, origin.since_failure)
    } else {
        return None;
    };
    Some(AttentionItem {
        since: since.map(|time| before(now, time)),
        origin: Some(origin.origin),
        count: Some(origin.failures as u64),
        ..warning(kind, text)
    })
}

fn critical(kind: AttentionKind, text: impl Into<String>) -> AttentionItem {
    item(kind, AttentionSeverity::Critical, text)
}

fn warning(kind: AttentionKind, text: impl Into<String>) -> AttentionItem {
    item(kind, AttentionSeverity::Warning, text)
}

fn item(kind: AttentionKind, severity: AttentionSeverity, text: impl Into<String>) -> AttentionItem {
    let text = text.into();
    AttentionItem { kind, severity, text, since: None, bucket: None, origin: None, subject: None, count: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_shown_when_it_fails_or_is_left_alone() {
        let now = Timestamp::from_unix_ms(1_800_000_000_000);
        let check = |breaker, failures, open_for: Option<u64>, expected: Option<(AttentionKind, &str)>| {
            let origin = OriginStatus {
                origin: "http://o".into(),
                requests: 0,
                waiting: 0,
                failures,
                breaker,
                last_failure: Some("late".into()),
                open_for: open_for.map(Duration::from_secs),
                since_success: None,
                since_failure: Some(Duration::from_secs(1)),
            };
            let item = of_origin(origin, now);
            let shown = item.as_ref().map(|item| (item.kind, item.since.as_deref().unwrap_or_default()));
            assert_eq!(shown, expected, "{item:?}");
        };
        check("closed", 0, None, None);
        check("closed", FAILING - 1, None, None);
        check("closed", FAILING, None, Some((AttentionKind::OriginFailing, "2027-01-15T07:59:59.000Z")));
        check("open", 10, Some(60), Some((AttentionKind::BreakerOpen, "2027-01-15T07:59:00.000Z")));
        check("half-open", 10, Some(60), Some((AttentionKind::BreakerOpen, "2027-01-15T07:59:00.000Z")));
    }
}
