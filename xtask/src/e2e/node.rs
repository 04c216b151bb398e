//! The JavaScript suites: npm packages from the lock file, Node's own test runner.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::Suite;
use crate::step::{self, Outcome, Ran, exists};

pub(super) fn set_up(folder: &Path) -> Result<Outcome> {
    if !exists("node", "--version") || !exists("npm", "--version") {
        return Ok(Outcome::Skipped("node with npm is not installed".to_owned()));
    }
    let mut command = Command::new("npm");
    let ran = step::run(command.args(["ci", "--no-audit", "--no-fund"]).current_dir(folder))?;
    Ok(if ran.success { Outcome::Passed } else { Outcome::Skipped(format!("npm ci: {}", ran.last_words())) })
}

/// Compares the modules of the console with the types of the admin API and of themselves.
pub(super) fn check_types(console: &Path) -> Result<Outcome> {
    let mut command = Command::new("npm");
    Ok(step::run(command.args(["run", "--silent", "types"]).current_dir(console))?.outcome())
}

/// Files of a suite that run at a time.
const CONCURRENCY: &str = "--test-concurrency=2";

pub(super) fn run(suite: &Suite, folder: &Path) -> Result<Ran> {
    let mut command = suite.command("node");
    command.args(["--test", "--test-reporter=spec", CONCURRENCY]).current_dir(folder);
    step::run(&mut command)
}

/// The totals of Node's runner, such as `ℹ tests 40`.
pub(super) fn is_summary(line: &str) -> bool {
    let totals = ["tests ", "pass ", "fail ", "cancelled ", "skipped ", "duration_ms "];
    line.strip_prefix("\u{2139} ").is_some_and(|rest| totals.iter().any(|total| rest.starts_with(total)))
}
