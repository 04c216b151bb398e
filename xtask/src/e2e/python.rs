//! The Python suites: an environment of their own beside them, pinned clients, pytest.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::{Suite, apt_install};
use crate::step::{self, Outcome, Ran, exists};

pub(super) fn set_up(e2e: &Path) -> Result<Outcome> {
    if !exists("python3", "--version") {
        return Ok(Outcome::Skipped("python3 is not installed".to_owned()));
    }
    let environment = e2e.join(".venv");
    let pip = environment.join("bin").join("pip");
    if !pip.exists() && !make_environment(&environment)? {
        // Debian ships the module that makes environments as a package of its own.
        let installed = apt_install("python3-venv")?;
        if installed != Outcome::Passed {
            return Ok(installed);
        }
        if !make_environment(&environment)? {
            return Ok(Outcome::Failed("python3 -m venv fails although python3-venv is installed".to_owned()));
        }
    }
    let mut command = Command::new(pip);
    command.args(["install", "--quiet", "--disable-pip-version-check", "--no-input", "-r"]);
    let ran = step::run(command.arg(e2e.join("requirements.txt")))?;
    Ok(if ran.success { Outcome::Passed } else { Outcome::Skipped(format!("pip install: {}", ran.last_words())) })
}

fn make_environment(environment: &Path) -> Result<bool> {
    Ok(step::run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(environment))?.success)
}

pub(super) fn run(suite: &Suite, e2e: &Path, ossutil: Option<&Path>) -> Result<Ran> {
    let mut command = suite.command(e2e.join(".venv").join("bin").join("python"));
    command.args(["-B", "-m", "pytest", "-p", "no:cacheprovider"]).current_dir(e2e.join("python"));
    if let Some(ossutil) = ossutil {
        command.env("COHO_E2E_OSSUTIL", ossutil);
    }
    step::run(&mut command)
}

/// pytest's last line, such as `=== 146 passed in 61.20s ===`.
pub(super) fn is_summary(line: &str) -> bool {
    line.starts_with('=')
        && line.contains(" in ")
        && [" passed", " failed", " error", " skipped"].iter().any(|word| line.contains(word))
}
