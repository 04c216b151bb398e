//! The command line: one file for each command.

mod config_check;
mod serve;
mod status;

use clap::{Parser, Subcommand};

/// An object store that speaks the Alibaba Cloud OSS API and fetches what it does not have from where it used to
/// live.
#[derive(Debug, Parser)]
#[command(name = "coho", version, max_term_width = 100)]
#[command(after_help = "Try it:\n  \
    coho serve --mirror site=http://old-host/path/\n  \
    curl http://127.0.0.1:9000/site/some/file\n\n\
    The first request fetches the file from the old host and stores it; later ones need the old host no more.")]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Starts the store.
    Serve(Box<serve::Serve>),
    /// Looks at configuration files.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Shows how a running store is.
    Status(status::Status),
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Checks a configuration file, and explains what is wrong with it by line and column.
    Check(config_check::ConfigCheck),
}

impl Cli {
    /// Does what was asked for.
    pub(crate) fn run(self) -> anyhow::Result<()> {
        match self.command {
            Command::Serve(serve) => serve.run(),
            Command::Config(ConfigCommand::Check(check)) => check.run(),
            Command::Status(status) => status.run(),
        }
    }
}

/// A line for whoever started the command.
#[expect(clippy::print_stdout, reason = "this is what the user reads")]
pub(crate) fn say(line: impl std::fmt::Display) {
    println!("{line}");
}

/// The whole chain of what went wrong.
#[expect(clippy::print_stderr, reason = "this is what the user reads")]
pub(crate) fn print_error(error: &anyhow::Error) {
    eprintln!("coho: {error:#}");
}
