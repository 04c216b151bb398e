//! `coho completions`.

use super::{Cli, rows::closed};
use clap::{Args, CommandFactory, ValueEnum};
use clap_complete::{Shell, generate};
use std::io::{self, Write};

/// The shells that have completions.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum KnownShell {
    Bash,
    Zsh,
    Fish,
}

/// Print the completions of a shell.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    coho completions bash > /usr/share/bash-completion/completions/coho\n  \
    coho completions zsh > \"${fpath[1]}/_coho\"\n  \
    coho completions fish > ~/.config/fish/completions/coho.fish")]
pub(super) struct Completions {
    /// The shell.
    shell: KnownShell,
}

impl Completions {
    pub(super) fn run(self) -> anyhow::Result<()> {
        let shell = match self.shell {
            KnownShell::Bash => Shell::Bash,
            KnownShell::Zsh => Shell::Zsh,
            KnownShell::Fish => Shell::Fish,
        };
        // The generator panics when its output cannot be written.
        let mut script = Vec::new();
        generate(shell, &mut Cli::command(), "coho", &mut script);
        let mut out = io::stdout().lock();
        out.write_all(&script).and_then(|()| out.flush()).map_err(closed)
    }
}
