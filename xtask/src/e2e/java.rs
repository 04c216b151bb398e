//! The Java suite: the SDK's jars through Maven, then javac and java.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use super::Suite;
use crate::step::{self, Outcome, Ran, exists};

/// Below the folder of the suite; git ignores both.
const JARS: &str = "lib";
const CLASSES: &str = "classes";

/// Gets the jars and compiles the tests against them.
pub(super) fn set_up(folder: &Path) -> Result<Outcome> {
    for (program, probe) in [("javac", "-version"), ("java", "-version"), ("mvn", "-version")] {
        if !exists(program, probe) {
            return Ok(Outcome::Skipped(format!("{program} is not installed")));
        }
    }
    let mut maven = Command::new("mvn");
    maven.args(["--batch-mode", "--quiet", "dependency:copy-dependencies"]);
    let ran = step::run(maven.arg(format!("-DoutputDirectory={JARS}")).current_dir(folder))?;
    if !ran.success {
        return Ok(Outcome::Skipped(format!("mvn dependency:copy-dependencies: {}", ran.last_words())));
    }
    let mut sources: Vec<_> =
        fs::read_dir(folder.join("src"))?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    sources.sort();
    let mut compiler = Command::new("javac");
    compiler
        .args(["-encoding", "UTF-8", "-Xlint:all,-serial,-processing", "-d", CLASSES, "-cp"])
        .arg(format!("{JARS}/*"));
    Ok(step::run(compiler.args(sources).current_dir(folder))?.outcome())
}

pub(super) fn run(suite: &Suite, folder: &Path) -> Result<Ran> {
    let mut command = suite.command("java");
    command.arg("-cp").arg(format!("{CLASSES}:{JARS}/*")).arg("Main").current_dir(folder);
    step::run(&mut command)
}

/// Such as `java: 60 passed, 0 failed`.
pub(super) fn is_summary(line: &str) -> bool {
    line.starts_with("java: ")
}
