//! ossutil v1, the command-line client of OSS: found, or built with Go.
//!
//! `go install` needs the list of the module's versions, which not every module proxy serves; the pinned module in
//! `e2e/ossutil` builds the same source without it.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::step::{self, Outcome, exists};

/// The version the tests were written against; the last of the open line.
const VERSION: &str = "v1.7.19";
const MODULE: &str = "github.com/aliyun/ossutil";

/// Puts the program's path into `found`.
pub(super) fn set_up(e2e: &Path, found: &mut Option<PathBuf>) -> Result<Outcome> {
    let tools = e2e.join(".tools");
    let built = tools.join("ossutil");
    let named = env::var_os("COHO_E2E_OSSUTIL").map(PathBuf::from);
    let candidates = named.into_iter().chain([built.clone(), PathBuf::from("ossutil")]);
    for candidate in candidates {
        if is_right_version(&candidate) {
            println!("using {}", candidate.display());
            *found = Some(candidate);
            return Ok(Outcome::Passed);
        }
    }
    if !exists("go", "version") {
        return Ok(Outcome::Skipped(format!("ossutil {VERSION} is not installed, and go to build it is missing")));
    }
    fs::create_dir_all(&tools)?;
    let install = step::run(Command::new("go").arg("install").arg(format!("{MODULE}@{VERSION}")).env("GOBIN", &tools))?;
    if !install.success {
        println!("go install failed; building from the pinned module");
        let mut command = Command::new("go");
        command.current_dir(e2e.join("ossutil")).args(["build", "-buildvcs=false", "-o"]).arg(&built).arg(MODULE);
        let build = step::run(&mut command)?;
        if !build.success {
            return Ok(Outcome::Skipped(format!("ossutil cannot be built here: {}", build.last_words())));
        }
    }
    if !is_right_version(&built) {
        return Ok(Outcome::Failed(format!("what was built is not ossutil {VERSION}")));
    }
    *found = Some(built);
    Ok(Outcome::Passed)
}

fn is_right_version(program: &Path) -> bool {
    let output = Command::new(program).arg("--version").output();
    output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(VERSION))
}
