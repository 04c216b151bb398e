//! Exit codes of the command line, documented in `docs/cli.md`. The command line parser itself ends with 2.

use super::oss::CallFailure;
use std::{fmt, process::ExitCode};

/// Something failed.
pub(super) const FAILED: u8 = 1;
/// The named bucket or object does not exist.
pub(super) const NOT_FOUND: u8 = 3;
/// The store refuses this access key the request.
pub(super) const REFUSED: u8 = 4;
/// Some of many objects failed.
pub(super) const PARTLY_FAILED: u8 = 5;
/// Ended by Ctrl-C, as a shell reports it.
pub(super) const INTERRUPTED: u8 = 130;

/// Some of many objects failed; each was reported.
#[derive(Debug)]
pub(super) struct PartlyFailed {
    pub(super) failed: u64,
    pub(super) all: u64,
}

impl fmt::Display for PartlyFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} failed", self.failed, self.all)
    }
}

impl std::error::Error for PartlyFailed {}

/// The user ended the command.
#[derive(Debug)]
pub(super) struct Interrupted;

impl fmt::Display for Interrupted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("interrupted")
    }
}

impl std::error::Error for Interrupted {}

/// The reader of standard output has closed it, as `head` does after its lines.
#[derive(Debug)]
pub(super) struct ClosedPipe;

impl fmt::Display for ClosedPipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("standard output was closed")
    }
}

impl std::error::Error for ClosedPipe {}

/// Reports an error and chooses the exit code.
pub(crate) fn report(error: &anyhow::Error) -> ExitCode {
    if error.downcast_ref::<ClosedPipe>().is_some() {
        return ExitCode::SUCCESS;
    }
    super::print_error(error);
    ExitCode::from(code(error))
}

fn code(error: &anyhow::Error) -> u8 {
    if error.downcast_ref::<PartlyFailed>().is_some() {
        return PARTLY_FAILED;
    }
    if error.downcast_ref::<Interrupted>().is_some() {
        return INTERRUPTED;
    }
    match error.downcast_ref::<CallFailure>().and_then(CallFailure::status) {
        Some(404) => NOT_FOUND,
        Some(401 | 403) => REFUSED,
        _ => FAILED,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::oss::OssRefusal;
    use anyhow::{Context, anyhow};

    #[test]
    fn a_failure_keeps_its_code_under_context() {
        let refused = |status| anyhow!(CallFailure::Refused(OssRefusal { status, ..OssRefusal::default() }));
        for (error, expected) in [
            (refused(404), NOT_FOUND),
            (refused(403), REFUSED),
            (refused(409), FAILED),
            (anyhow!(PartlyFailed { failed: 1, all: 2 }), PARTLY_FAILED),
            (anyhow!(Interrupted), INTERRUPTED),
            (anyhow!("other"), FAILED),
        ] {
            let error = Err::<(), _>(error).context("while copying").unwrap_err();
            assert_eq!(code(&error), expected, "{error:#}");
        }
    }
}
