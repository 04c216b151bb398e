//! The page of metrics, in the text form of OpenMetrics.

use super::{access_keys, refusal::AdminError, stored};
use crate::{context::Context, lifecycle::LifecycleRunner};
use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use coho_admin_api::{encryption::EncryptionJobCounts, lifecycle::LifecycleCounts, mirror::StoredShares};
use coho_store::{EncryptionFailure, ScarceResource, Shortages, Store, VersionCounts};
use prometheus_client::{
    encoding::EncodeLabelSet,
    encoding::text::encode,
    metrics::{counter::Counter, family::Family, gauge::Gauge},
    registry::Registry,
};
use std::{collections::BTreeMap, fmt, sync::Arc};

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StateLabel {
    state: &'static str,
}

fn register_access_keys(registry: &mut Registry, context: &Context) {
    let (keys, now) = (context.accepted_keys(), context.store.now());
    let family = Family::<StateLabel, Gauge>::default();
    for state in access_keys::STATES {
        let count = keys.authenticator.credentials().all().filter(|key| access_keys::state(key, now) == state).count();
        family.get_or_create(&StateLabel { state: state.as_str() }).set(count as i64);
    }
    registry.register("access_keys", "Access keys by their state", family);
    let failures: Counter = Counter::default();
    failures.inc_by(context.access_keys.failed_use_writes());
    let help = "Attempts to store the last use of access keys that failed";
    registry.register("access_key_use_write_failures", help, failures);
    let roles: Gauge = Gauge::default();
    roles.set(keys.table.roles.len() as i64);
    registry.register("access_roles", "Roles", roles);
}

