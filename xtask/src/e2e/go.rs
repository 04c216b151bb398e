//! The Go suites: one module with both SDKs, Go's own test runner.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::Suite;
use crate::step::{self, Outcome, Ran, exists};

/// Downloads the SDKs and compiles the tests.
pub(super) fn set_up(module: &Path) -> Result<Outcome> {
    if !exists("go", "version") {
        return Ok(Outcome::Skipped("go is not installed".to_owned()));
    }
    let ran = step::run(Command::new("go").args(["mod", "download"]).current_dir(module))?;
    if !ran.success {
        return Ok(Outcome::Skipped(format!("go mod download: {}", ran.last_words())));
    }
    Ok(step::run(Command::new("go").args(["vet", "./..."]).current_dir(module))?.outcome())
}

/// Runs the tests; a line with their totals follows, since `go test` prints none.
pub(super) fn run(suite: &Suite, module: &Path) -> Result<Ran> {
    let mut command = suite.command("go");
    // Without -count the results of an earlier server would be shown.
    command.args(["test", "-v", "-count=1", "-timeout=10m", "./..."]).current_dir(module);
    let mut ran = step::run(&mut command)?;
    let count = |mark: &str| ran.lines.iter().filter(|line| line.trim_start().starts_with(mark)).count();
    let (passed, failed) = (count("--- PASS: "), count("--- FAIL: "));
    // A package that does not compile has no test that fails.
    let failed = if ran.success { failed } else { failed.max(1) };
    ran.lines.push(format!("{SUMMARY}{passed} passed, {failed} failed"));
    Ok(ran)
}

const SUMMARY: &str = "go test: ";

pub(super) fn is_summary(line: &str) -> bool {
    line.starts_with(SUMMARY)
}
