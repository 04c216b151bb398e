//! `coho rules`: the meaning of back-to-origin rules, in a file or in a running store.

mod case;
mod evaluate;
mod expected;
mod explain;
mod explained;
mod lint;
mod online;
mod test;
#[cfg(test)]
mod tests;
mod words;

use super::website::{History, Rollback};
use clap::Subcommand;
use std::process::ExitCode;

/// The exit code for findings or failed cases.
const FOUND: u8 = 1;
/// The exit code for a file that cannot be read or is not valid.
const INVALID: u8 = 2;

#[derive(Debug, Subcommand)]
pub(super) enum RulesCommand {
    Lint(lint::Lint),
    Test(test::Test),
    Explain(explain::Explain),
    /// The same as coho website history.
    #[command(hide = true)]
    History(History),
    /// The same as coho website rollback.
    #[command(hide = true)]
    Rollback(Rollback),
}

impl RulesCommand {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        match self {
            Self::Lint(lint) => Ok(or_invalid(lint.run())),
            Self::Test(test) => Ok(or_invalid(test.run().map(passed))),
            Self::History(history) => history.run().map(|()| ExitCode::SUCCESS),
            Self::Rollback(rollback) => rollback.run().map(|()| ExitCode::SUCCESS),
            Self::Explain(explain) => explain.run().map(|ok| if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE }),
        }
    }
}

fn passed(all: bool) -> ExitCode {
    if all { ExitCode::SUCCESS } else { ExitCode::from(FOUND) }
}

/// The code distinguishes a file that is not valid from one with findings, for scripts.
fn or_invalid(outcome: anyhow::Result<ExitCode>) -> ExitCode {
    match outcome {
        Ok(code) => code,
        Err(error) => {
            super::print_error(&error);
            ExitCode::from(INVALID)
        }
    }
}
