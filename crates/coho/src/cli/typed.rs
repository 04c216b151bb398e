//! Confirmation by typing a name, for what cannot be undone.

use super::{print, say};
use anyhow::bail;
use std::io::{self, BufRead, IsTerminal, Read};

/// Longest reply that is read, in bytes.
const MAX_REPLY_BYTES: u64 = 4096;

/// Shows what would be done and returns whether to do it: the user types the name at the terminal, or gave `--yes`.
pub(super) fn confirm_typed(question: &str, name: &str, yes: bool) -> anyhow::Result<bool> {
    if yes {
        return Ok(true);
    }
    print(question);
    if !io::stdin().is_terminal() {
        bail!("nothing was removed: standard input is not a terminal to ask at; give --yes to confirm");
    }
    print(format_args!("Type {name} to confirm: "));
    let mut reply = String::new();
    io::stdin().lock().take(MAX_REPLY_BYTES).read_line(&mut reply)?;
    let agreed = reply.trim_end_matches(['\r', '\n']) == name;
    if !agreed {
        say("nothing was removed");
    }
    Ok(agreed)
}
