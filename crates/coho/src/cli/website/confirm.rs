//! Confirmation of a change to an existing configuration.

use crate::cli::{print, say};
use anyhow::bail;
use std::io::{self, BufRead, IsTerminal, Read};

/// Longest answer that is read.
const MAX_REPLY_BYTES: u64 = 1024;

/// Source of the consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Consent {
    /// It was given on the command line.
    Given,
    /// The user at the terminal.
    Ask,
    /// No terminal and no option.
    Unavailable,
}

/// Shows a change and returns whether to make it. Fails without a terminal to ask at. `is_input_taken` says that standard
/// input is the document.
pub(in crate::cli) fn confirm(change: &str, question: &str, yes: bool, is_input_taken: bool) -> anyhow::Result<bool> {
    print(change);
    let is_terminal = !is_input_taken && io::stdin().is_terminal();
    match consent(yes, is_terminal) {
        Consent::Given => Ok(true),
        Consent::Unavailable => {
            bail!("nothing was changed: standard input is not a terminal to ask at; give --yes to confirm")
        }
        Consent::Ask => {
            print(format_args!("{question} [y/N] "));
            let mut reply = String::new();
            io::stdin().lock().take(MAX_REPLY_BYTES).read_line(&mut reply)?;
            let agreed = is_yes(&reply);
            if !agreed {
                say("nothing was changed");
            }
            Ok(agreed)
        }
    }
}

fn consent(yes: bool, is_terminal: bool) -> Consent {
    match (yes, is_terminal) {
        (true, _) => Consent::Given,
        (false, true) => Consent::Ask,
        (false, false) => Consent::Unavailable,
    }
}

fn is_yes(reply: &str) -> bool {
    matches!(reply.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_terminal_only_the_option_agrees() {
        assert_eq!(consent(true, false), Consent::Given);
        assert_eq!(consent(true, true), Consent::Given);
        assert_eq!(consent(false, true), Consent::Ask);
        assert_eq!(consent(false, false), Consent::Unavailable);
        let refused = confirm("", "?", false, true).unwrap_err().to_string();
        assert!(refused.contains("--yes") && refused.contains("nothing was changed"), "{refused}");
    }

    #[test]
    fn everything_but_a_clear_yes_is_a_no() {
        for reply in ["y\n", "Y", " yes \n", "YES"] {
            assert!(is_yes(reply), "{reply:?}");
        }
        for reply in ["", "\n", "n", "no", "yep", "yes please", "1"] {
            assert!(!is_yes(reply), "{reply:?}");
        }
    }
}
