//! The command line: one file for each command.

mod account;
mod admin_client;
mod bucket;
mod completions;
mod config_check;
mod config_show;
mod console;
#[cfg(test)]
mod docs_cli_tests;
#[cfg(test)]
mod docs_tests;
mod encryption;
mod events;
mod exit;
mod interrupt;
mod key;
mod lifecycle;
mod man;
mod mirror;
mod object;
mod oss;
mod output;
mod profile;
mod role;
mod rows;
mod rules;
mod seconds;
mod serve;
mod settings;
mod size;
mod stats;
mod status;
mod tags;
mod typed;
mod website;

pub(crate) use exit::report;

use clap::{ArgMatches, Parser, Subcommand};
use std::{
    io::{self, Write},
    process::ExitCode,
};

/// An object store with the Alibaba Cloud OSS API that fetches missing objects from their old host.
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
    /// Start a store.
    Serve(Box<serve::Serve>),
    /// Check configuration files, and show the settings of a running store.
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Show the state of a running store.
    Status(status::Status),
    Stats(stats::Stats),
    Events(events::EventsCommand),
    Console(console::OpenConsole),
    /// List, create and remove buckets.
    #[command(subcommand)]
    Bucket(bucket::BucketCommand),
    /// List, show, copy, remove and sign objects.
    #[command(subcommand)]
    Object(object::ObjectCommand),
    /// Show profiles, and which settings count.
    #[command(subcommand)]
    Profile(profile::ProfileCommand),
    /// Read and change the website configuration of a bucket: index and error pages, and back-to-origin rules.
    #[command(subcommand)]
    Website(website::WebsiteCommand),
    /// Show and limit the fetches of a bucket from its origins.
    #[command(subcommand)]
    Mirror(mirror::MirrorCommand),
    /// Check, test and explain back-to-origin rules.
    #[command(subcommand)]
    Rules(rules::RulesCommand),
    /// Make, list, change and remove access keys.
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Make, list, rename and remove accounts.
    #[command(subcommand)]
    Account(account::AccountCommand),
    /// Make, list, change and remove roles, which access keys assume.
    #[command(subcommand)]
    Role(role::RoleCommand),
    /// Run lifecycle rules, or show what a run would do.
    #[command(subcommand)]
    Lifecycle(lifecycle::LifecycleCommand),
    /// Show, rotate and retire the master keys of encryption.
    #[command(subcommand)]
    Encryption(encryption::EncryptionCommand),
    Completions(completions::Completions),
    Man(man::Man),
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Check a configuration file and report every fault by line and column.
    Check(config_check::ConfigCheck),
    /// Show the settings of a running store, and what has set each: an option (flag), a variable, the file or the default.
    Show(config_show::ConfigShow),
}

impl Cli {
    /// Runs the command. Success can have an exit code of its own.
    /// `matches` is what this was made of.
    pub(crate) fn run(self, matches: &ArgMatches) -> anyhow::Result<ExitCode> {
        match self.command {
            Command::Serve(serve) => {
                let arguments = matches.subcommand().map_or(matches, |(_, arguments)| arguments);
                return serve.run(arguments);
            }
            Command::Config(ConfigCommand::Check(check)) => return check.run(),
            Command::Config(ConfigCommand::Show(show)) => show.run()?,
            Command::Status(status) => status.run()?,
            Command::Stats(stats) => stats.run()?,
            Command::Events(events) => events.run()?,
            Command::Console(console) => console.run()?,
            Command::Bucket(command) => command.run()?,
            Command::Object(command) => command.run()?,
            Command::Profile(command) => command.run()?,
            Command::Completions(completions) => completions.run()?,
            Command::Man(man) => man.run()?,
            Command::Website(command) => command.run()?,
            Command::Mirror(command) => command.run()?,
            Command::Key(command) => command.run()?,
            Command::Account(command) => command.run()?,
            Command::Role(command) => command.run()?,
            Command::Lifecycle(command) => command.run()?,
            Command::Encryption(command) => command.run()?,
            Command::Rules(command) => return command.run(),
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Prints a line to standard output.
pub(crate) fn say(line: impl std::fmt::Display) {
    print(format_args!("{line}\n"));
}

/// Prints text to standard output. A closed pipe is not an error.
fn print(text: impl std::fmt::Display) {
    let mut out = io::stdout().lock();
    let _ = write!(out, "{text}").and_then(|()| out.flush());
}

/// Lines of text of which other programs chose parts, without control characters.
fn printable(lines: &str) -> String {
    lines.lines().map(|line| admin_client::shown(line) + "\n").collect()
}

/// Prints an error with its chain of causes.
#[expect(clippy::print_stderr, reason = "this is what the user reads")]
pub(crate) fn print_error(error: &anyhow::Error) {
    eprintln!("coho: {error:#}");
}
