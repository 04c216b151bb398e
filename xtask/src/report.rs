//! The steps of one run: a heading for each as it starts, a table of all at the end, and below it the summary
//! lines of the test runners themselves, so that they are the last thing said.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::step::{Outcome, Ran};

/// What has been done so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    steps: Vec<Done>,
    summaries: Vec<String>,
}

#[derive(Debug)]
struct Done {
    name: String,
    outcome: Outcome,
    took: Duration,
}

impl Report {
    /// Does a step under a heading and notes how it ended. An error is a failure of the step.
    pub(crate) fn step(&mut self, name: &str, work: impl FnOnce() -> Result<Outcome>) -> bool {
        println!("\n=== {name}");
        let started = Instant::now();
        let outcome = work().unwrap_or_else(|error| Outcome::Failed(format!("{error:#}")));
        let took = started.elapsed();
        println!("=== {name}: {outcome} ({:.1} s)", took.as_secs_f64());
        let passed = outcome == Outcome::Passed;
        self.steps.push(Done { name: name.to_owned(), outcome, took });
        passed
    }

    /// As [`Report::step`] for a test runner, whose summary lines are those `is_summary` picks.
    pub(crate) fn runner(&mut self, name: &str, work: impl FnOnce() -> Result<Ran>, is_summary: fn(&str) -> bool) {
        let mut summary = Vec::new();
        self.step(name, || {
            let ran = work()?;
            summary = ran.lines.iter().filter(|line| is_summary(line)).cloned().collect();
            Ok(ran.outcome())
        });
        self.summaries.append(&mut summary);
    }

    /// Prints table and summaries; the exit code says whether anything failed.
    pub(crate) fn finish(self) -> ExitCode {
        let width = self.steps.iter().map(|step| step.name.len()).max().unwrap_or_default();
        println!("\n=== Steps");
        for Done { name, outcome, took } in &self.steps {
            println!("{name:width$}  {:7.1} s  {outcome}", took.as_secs_f64());
        }
        let total: Duration = self.steps.iter().map(|step| step.took).sum();
        println!("{:width$}  {:7.1} s", "total", total.as_secs_f64());
        println!("\n=== Summaries of the test runners");
        for line in &self.summaries {
            println!("{line}");
        }
        let failed = self.steps.iter().any(|step| matches!(step.outcome, Outcome::Failed(_)));
        if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }
}
