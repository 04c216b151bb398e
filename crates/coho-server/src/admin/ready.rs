//! Whether requests should come here.

use super::status;
use crate::{context::Context, disk_thread::probe_thread};
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use coho_model::MasterKeyId;
use coho_store::ScarceResource;
use std::{fmt::Write, sync::Arc};

/// Ready means that metadata can be read and changed. A shortage that leaves deletes and some writes possible is a warning in
/// the text.
pub(super) async fn ready(State(context): State<Arc<Context>>) -> Response {
    probe_thread(context.store.shortages());
    let unreadable = status::probe(&context).await.err().map(|error| error.to_string());
    let (is_read_only, shortages) = (context.store.is_read_only(), context.store.shortages());
    let reason = unreadable.or_else(|| unchangeable(is_read_only, shortages.stop_changes()));
    let missing = context.store.keys().missing();
    verdict(reason, &shortages.present(), &missing).into_response()
}

fn unchangeable(is_read_only: bool, stops: bool) -> Option<String> {
    let of_metadata = format!("metadata: {}", ScarceResource::Metadata.consequence());
    let read_only = || "read-only: a commit failed; start the store again".to_owned();
    if is_read_only { Some(read_only()) } else { stops.then_some(of_metadata) }
}

fn verdict(reason: Option<String>, short: &[ScarceResource], missing: &[MasterKeyId]) -> (StatusCode, String) {
    let (status, mut text) = match reason {
        Some(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("not ready: {reason}\n")),
        None => (StatusCode::OK, "ready\n".to_owned()),
    };
    for resource in short {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "warning: {}: {}", resource.label(), resource.consequence());
    }
    for key in missing {
        let _ =
            writeln!(text, "warning: master key {key}: it is not in the key file, and what it seals cannot be read");
    }
    (status, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ScarceResource::{Metadata, Space, Thread};

    #[test]
    fn only_what_stops_every_change_makes_a_node_not_ready() {
        let check = |read_only, stops, short: &[_], status: u16, lines: &[&str]| {
            let (code, text) = verdict(unchangeable(read_only, stops), short, &[]);
            assert_eq!(code, status, "{text}");
            let begins = text.lines().map(|line| line.split(": ").take(2).collect::<Vec<_>>().join(": "));
            assert_eq!(begins.collect::<Vec<_>>(), lines);
        };
        check(false, false, &[], 200, &["ready"]);
        check(false, false, &[Thread, Space], 200, &["ready", "warning: thread", "warning: space"]);
        check(false, false, &[Metadata], 200, &["ready", "warning: metadata"]);
        check(false, true, &[Thread, Metadata], 503, &["not ready: metadata", "warning: thread", "warning: metadata"]);
        check(true, true, &[], 503, &["not ready: read-only"]);
        let (code, text) = verdict(None, &[], &[MasterKeyId(0xab)]);
        assert_eq!(code, 200, "what needs no key is served: {text}");
        assert!(text.starts_with("ready\nwarning: master key 00000000000000ab: "), "{text}");
    }
}
