//! `cargo xtask test`: everything that has to hold before a commit, in one command; `cargo xtask e2e`: its last
//! part alone; `cargo xtask tidy`: the rules of the sources alone; `cargo xtask slow`: what takes too long for every
//! commit; `cargo xtask dist`: the distributed binary. What tests cannot do on this machine is skipped with a reason;
//! what fails makes the exit code.

#![allow(clippy::print_stdout, reason = "a command-line tool speaks on stdout")]

mod bench;
mod checks;
mod dist;
mod e2e;
mod report;
mod slow;
mod step;
mod totals;

use std::env;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use report::Report;

const USAGE: &str = "\
usage: cargo xtask <command>

  test   format, lints, docs, tests, licences, then the end-to-end tests with real clients
  e2e    only the end-to-end tests, set-up included
  tidy   only the ratchets and rules of the sources
  slow   what takes too long for every commit: property tests with many cases, goals of the bench
  dist   target/dist/coho, compiled with a profile of its own work
";

fn main() -> Result<ExitCode> {
    let root = workspace_root()?;
    let arguments: Vec<String> = env::args().skip(1).collect();
    let mut report = Report::default();
    let mut total_budget = report::TOTAL_BUDGET;
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["test"] => {
            checks::run(&root, &mut report);
            e2e::run(&root, &mut report);
        }
        ["e2e"] => {
            checks::build(&root, &mut report);
            e2e::run(&root, &mut report);
        }
        ["tidy"] => checks::tidy(&root, &mut report),
        ["slow"] => {
            slow::run(&root, &mut report);
            total_budget = slow::TOTAL_BUDGET;
        }
        ["dist"] => {
            dist::run(&root)?;
            return Ok(ExitCode::SUCCESS);
        }
        [] | ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            return Ok(ExitCode::SUCCESS);
        }
        _ => bail!("unknown arguments {arguments:?}\n\n{USAGE}"),
    }
    let file = checks::target_dir(&root).join("xtask").join(format!("{}.tsv", arguments[0]));
    Ok(report.finish(&file, total_budget))
}

/// The folder of the workspace manifest: cargo says where this package is.
fn workspace_root() -> Result<PathBuf> {
    let package = env::var_os("CARGO_MANIFEST_DIR").context("not started by cargo; use: cargo xtask test")?;
    let root = PathBuf::from(package).parent().map(PathBuf::from);
    root.context("the package folder has no parent")
}
