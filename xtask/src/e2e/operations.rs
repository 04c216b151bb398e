//! Whether real clients were answered for every operation that docs/compat.md says is supported.
//!
//! Every suite appends its servers' counts of answers, as they are in the page of metrics, to one file.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::step::Outcome;

/// The statuses with which each operation was answered.
type Answers = BTreeMap<String, BTreeSet<u16>>;

/// Compares the supported operations with the answers. `missing_suites` names suites that could not run.
pub(super) fn check(root: &Path, answers: &Path, missing_suites: &[&str]) -> Result<Outcome> {
    let document = fs::read_to_string(root.join("docs/compat.md"))?;
    let recorded = fs::read_to_string(answers).context("no suite has recorded answers")?;
    let operations = supported(&document);
    let unseen = unseen(&operations, &answers_of(&recorded));
    println!("{} of {} operations were answered to a real client", operations.len() - unseen.len(), operations.len());
    if unseen.is_empty() {
        return Ok(Outcome::Passed);
    }
    let reason = format!("not answered to a real client: {}", unseen.join(", "));
    Ok(if missing_suites.is_empty() {
        Outcome::Failed(reason)
    } else {
        Outcome::Skipped(format!("{reason}; did not run: {}", missing_suites.join(", ")))
    })
}

/// A supported operation, and whether 404 is its usual answer.
#[derive(Debug, PartialEq, Eq)]
struct Supported {
    name: String,
    is_404: bool,
}

/// The rows of the table of operations: `| name | request | supported… |`.
fn supported(document: &str) -> Vec<Supported> {
    let table = document.split("\n## ").find(|section| section.starts_with("Operations\n")).unwrap_or_default();
    let row = |line: &str| {
        let mut cells = line.strip_prefix("| ")?.split(" | ");
        let name = cells.next()?.to_owned();
        let state = cells.nth(1)?;
        let is_404 = state.contains("never set; 404") || state.contains("no live channels; 404");
        state.starts_with("supported").then_some(Supported { name, is_404 })
    };
    table.lines().filter_map(row).collect()
}

/// Lines such as `coho_http_requests_total{operation="PutObject",status="200"} 12`, in any order of the labels.
fn answers_of(recorded: &str) -> Answers {
    let mut answers = Answers::new();
    for line in recorded.lines() {
        let label = |name: &str| {
            let (_, rest) = line.split_once(&format!("{name}=\""))?;
            Some(rest.split_once('"')?.0)
        };
        if let (Some(operation), Some(Ok(status))) = (label("operation"), label("status").map(str::parse)) {
            answers.entry(operation.to_owned()).or_default().insert(status);
        }
    }
    answers
}

fn unseen(operations: &[Supported], answers: &Answers) -> Vec<String> {
    let is_seen = |operation: &&Supported| {
        let statuses = answers.get(&operation.name);
        statuses.is_some_and(|found| found.iter().any(|&status| status < 300 || operation.is_404 && status == 404))
    };
    operations.iter().filter(|operation| !is_seen(operation)).map(|operation| operation.name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "# Compatibility\n\n## Operations\n\n| operation | request | state |\n|---|---|---|\n\
        | PutObject | `PUT /b/k` | supported |\n| GetStyle | `GET /b?style` | supported: never set; 404 `NoSuchStyle` |\n\
        | styles | `PUT /b?style` | not yet |\n\n## Others\n\n| GetObject | `GET /b/k` | supported |\n";

    #[test]
    fn rows_of_supported_operations_are_read() {
        let names: Vec<_> = supported(DOCUMENT).into_iter().map(|found| (found.name, found.is_404)).collect();
        assert_eq!(names, [("PutObject".to_owned(), false), ("GetStyle".to_owned(), true)]);
    }

    #[test]
    fn only_the_usual_answer_counts() {
        let check = |recorded: &str, expected: &[&str]| {
            assert_eq!(unseen(&supported(DOCUMENT), &answers_of(recorded)), expected, "{recorded}");
        };
        let line = |operation: &str, status: u16| {
            format!("coho_http_requests_total{{operation=\"{operation}\",status=\"{status}\"}} 1\n")
        };
        check("", &["PutObject", "GetStyle"]);
        check(&(line("PutObject", 404) + &line("GetStyle", 403)), &["PutObject", "GetStyle"]);
        check(&(line("PutObject", 200) + &line("GetStyle", 404)), &[]);
        check(&(line("PutObject", 500) + &line("PutObject", 204)), &["GetStyle"]);
    }
}
