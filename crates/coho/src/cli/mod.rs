//! The command line: one file for each command.

mod admin_client;
mod config_check;
#[cfg(test)]
mod docs_tests;
mod mirror;
mod rules;
mod serve;
mod status;
mod website;

use clap::{Parser, Subcommand};
use std::{
    io::{self, Write},
    process::ExitCode,
};

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
    /// Reads and changes the website configuration of a bucket: index and error pages, and back-to-origin rules.
    #[command(subcommand)]
    Website(website::WebsiteCommand),
    /// Shows and limits the fetches of a bucket from its origins.
    #[command(subcommand)]
    Mirror(mirror::MirrorCommand),
    /// Checks, tests and explains back-to-origin rules.
    #[command(subcommand)]
    Rules(rules::RulesCommand),
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Checks a configuration file, and explains what is wrong with it by line and column.
    Check(config_check::ConfigCheck),
}

impl Cli {
    /// Does what was asked for. What is not an error can still end with a code of its own.
    pub(crate) fn run(self) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Serve(serve) => serve.run()?,
            Command::Config(ConfigCommand::Check(check)) => check.run()?,
            Command::Status(status) => status.run()?,
            Command::Website(command) => command.run()?,
            Command::Mirror(command) => command.run()?,
            Command::Rules(command) => return command.run(),
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// A line for whoever started the command.
pub(crate) fn say(line: impl std::fmt::Display) {
    print(format_args!("{line}\n"));
}

/// Text for whoever started the command, as it is. Nobody may be reading any more, and that is no error.
fn print(text: impl std::fmt::Display) {
    let mut out = io::stdout().lock();
    let _ = write!(out, "{text}").and_then(|()| out.flush());
}

/// The whole chain of what went wrong.
#[expect(clippy::print_stderr, reason = "this is what the user reads")]
pub(crate) fn print_error(error: &anyhow::Error) {
    eprintln!("coho: {error:#}");
}
