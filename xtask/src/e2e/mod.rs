//! The end-to-end tests with real clients: set-up of each client, then its runner. A client that cannot be had
//! here is skipped with the reason, and the others run.

mod nginx;
mod node;
mod ossutil;
mod python;

use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::checks::PROFILE;
use crate::report::Report;
use crate::step::{self, Outcome, exists};

/// Sets up what is missing and runs all suites against `target/checked/coho`.
pub(crate) fn run(root: &Path, report: &mut Report) {
    let binary = target_dir(root).join(PROFILE).join("coho");
    let folder = root.join("e2e");
    report.step("set up nginx", nginx::set_up);
    let mut ossutil = None;
    report.step("set up ossutil", || ossutil::set_up(&folder, &mut ossutil));
    if report.step("set up Python clients", || python::set_up(&folder)) {
        report.runner("pytest", || python::run(&folder, &binary, ossutil.as_deref()), python::is_summary);
    }
    if report.step("set up Node clients", || node::set_up(&folder)) {
        report.runner("node --test", || node::run(&folder, &binary), node::is_summary);
    }
}

fn target_dir(root: &Path) -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir))
}

/// Installs a Debian package when this is root on a machine with apt; says why not otherwise.
fn apt_install(package: &str) -> Result<Outcome> {
    if fs::metadata("/proc/self")?.uid() != 0 {
        return Ok(Outcome::Skipped(format!("{package} is not installed and only root can install it")));
    }
    if !exists("apt-get", "--version") {
        return Ok(Outcome::Skipped(format!("{package} is not installed and there is no apt-get")));
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
