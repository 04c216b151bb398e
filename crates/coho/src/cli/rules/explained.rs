//! The store's explanation as text.

use crate::cli::admin_client::shown;
use coho_admin_api::explain::{
    DenialReason, ExplainLimits, ExplainedDecision, ExplainedDenial, ExplainedFetch, ExplainedObject, ExplainedOutcome,
    Explanation, ProbeAnswer, ProbeReport,
};
use std::fmt::{Display, Write};

/// Several lines: the stored object, the trace, the decision, and the limits and probe of a fetch.
pub(super) fn text(title: &str, explanation: &Explanation) -> String {
    let mut out = format!("{}\n", shown(title));
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{}", object(explanation));
    if !explanation.website {
        out.push_str("the bucket has no website configuration\n");
    }
    out.push('\n');
    for (index, event) in explanation.events.iter().enumerate() {
        // The last event is the decision, which follows.
        let is_decision = index + 1 == explanation.events.len() && event.text == explanation.decision.text;
        if !is_decision {
            let _ = writeln!(out, "  {}", shown(&event.text));
        }
    }
    decision(&mut out, &explanation.decision);
    if let Some(ExplainedDenial { reason, message }) = &explanation.denial {
        let _ = writeln!(out, "  denied by {}: {}", denied_by(*reason), shown(message));
    }
    if let ExplainedOutcome::Mirror(_) = explanation.decision.outcome {
        limits(&mut out, &explanation.limits);
    }
    match &explanation.probe {
        None => {}
        Some(ProbeReport::Failed(failure)) => _ = writeln!(out, "probe: {}", shown(&failure.error)),
        Some(ProbeReport::Answered(answer)) => _ = writeln!(out, "probe: {}", probe(answer)),
    }
    out
}

fn denied_by(reason: DenialReason) -> &'static str {
    match reason {
        DenialReason::Policy => "the bucket's policy",
        DenialReason::KeyRights => "the rights of the access key",
        DenialReason::PublicAccessBlock => "the block of public access",
        DenialReason::Acl => "the ACL",
        DenialReason::Referer => "the hotlink protection",
        DenialReason::RequesterPays => "the payer of the bucket",
    }
}

fn object(explanation: &Explanation) -> String {
    if explanation.key.is_none() {
        return String::from("the root of the bucket");
    }
    let Some(ExplainedObject { size_bytes, etag, modified, mirrored_from, fetched, rewritten }) = &explanation.object
    else {
        return String::from("the object does not exist");
    };
    let mut parts = vec![format!("the object exists, {size_bytes} bytes, ETag {}, of {modified}", shown(etag))];
    parts.extend(mirrored_from.as_deref().map(|origin| format!("fetched from {}", shown(origin))));
    if let Some(fetched) = fetched {
        parts.push(format!("at {}, by rule {}", fetched.at, fetched.rule));
        parts.extend(fetched.origin_etag.as_deref().map(|etag| format!("there with ETag {}", shown(etag))));
        let modified = fetched.origin_last_modified.as_deref();
        parts.extend(modified.map(|modified| format!("there of {}", shown(modified))));
    }
    parts.extend(rewritten.as_ref().map(|at| format!("with headers that a client gave it at {at}")));
    parts.join(", ")
}

fn decision(out: &mut String, decision: &ExplainedDecision) {
    let rule = match &decision.outcome {
        ExplainedOutcome::Mirror(fetch) => Some(fetch.rule),
        ExplainedOutcome::Redirect { rule, .. } => *rule,
        _ => None,
    };
    let by = rule.map(|rule| format!(" (rule {rule})")).unwrap_or_default();
    let _ = writeln!(out, "\ndecision: {}{by}", shown(&decision.text));
    match &decision.outcome {
        ExplainedOutcome::Mirror(fetch) => write_fetch(out, fetch),
        ExplainedOutcome::Redirect { location, .. } => _ = writeln!(out, "  Location: {}", shown(location)),
        _ => {}
    }
}

fn write_fetch(out: &mut String, fetch: &ExplainedFetch) {
    let _ = writeln!(out, "  origin: {}", shown(&fetch.url));
    for url in &fetch.other_urls {
        let _ = writeln!(out, "  if it fails: {}", shown(url));
    }
    let _ = writeln!(out, "  x-oss-tag: {}", shown(&fetch.tag));
    if !fetch.headers.is_empty() {
        out.push_str("  headers sent to the origin:\n");
    }
    for header in &fetch.headers {
        let _ = writeln!(out, "    {}: {}", shown(&header.name), shown(&header.value));
    }
}

fn limits(out: &mut String, limits: &ExplainLimits) {
    out.push_str("  limits:\n");
    let or_none = |limit: Option<u64>| limit.map_or_else(|| String::from("none"), |limit| limit.to_string());
    let mut line = |name: &str, value: &dyn Display, unit: &str| {
        let _ = writeln!(out, "{}", format!("    {name}: {value} {unit}").trim_end());
    };
    line("fetches per second", &or_none(limits.qps), "");
    line("bytes per second", &or_none(limits.bandwidth_bytes_per_second), "");
    line("connect timeout", &limits.connect_timeout_ms, "ms");
    line("first byte timeout", &limits.first_byte_timeout_ms, "ms");
    line("idle timeout", &limits.idle_timeout_ms, "ms");
    line("total timeout", &limits.total_timeout_ms, "ms");
    line("largest object", &limits.max_object_bytes, "bytes");
    line("fetches at a time", &limits.max_fetches, "");
    let yes_or_no = |is: bool| if is { "yes" } else { "no" };
    line("a closed connection ends a body", &yes_or_no(limits.trust_close), "");
    line("stored encrypted", &yes_or_no(limits.encrypt), "");
}

fn probe(answer: &ProbeAnswer) -> String {
    let ProbeAnswer { method, status, latency_ms, length_bytes, etag, last_modified, address } = answer;
    let mut parts = vec![format!("{} answered {status}", shown(method)), format!("after {latency_ms:.1} ms")];
    parts.extend(address.as_deref().map(|address| format!("from {}", shown(address))));
    parts.extend(length_bytes.map(|length| format!("{length} bytes")));
    parts.extend(etag.as_deref().map(|etag| format!("ETag {}", shown(etag))));
    parts.extend(last_modified.as_deref().map(|modified| format!("last modified {}", shown(modified))));
    parts.join(", ")
}
