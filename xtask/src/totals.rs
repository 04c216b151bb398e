//! Passed and failed tests over all runners, from their own summary lines.

use std::fmt;

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    passed: u64,
    failed: u64,
}

impl Totals {
    pub(crate) fn of(summaries: &[String]) -> Self {
        let mut totals = Self::default();
        for line in summaries {
            totals.add(line);
        }
        totals
    }

    /// cargo and pytest put the number before the word, Node's runner after it.
    fn add(&mut self, line: &str) {
        let words: Vec<&str> =
            line.split(|c: char| !c.is_alphanumeric() && c != '.').filter(|word| !word.is_empty()).collect();
        for pair in words.windows(2) {
            let (before, after) = (pair[0].parse::<u64>().ok(), pair[1].parse::<u64>().ok());
            match (pair[0], pair[1], before, after) {
                (_, "passed", Some(count), _) | ("pass", _, _, Some(count)) => self.passed += count,
                (_, "failed" | "error" | "errors", Some(count), _) | ("fail" | "cancelled", _, _, Some(count)) => {
                    self.failed += count;
                }
                _ => {}
            }
        }
    }
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_of_all_runners_are_summed() {
        let check = |lines: &[&str], expected: &str| {
            let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
            assert_eq!(Totals::of(&lines).to_string(), expected, "{lines:?}");
        };
        check(&[], "0 passed, 0 failed");
        check(
            &["test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out; finished in 0.50s"],
            "12 passed, 0 failed",
        );
        check(&["=== 1 failed, 146 passed, 2 skipped, 1 error in 61.20s ==="], "146 passed, 2 failed");
        check(
            &[
                "\u{2139} tests 42",
                "\u{2139} pass 40",
                "\u{2139} fail 1",
                "\u{2139} cancelled 1",
                "\u{2139} duration_ms 12.5",
            ],
            "40 passed, 2 failed",
        );
    }
}