pub(super) async fn metrics(State(context): State<Arc<Context>>) -> Response {
    // The other metrics are of use where the store cannot be read.
    let stored = stored::of_mirrors(&context).await.unwrap_or_else(|failure| {
        tracing::error!(?failure, "counters of buckets could not be read");
        BTreeMap::new()
    });
    match page(&context, &stored) {
        Ok(text) => {
            let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
            ([(header::CONTENT_TYPE, content_type)], text).into_response()
        }
        Err(error) => AdminError::internal(error).into_response(),
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct StoredLabels {
    bucket: String,
    source: &'static str,
}

fn register_stored(registry: &mut Registry, stored: &BTreeMap<String, StoredShares>) {
    let (objects, bytes) = (Family::<StoredLabels, Gauge>::default(), Family::<StoredLabels, Gauge>::default());
    for (bucket, shares) in stored {
        for (source, count, size) in [
            ("mirrored", shares.mirrored_objects, shares.mirrored_bytes),
            ("written", shares.written_objects, shares.written_bytes),
        ] {
            let labels = StoredLabels { bucket: bucket.clone(), source };
            objects.get_or_create(&labels).set(count as i64);
            bytes.get_or_create(&labels).set(size as i64);
        }
    }
    registry.register("stored_objects", "Objects of buckets with mirror rules, from origins and of clients", objects);
    registry.register("stored_bytes", "Their bytes", bytes);
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ResourceLabel {
    resource: &'static str,
}

fn register_shortages(registry: &mut Registry, shortages: &Shortages) {
    let (refusals, present) = (Family::<ResourceLabel, Counter>::default(), Family::<ResourceLabel, Gauge>::default());
    let short = shortages.present();
    for resource in ScarceResource::ALL {
        let label = ResourceLabel { resource: resource.label() };
        refusals.get_or_create(&label).inc_by(shortages.refusals(resource));
        present.get_or_create(&label).set(i64::from(short.contains(&resource)));
    }
    registry.register("shortages", "Attempts to get a resource that were refused", refusals);
    registry.register("shortage", "1 while a resource was refused at the last attempt", present);
}

fn register_history(registry: &mut Registry, store: &Store) {
    for (name, help, value) in [
        ("history_write_failures", "Attempts to write the history of traffic that failed", store.history_failures()),
        ("history_rows_dropped", "Minutes of buckets that were never written", store.history_dropped_rows()),
        ("history_uncounted", "Counts of buckets beyond those counted at a time", store.traffic().uncounted()),
    ] {
        let counter: Counter = Counter::default();
        counter.inc_by(value);
        registry.register(name, help, counter);
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ActionLabel {
    action: &'static str,
}

fn register_lifecycle(registry: &mut Registry, runner: &LifecycleRunner) {
    let totals = runner.totals().clone();
    let LifecycleCounts { scanned, .. } = totals.counts;
    let LifecycleCounts { expired, versions_removed, markers_removed, transitioned, aborted, overtaken, .. } =
        totals.counts;
    let LifecycleCounts { expired_bytes, versions_removed_bytes, transitioned_bytes, .. } = totals.counts;
    let (changes, bytes) = (Family::<ActionLabel, Counter>::default(), Family::<ActionLabel, Counter>::default());
    for (action, count) in [
        ("expire", expired),
        ("expire_version", versions_removed),
        ("remove_marker", markers_removed),
        ("transition", transitioned),
        ("abort_upload", aborted),
        ("overtaken", overtaken),
    ] {
        changes.get_or_create(&ActionLabel { action }).inc_by(count);
    }
    for (action, count) in
        [("expire", expired_bytes), ("expire_version", versions_removed_bytes), ("transition", transitioned_bytes)]
    {
        bytes.get_or_create(&ActionLabel { action }).inc_by(count);
    }
    registry.register("lifecycle_changes", "Changes that lifecycle rules have made, or that clients overtook", changes);
    registry.register("lifecycle_bytes", "Bytes of the objects that were changed", bytes);
    for (name, help, value) in [
        ("lifecycle_scanned", "Objects and uploads that runs of lifecycle rules have looked at", scanned),
        ("lifecycle_failures", "Failures of runs of lifecycle rules", totals.failures),
    ] {
        let counter: Counter = Counter::default();
        counter.inc_by(value);
        registry.register(name, help, counter);
    }
    let (running, last) = runner.runs();
    for (name, help, value) in [
        ("lifecycle_running", "1 while a run of lifecycle rules is under way", i64::from(running.is_some())),
        (
            "lifecycle_last_run_timestamp_seconds",
            "When the last run of lifecycle rules ended",
            last.map_or(0, |last| last.finished_ms / 1000),
        ),
    ] {
        let gauge: Gauge = Gauge::default();
        gauge.set(value);
        registry.register(name, help, gauge);
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DirectionLabel {
    direction: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabel {
    reason: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabel {
    outcome: &'static str,
}

fn register_encryption(registry: &mut Registry, context: &Context) {
    let counters = context.store.encryption_counters();
    let (bytes, failures) = (Family::<DirectionLabel, Counter>::default(), Family::<ReasonLabel, Counter>::default());
    for (direction, count) in [("sealed", counters.sealed_bytes()), ("opened", counters.opened_bytes())] {
        bytes.get_or_create(&DirectionLabel { direction }).inc_by(count);
    }
    for reason in EncryptionFailure::ALL {
        failures.get_or_create(&ReasonLabel { reason: reason.label() }).inc_by(counters.failures(reason));
    }
    registry.register("encryption_bytes", "Plain bytes of bodies that were encrypted or decrypted", bytes);
    registry.register("encryption_failures", "Keys and bytes that could not be sealed or opened", failures);
    register_encryption_jobs(registry, context);
}

fn register_encryption_jobs(registry: &mut Registry, context: &Context) {
    let (totals, jobs) = (context.encryption.totals().clone(), context.encryption.jobs());
    let EncryptionJobCounts { scanned, resealed, resealed_secrets, overtaken, unopened, .. } = totals.counts;
    let changes = Family::<OutcomeLabel, Counter>::default();
    let all = [("resealed", resealed), ("resealed_secret", resealed_secrets)];
    for (outcome, count) in all.into_iter().chain([("overtaken", overtaken), ("unopened", unopened)]) {
        changes.get_or_create(&OutcomeLabel { outcome }).inc_by(count);
    }
    registry.register("encryption_job_keys", "Data keys and secrets that jobs of encryption have dealt with", changes);
    for (name, help, value) in [
        ("encryption_job_scanned", "Objects, versions and uploads that jobs of encryption have looked at", scanned),
        ("encryption_job_failures", "Failures of jobs of encryption", totals.failures),
    ] {
        let counter: Counter = Counter::default();
        counter.inc_by(value);
        registry.register(name, help, counter);
    }
    let keys = context.store.keys();
    let (known, missing) = (keys.keyring().overview().len(), keys.missing().len());
    let done = jobs.job.as_ref().map_or(0, |job| job.counts.scanned);
    let objects = jobs.job.as_ref().and_then(|job| job.objects).unwrap_or_default();
    for (name, help, value) in [
        ("encryption_master_keys", "Master keys in the key file", known as i64),
        (
            "encryption_missing_master_keys",
            "Master keys that the data folder needs and the key file lacks",
            missing as i64,
        ),
        ("encryption_job_running", "1 while a job of encryption is under way", i64::from(jobs.job.is_some())),
        ("encryption_job_progress", "What the job under way has looked at", done as i64),
        ("encryption_job_objects", "Objects that were stored when the job under way began", objects as i64),
        (
            "encryption_last_job_timestamp_seconds",
            "When the last job of encryption ended",
            jobs.last.map_or(0, |last| last.finished_ms / 1000),
        ),
    ] {
        let gauge: Gauge = Gauge::default();
        gauge.set(value);
        registry.register(name, help, gauge);
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ChangeLabel {
    change: &'static str,
}

fn register_versions(registry: &mut Registry, store: &Store) {
    let VersionCounts { made, markers_made, removed, markers_removed } = store.version_counts();
    let family = Family::<ChangeLabel, Counter>::default();
    for (change, count) in
        [("made", made), ("marker_made", markers_made), ("removed", removed), ("marker_removed", markers_removed)]
    {
        family.get_or_create(&ChangeLabel { change }).inc_by(count);
    }
    registry.register("versions", "Versions and delete markers that requests have made and removed", family);
}

fn page(context: &Context, stored: &BTreeMap<String, StoredShares>) -> Result<String, fmt::Error> {
    let mut registry = Registry::with_prefix("coho");
    context.metrics.register(&mut registry);
    context.memory.register(&mut registry);
    context.callbacks.metrics.register(&mut registry);
    context.mirror.metrics().register(&mut registry);
    let mut gauge = |name, help, value: i64| {
        let gauge: Gauge = Gauge::default();
        gauge.set(value);
        registry.register(name, help, gauge);
    };
    gauge("mirror_in_flight", "Fetches at this moment", context.mirror.in_flight() as i64);
    gauge(
        "mirror_unpersisted",
        "Mirrored objects that are shown and not durable yet",
        context.store.unpersisted_fills() as i64,
    );
    let failed = context.mirror.failed_fetches(None, 0).1;
    gauge("mirror_failed_keys", "Keys whose last fetch has failed, of those that are kept", failed as i64);
    let missing = context.mirror.negative_cache_size();
    gauge("mirror_known_missing", "Missing objects of origins that are remembered", missing as i64);
    gauge("bodies_in_flight", "Stored bodies that are being sent", context.store.bodies_in_flight() as i64);
    register_shortages(&mut registry, context.store.shortages());
    let dropped: Counter = Counter::default();
    dropped.inc_by((context.dropped_log_lines)());
    registry.register("log_lines_dropped", "Log lines dropped because the log is not read fast enough", dropped);
    register_history(&mut registry, &context.store);
    register_versions(&mut registry, &context.store);
    register_lifecycle(&mut registry, &context.lifecycle);
    register_access_keys(&mut registry, context);
    register_encryption(&mut registry, context);
    register_stored(&mut registry, stored);
    let mut text = String::new();
    encode(&mut text, &registry)?;
    Ok(text)
}
