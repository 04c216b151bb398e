//! The steps that need nothing but cargo. One profile throughout, so that nothing is compiled twice.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use crate::report::Report;
use crate::step::{self, Outcome, Ran, exists};

/// As the one that ships, without the link-time optimisation that would take minutes for each test binary.
pub(crate) const PROFILE: &str = "checked";

/// Longest time for each step on two idle cores with an empty `target/`. Together with those of the end-to-end tests they
/// are the aim of fifteen minutes.
const FORMAT_BUDGET: Duration = Duration::from_secs(10);
const CLIPPY_BUDGET: Duration = Duration::from_secs(150);
const DOCS_BUDGET: Duration = Duration::from_secs(60);
const TEST_BUDGET: Duration = Duration::from_secs(480);
const TIDY_BUDGET: Duration = Duration::from_secs(60);
const DENY_BUDGET: Duration = Duration::from_secs(20);
/// For the binary alone.
const BUILD_BUDGET: Duration = Duration::from_secs(240);

/// Format, lints, docs, tests, dependencies.
pub(crate) fn run(root: &Path, report: &mut Report) {
    report.step("format", FORMAT_BUDGET, || Ok(run_cargo(root, &["fmt", "--all", "--", "--check"])?.outcome()));
    let clippy = ["clippy", "--profile", PROFILE, "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"];
    report.step("clippy", CLIPPY_BUDGET, || Ok(run_cargo(root, &clippy)?.outcome()));
    report.step("docs", DOCS_BUDGET, || {
        let mut command = cargo(root);
        command
            .args(["doc", "--no-deps", "--workspace", "--profile", PROFILE, "--locked"])
            .env("RUSTDOCFLAGS", "-D warnings");
        Ok(step::run(&mut command)?.outcome())
    });
    let test = ["test", "--profile", PROFILE, "--workspace", "--locked", "--no-fail-fast"];
    report.runner("cargo test", TEST_BUDGET, || run_cargo(root, &test), is_test_summary);
    report.step("cargo deny", DENY_BUDGET, || {
        if !exists("cargo-deny", "--version") {
            let reason = "cargo-deny is not installed; the tidy test has checked licences and sources";
            return Ok(Outcome::Skipped(reason.to_owned()));
        }
        Ok(run_cargo(root, &["deny", "--all-features", "check", "licenses", "bans", "sources"])?.outcome())
    });
}

/// The rules of the sources alone, which `run` tests as well.
pub(crate) fn tidy(root: &Path, report: &mut Report) {
    let test = ["test", "--profile", PROFILE, "--locked", "--package", "xtask", "--test", "tidy"];
    report.runner("tidy", TIDY_BUDGET, || run_cargo(root, &test), is_test_summary);
}

/// The binary alone, for the end-to-end tests.
pub(crate) fn build(root: &Path, report: &mut Report) {
    report.step("build", BUILD_BUDGET, || {
        Ok(run_cargo(root, &["build", "--profile", PROFILE, "--workspace", "--locked"])?.outcome())
    });
}

fn run_cargo(root: &Path, arguments: &[&str]) -> anyhow::Result<Ran> {
    step::run(cargo(root).args(arguments))
}

pub(crate) fn cargo(root: &Path) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    command
}

pub(crate) fn target_dir(root: &Path) -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir))
}

/// The totals of each test binary that had a test.
fn is_test_summary(line: &str) -> bool {
    line.starts_with("test result:") && !line.contains(" 0 passed; 0 failed; 0 ignored;")
}
