//! The difference of two configurations, for a confirmation.

use similar::TextDiff;

/// Lines around a change.
const CONTEXT_LINES: usize = 3;

/// What changes, line by line; empty if nothing does.
pub(crate) fn difference(old: &str, new: &str) -> String {
    TextDiff::from_lines(old, new).unified_diff().context_radius(CONTEXT_LINES).header("stored", "new").to_string()
}
