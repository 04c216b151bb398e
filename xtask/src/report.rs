//! The steps of one run: a heading for each as it starts, a table of all at the end with times and budgets, and below
//! it the summary lines of the test runners themselves and their totals, so that they are the last thing said.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::step::{Outcome, Ran};
use crate::totals::Totals;

/// Longest time for all steps together; a run that takes longer fails.
pub(crate) const TOTAL_BUDGET: Duration = Duration::from_secs(30 * 60);

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
    budget: Duration,
}

impl Report {
    /// Does a step under a heading and notes how it ended. An error is a failure of the step; a time above `budget` is
    /// a warning in the table.
    pub(crate) fn step(&mut self, name: &str, budget: Duration, work: impl FnOnce() -> Result<Outcome>) -> bool {
        println!("\n=== {name}");
        let started = Instant::now();
        let outcome = work().unwrap_or_else(|error| Outcome::Failed(format!("{error:#}")));
        let took = started.elapsed();
        println!("=== {name}: {outcome} ({:.1} s)", took.as_secs_f64());
        let passed = outcome == Outcome::Passed;
        self.steps.push(Done { name: name.to_owned(), outcome, took, budget });
        passed
    }

    /// As [`Report::step`] for a test runner, whose summary lines are those `is_summary` picks.
    pub(crate) fn runner(
        &mut self,
        name: &str,
        budget: Duration,
        work: impl FnOnce() -> Result<Ran>,
        is_summary: fn(&str) -> bool,
    ) {
        let mut summary = Vec::new();
        self.step(name, budget, || {
            let ran = work()?;
            summary = ran.lines.iter().filter(|line| is_summary(line)).cloned().collect();
            Ok(ran.outcome())
        });
        self.summaries.append(&mut summary);
    }

    /// Prints table and summaries, and keeps the times in `file`; the exit code says whether anything failed.
    pub(crate) fn finish(self, file: &Path, total_budget: Duration) -> ExitCode {
        let before = previous_seconds(file);
        let total: Duration = self.steps.iter().map(|step| step.took).sum();
        println!("\n=== Steps");
        print!("{}", self.table(&before, total, total_budget));
        if let Err(error) = keep(file, &self.records()) {
            println!("the times are not kept: {}: {error}", file.display());
        }
        let is_over = total > total_budget;
        let has_failed = self.steps.iter().any(|step| matches!(step.outcome, Outcome::Failed(_)));
        println!("\n=== Summaries of the test runners");
        let is_of_cargo = |line: &&String| line.starts_with("test result:");
        let (of_cargo, others): (Vec<_>, Vec<_>) = self.summaries.iter().partition(is_of_cargo);
        for line in others.into_iter().chain(of_cargo) {
            println!("{line}");
        }
        println!("{}", Totals::of(&self.summaries));
        if has_failed || is_over { ExitCode::FAILURE } else { ExitCode::SUCCESS }
    }

    fn table(&self, before: &HashMap<String, f64>, total: Duration, total_budget: Duration) -> String {
        let width = self.steps.iter().map(|step| step.name.len()).max().unwrap_or_default();
        let mut table = format!("{:width$}   seconds  last time  budget  outcome\n", "step");
        let mut row = |name: &str, took: Duration, budget: Duration, outcome: &str| {
            let last = before.get(name).map_or_else(|| "-".to_owned(), |seconds| format!("{seconds:.1}"));
            let warning = if took > budget { "  WARNING: over budget" } else { "" };
            let (took, budget) = (took.as_secs_f64(), budget.as_secs());
            let _ = writeln!(table, "{name:width$}  {took:8.1}  {last:>9}  {budget:6}  {outcome}{warning}");
        };
        for Done { name, outcome, took, budget } in &self.steps {
            row(name, *took, *budget, &outcome.to_string());
        }
        row("total", total, total_budget, if total > total_budget { "FAILED" } else { "" });
        table
    }

    /// One line for each step: name, seconds, budget in seconds and outcome, with tabs between them.
    fn records(&self) -> String {
        let line = |Done { name, outcome, took, budget }: &Done| {
            format!("{name}\t{:.1}\t{}\t{outcome}\n", took.as_secs_f64(), budget.as_secs())
        };
        let total: Duration = self.steps.iter().map(|step| step.took).sum();
        let steps: String = self.steps.iter().map(line).collect();
        format!("{steps}total\t{:.1}\t\t\n", total.as_secs_f64())
    }
}

/// The times that the last run has kept.
fn previous_seconds(file: &Path) -> HashMap<String, f64> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let record = |line: &str| {
        let mut fields = line.split('\t');
        Some((fields.next()?.to_owned(), fields.next()?.parse().ok()?))
    };
    text.lines().filter_map(record).collect()
}

fn keep(file: &Path, records: &str) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(file, records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_kept_and_shown_beside_the_next_ones() {
        let seconds = Duration::from_secs;
        let steps = vec![
            Done { name: "format".to_owned(), outcome: Outcome::Passed, took: seconds(2), budget: seconds(5) },
            Done {
                name: "test".to_owned(),
                outcome: Outcome::Failed("1".to_owned()),
                took: seconds(9),
                budget: seconds(8),
            },
        ];
        let report = Report { steps, summaries: Vec::new() };
        let file = std::env::temp_dir().join(format!("coho-xtask-{}", std::process::id()));
        keep(&file, &report.records()).expect("the folder for temporary files can be written");
        let before = previous_seconds(&file);
        std::fs::remove_file(&file).expect("the file was just written");
        assert_eq!(
            before,
            HashMap::from([("format".to_owned(), 2.0), ("test".to_owned(), 9.0), ("total".to_owned(), 11.0)])
        );
        let table = report.table(&before, seconds(11), seconds(10));
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines[1], "format       2.0        2.0       5  passed");
        assert!(lines[2].ends_with("FAILED: 1  WARNING: over budget"), "{table}");
        assert!(lines[3].ends_with("FAILED  WARNING: over budget"), "{table}");
    }
}
