//! The store's explanation as text. It comes from another program, so missing fields are left out.

use serde_json::Value;
use std::fmt::Write;

/// Several lines: the stored object, the trace, the decision, and the limits and probe of a fetch.
pub(super) fn text(title: &str, json: &Value) -> String {
    let mut out = format!("{title}\n");
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{}", object(json));
    if json["website"] == Value::Bool(false) {
        out.push_str("the bucket has no website configuration\n");
    }
    out.push('\n');
    let decided = &json["decision"]["text"];
    let events = json["events"].as_array().map_or(&[][..], Vec::as_slice);
    for (index, event) in events.iter().enumerate() {
        // The last event is the decision, which follows.
        let is_decision = index + 1 == events.len() && event["text"] == *decided;
        if let (Some(text), false) = (event["text"].as_str(), is_decision) {
            let _ = writeln!(out, "  {text}");
        }
    }
    decision(&mut out, &json["decision"]);
    if json["decision"]["kind"] == "mirror" {
        limits(&mut out, &json["limits"]);
    }
    probe(&mut out, &json["probe"]);
    out
}

fn object(json: &Value) -> String {
    let object = &json["object"];
    if json["key"].is_null() || object.is_null() {
        return String::from("the root of the bucket");
    }
    if object["exists"] != Value::Bool(true) {
        return String::from("the object does not exist");
    }
    let mut parts = vec![String::from("the object exists")];
    parts.extend(shown(&object["size"]).map(|size| format!("{size} bytes")));
    parts.extend(shown(&object["etag"]).map(|etag| format!("ETag {etag}")));
    parts.extend(shown(&object["modified"]).map(|modified| format!("of {modified}")));
    parts.extend(shown(&object["mirrored_from"]).map(|origin| format!("fetched from {origin}")));
    let fetched = &object["fetched"];
    parts.extend(shown(&fetched["at"]).map(|at| format!("at {at}")));
    parts.extend(shown(&fetched["rule"]).map(|rule| format!("by rule {rule}")));
    parts.extend(shown(&fetched["origin_etag"]).map(|etag| format!("there with ETag {etag}")));
    parts.extend(shown(&fetched["origin_last_modified"]).map(|modified| format!("there of {modified}")));
    parts.join(", ")
}

fn decision(out: &mut String, decision: &Value) {
    let text = shown(&decision["text"]).unwrap_or_else(|| String::from("unknown"));
    let by = shown(&decision["rule"]).map(|rule| format!(" (rule {rule})")).unwrap_or_default();
    let _ = writeln!(out, "\ndecision: {text}{by}");
    for (name, label) in [("url", "origin"), ("location", "Location"), ("tag", "x-oss-tag")] {
        if let Some(value) = shown(&decision[name]) {
            let _ = writeln!(out, "  {label}: {value}");
        }
    }
    let headers = decision["headers"].as_array().map_or(&[][..], Vec::as_slice);
    if !headers.is_empty() {
        out.push_str("  headers sent to the origin:\n");
    }
    for header in headers {
        let (name, value) = (shown(&header[0]).unwrap_or_default(), shown(&header[1]).unwrap_or_default());
        let _ = writeln!(out, "    {name}: {value}");
    }
}

fn limits(out: &mut String, limits: &Value) {
    let Some(limits) = limits.as_object().filter(|limits| !limits.is_empty()) else { return };
    out.push_str("  limits:\n");
    for (name, value) in limits {
        let unit = ["ms", "bytes", "qps"].into_iter().find(|unit| name.ends_with(&format!("_{unit}")));
        let words = unit.and_then(|unit| name.strip_suffix(unit)).unwrap_or(name).replace('_', " ");
        let value = match (shown(value), unit) {
            (Some(value), Some(unit)) => format!("{value} {unit}"),
            (Some(value), None) => value,
            (None, _) => String::from("none"),
        };
        let _ = writeln!(out, "    {}: {value}", words.trim_end());
    }
}

fn probe(out: &mut String, probe: &Value) {
    if let Some(error) = shown(&probe["error"]) {
        let _ = writeln!(out, "probe: {error}");
        return;
    }
    let Some(status) = shown(&probe["status"]) else { return };
    let mut parts = vec![format!("{} answered {status}", shown(&probe["method"]).unwrap_or_default())];
    parts.extend(probe["latency_ms"].as_f64().map(|latency| format!("after {latency:.1} ms")));
    parts.extend(shown(&probe["address"]).map(|address| format!("from {address}")));
    parts.extend(shown(&probe["length"]).map(|length| format!("{length} bytes")));
    parts.extend(shown(&probe["etag"]).map(|etag| format!("ETag {etag}")));
    parts.extend(shown(&probe["last_modified"]).map(|modified| format!("last modified {modified}")));
    let _ = writeln!(out, "probe: {}", parts.join(", "));
}

/// A text or a number. Control characters, which could come from an origin, do not reach the terminal.
fn shown(value: &Value) -> Option<String> {
    match value {
        Value::Null | Value::Array(_) | Value::Object(_) => None,
        Value::String(text) => Some(text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()),
        other => Some(other.to_string()),
    }
}
