//! The end-to-end tests with real clients: set-up of each client, then its runner. A client that is not
//! available is skipped with the reason, and the others run.

mod chromium;
mod go;
mod java;
mod nginx;
mod node;
mod operations;
mod ossutil;
mod python;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::checks::{PROFILE, target_dir};
use crate::report::Report;
use crate::step::{self, Outcome, exists};

/// Longest time for setting up one client, with a registry's cache that is cold.
const SET_UP_BUDGET: Duration = Duration::from_secs(120);
const PYTEST_BUDGET: Duration = Duration::from_secs(180);
const NODE_BUDGET: Duration = Duration::from_secs(60);
const GO_BUDGET: Duration = Duration::from_secs(60);
const JAVA_BUDGET: Duration = Duration::from_secs(60);
const RECORD_BUDGET: Duration = Duration::from_secs(1);
const OPERATIONS_BUDGET: Duration = Duration::from_secs(1);
const CONSOLE_BUDGET: Duration = Duration::from_secs(300);
const TYPES_BUDGET: Duration = Duration::from_secs(30);

/// What every suite needs to know.
struct Suite {
    binary: PathBuf,
    /// Suites append here what their servers have answered.
    answers: PathBuf,
}

impl Suite {
    /// A runner of tests.
    fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.env("COHO_BINARY", &self.binary).env("COHO_E2E_ANSWERS", &self.answers);
        command
    }

    /// Empties the record of answers: what an earlier run has left does not count.
    fn begin_record(&self) -> Result<Outcome> {
        if let Some(folder) = self.answers.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&self.answers, "")?;
        Ok(Outcome::Passed)
    }
}

/// Sets up what is missing and runs all suites against `target/checked/coho`.
pub(crate) fn run(root: &Path, report: &mut Report) {
    let target = target_dir(root);
    let suite = Suite { binary: target.join(PROFILE).join("coho"), answers: target.join("xtask").join("e2e-answers") };
    if !report.step("record answers", RECORD_BUDGET, || suite.begin_record()) {
        return;
    }
    let folder = root.join("e2e");
    let mut missing = Vec::new();
    let mut check = |is_set_up: bool, name: &'static str| {
        if !is_set_up {
            missing.push(name);
        }
        is_set_up
    };
    report.step("set up nginx", SET_UP_BUDGET, nginx::set_up);
    let mut ossutil = None;
    check(report.step("set up ossutil", SET_UP_BUDGET, || ossutil::set_up(&folder, &mut ossutil)), "ossutil");
    if check(report.step("set up Python clients", SET_UP_BUDGET, || python::set_up(&folder)), "Python") {
        let run = || python::run(&suite, &folder, ossutil.as_deref());
        report.runner("pytest", PYTEST_BUDGET, run, python::is_summary);
    }
    let go = folder.join("go");
    if check(report.step("set up Go clients", SET_UP_BUDGET, || go::set_up(&go)), "Go") {
        report.runner("go test", GO_BUDGET, || go::run(&suite, &go), go::is_summary);
    }
    let java = folder.join("java");
    if check(report.step("set up the Java client", SET_UP_BUDGET, || java::set_up(&java)), "Java") {
        report.runner("java", JAVA_BUDGET, || java::run(&suite, &java), java::is_summary);
    }
    let has_chromium = check(report.step("set up chromium", SET_UP_BUDGET, chromium::set_up), "chromium");
    let js = folder.join("js");
    if check(report.step("set up Node clients", SET_UP_BUDGET, || node::set_up(&js)), "Node") {
        report.runner("node --test", NODE_BUDGET, || node::run(&suite, &js), node::is_summary);
    }
    report.step("operations of real clients", OPERATIONS_BUDGET, || operations::check(root, &suite.answers, &missing));
    run_console(&suite, &folder.join("console"), has_chromium, report);
}

/// The console in a browser; what it asks of the server counts for no client.
fn run_console(suite: &Suite, console: &Path, has_chromium: bool, report: &mut Report) {
    if report.step("set up the console's tests", SET_UP_BUDGET, || node::set_up(console)) {
        report.step("types of the console", TYPES_BUDGET, || node::check_types(console));
        if has_chromium {
            // Each file has a browser and a server of its own.
            report.runner("console", CONSOLE_BUDGET, || node::run(suite, console), node::is_summary);
        }
    }
}

/// Measures how soon the console can be used, with this binary.
pub(crate) fn interactive(root: &Path, binary: &Path) -> Result<Outcome> {
    let console = root.join("e2e/console");
    for set_up in [chromium::set_up()?, node::set_up(&console)?] {
        if set_up != Outcome::Passed {
            return Ok(set_up);
        }
    }
    let mut command = Command::new("node");
    command.arg("interactive.mjs").current_dir(console).env("COHO_BINARY", binary);
    Ok(step::run(&mut command)?.outcome())
}

/// Installs a Debian package when this is root on a machine with apt; says why not otherwise.
fn apt_install(package: &str) -> Result<Outcome> {
    if fs::metadata("/proc/self")?.uid() != 0 {
        return Ok(Outcome::Skipped(format!("{package} is not installed and only root can install it")));
    }
    if !exists("apt-get", "--version") {
        return Ok(Outcome::Skipped(format!("{package} is not installed, and apt-get is missing")));
    }
    let ran = step::run(apt().arg("update"))?;
    if !ran.success {
        return Ok(Outcome::Skipped(format!("apt-get update: {}", ran.last_words())));
    }
    let ran = step::run(apt().args(["install", "-y", "--no-install-recommends", package]))?;
    if !ran.success {
        return Ok(Outcome::Skipped(format!("apt-get install {package}: {}", ran.last_words())));
    }
    Ok(Outcome::Passed)
}

fn apt() -> Command {
    let mut command = Command::new("apt-get");
    // In run level 1 no service of the package is started.
    command.args(["-q", "-o", "Dpkg::Use-Pty=0"]).env("DEBIAN_FRONTEND", "noninteractive").env("RUNLEVEL", "1");
    command
}
