//! The log filter: levels for all parts, or for one.

use anyhow::{anyhow, bail};
use coho_model::nearest;
use tracing_subscriber::EnvFilter;

/// Levels, as a directive without a target.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
/// First segments of targets in this program: its crates, and libraries that log.
const TARGETS: [&str; 14] = [
    "coho",
    "coho_auth",
    "coho_blob",
    "coho_meta",
    "coho_model",
    "coho_origin",
    "coho_oss",
    "coho_rules",
    "coho_server",
    "coho_store",
    "axum",
    "hyper",
    "hyper_util",
    "rustls",
];

/// Refuses a filter that would silently match nothing: a word that is not a level is a target to the library.
pub(super) fn check(filter: &str) -> anyhow::Result<()> {
    if let Err(error) = EnvFilter::try_new(filter) {
        bail!("log: {filter:?} is not a filter: {error}");
    }
    for directive in filter.split(',').map(str::trim).filter(|directive| !directive.is_empty()) {
        check_directive(directive).map_err(|error| anyhow!("log: {directive:?} {error}"))?;
    }
    Ok(())
}

fn check_directive(directive: &str) -> anyhow::Result<()> {
    let target = directive.split(['=', '[']).next().unwrap_or_default();
    let is_level = LEVELS.iter().any(|level| level.eq_ignore_ascii_case(target));
    let first = target.split("::").next().unwrap_or_default();
    if target.is_empty() || is_level || TARGETS.contains(&first) {
        return Ok(());
    }
    let hint = nearest(first, LEVELS.into_iter().chain(TARGETS)).map(|name| format!("; did you mean {name}?"));
    let levels = LEVELS.join(", ");
    bail!("names neither a level ({levels}) nor a part such as coho_origin{}", hint.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_names_levels_and_parts() {
        for filter in
            ["info", "WARN", "info,coho_origin=debug", "coho_server::service=trace", "off", "hyper=debug", "coho"]
        {
            check(filter).unwrap();
        }
        for (filter, expected) in [
            ("verbose", "neither a level"),
            ("coho_orign=debug", "did you mean coho_origin?"),
            ("info,coho_servr=debug", "did you mean coho_server?"),
            ("inof", "did you mean info?"),
            ("=,", "not a filter"),
        ] {
            let error = check(filter).unwrap_err().to_string();
            assert!(error.contains(expected), "{filter}: {error}");
        }
    }
}
