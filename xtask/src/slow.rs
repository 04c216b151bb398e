//! What takes too long for every commit, or needs an idle machine: property tests with many more cases, the goals of the
//! bench, and how soon the console can be used.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use anyhow::Result;

use crate::bench;
use crate::checks::{PROFILE, cargo, target_dir};
use crate::e2e;
use crate::report::Report;
use crate::step::{self, Outcome};

/// Cases of each property test; proptest's own default is 256.
const PROPERTY_CASES: &str = "20000";

/// Sequences of each model test of the store, and mutations of each parser's input.
const MODEL_SEQUENCES: &str = "2000";
const FUZZ_ROUNDS: &str = "1000000";

/// Longest time for all slow steps together.
pub(crate) const TOTAL_BUDGET: Duration = Duration::from_secs(2 * 60 * 60);
const BUDGET: Duration = Duration::from_secs(30 * 60);

/// `goals.py` and its arguments, one step each.
const GOALS: [&[&str]; 3] = [&["kills", "--runs", "50"], &["slow"], &["far"]];

pub(crate) fn run(root: &Path, report: &mut Report) {
    report.step("property tests", BUDGET, || {
        let mut command = cargo(root);
        command
            .args(["test", "--profile", PROFILE, "--locked", "--no-fail-fast"])
            .env("PROPTEST_CASES", PROPERTY_CASES);
        command.args(["-p", "coho-auth", "-p", "coho-model", "-p", "coho-oss", "-p", "coho-rules"]);
        Ok(step::run(&mut command)?.outcome())
    });
    report.step("model of the store", BUDGET, || {
        // Other sequences every day; a failure prints its seed.
        let days = SystemTime::UNIX_EPOCH.elapsed()?.as_secs() / (24 * 60 * 60);
        let mut command = cargo(root);
        command
            .args(["test", "--profile", PROFILE, "--locked", "-p", "coho-store", "--test", "it", "model::"])
            .env("COHO_MODEL_SEED", (days * 1_000_000).to_string())
            .env("COHO_MODEL_SEQUENCES", MODEL_SEQUENCES);
        Ok(step::run(&mut command)?.outcome())
    });
    report.step("mutations of the parsers' input", BUDGET, || {
        let mut command = cargo(root);
        command
            .args(["test", "--profile", PROFILE, "--locked", "-p", "coho-fuzz"])
            .env("COHO_FUZZ_ROUNDS", FUZZ_ROUNDS);
        Ok(step::run(&mut command)?.outcome())
    });
    report.step("fuzz targets compile", BUDGET, || {
        Ok(step::run(cargo(root).args(["check", "--manifest-path", "fuzz/Cargo.toml"]))?.outcome())
    });
    let build = || {
        bench::build(root)?;
        Ok(step::run(cargo(root).args(["build", "--release", "--locked", "-p", "coho"]))?.outcome())
    };
    if !report.step("build release and bench", BUDGET, build) {
        return;
    }
    for arguments in GOALS {
        report.step(&format!("goal: {}", arguments[0]), BUDGET, || goal(root, arguments));
    }
    report.step("goal: interactive console", BUDGET, || e2e::interactive(root, &release(root)));
}

fn goal(root: &Path, arguments: &[&str]) -> Result<Outcome> {
    let mut command = Command::new("python3");
    command.current_dir(root.join("bench")).arg("goals.py").args(arguments);
    command.env("COHO_BIN", release(root));
    Ok(step::run(&mut command)?.outcome())
}

fn release(root: &Path) -> PathBuf {
    target_dir(root).join("release").join("coho")
}
