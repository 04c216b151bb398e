//! Attempts with pauses between them.

use super::CallFailure;
use crate::cli::interrupt;
use std::time::Duration;

/// The first pause; each one is twice the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The longest pause.
const MAX_PAUSE: Duration = Duration::from_secs(5);

/// Calls until it succeeds, fails for good, or has failed once more than `retries`.
pub(super) fn with_retries<T>(
    retries: u32,
    mut attempt: impl FnMut(u32) -> Result<T, CallFailure>,
) -> Result<T, CallFailure> {
    let mut made = 0;
    loop {
        match attempt(made) {
            Err(failure) if failure.is_passing() && made < retries => pause(made),
            other => return other,
        }
        made += 1;
    }
}

/// Waits before the attempt after this one.
pub(super) fn pause(made: u32) {
    interrupt::pause(length(made, random_share()));
}

/// Between half of the pause and all of it, so that many clients do not come back at once.
fn length(made: u32, share: f64) -> Duration {
    let whole = FIRST_PAUSE.saturating_mul(1_u32.checked_shl(made.min(16)).unwrap_or(u32::MAX)).min(MAX_PAUSE);
    whole.mul_f64(0.5 + share / 2.0)
}

fn random_share() -> f64 {
    let mut byte = [0];
    // Without randomness the pause is a whole one.
    if getrandom::fill(&mut byte).is_ok() { f64::from(byte[0]) / 255.0 } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_are_bounded() {
        for (made, share, expected_ms) in
            [(0, 1.0, 200), (0, 0.0, 100), (1, 1.0, 400), (4, 1.0, 3200), (5, 1.0, 5000), (99, 1.0, 5000)]
        {
            assert_eq!(length(made, share).as_millis(), expected_ms, "{made}");
        }
    }

    #[test]
    fn attempts_end_with_success_a_lasting_failure_or_the_last_retry() {
        let check = |retries, outcomes: &[Result<(), bool>], expected_attempts| {
            let mut made = 0;
            let _ = with_retries(retries, |_| {
                made += 1;
                outcomes[made - 1].map_err(|passes| match passes {
                    true => CallFailure::Interrupted(String::new()),
                    false => CallFailure::Unusable(String::new()),
                })
            });
            assert_eq!(made, expected_attempts, "{outcomes:?}");
        };
        check(0, &[Err(true)], 1);
        check(1, &[Err(true), Err(true)], 2);
        check(2, &[Err(true), Ok(())], 2);
        check(2, &[Err(false)], 1);
    }
}
