//! Coho: an object store that fetches missing objects from their old host.

mod admin_file;
mod cli;
mod config;
mod credentials;
mod data_dir;
mod log_writer;
mod logging;
mod panics;
mod random_text;
mod reload;
mod start_mirror;
mod started;
mod website_text;
mod wiring;

use clap::{CommandFactory, FromArgMatches};
use std::process::ExitCode;

fn main() -> ExitCode {
    let matches = cli::Cli::command().get_matches();
    let result = match cli::Cli::from_arg_matches(&matches) {
        Ok(cli) => cli.run(&matches),
        Err(error) => error.exit(),
    };
    log_writer::finish();
    match result {
        Ok(code) => code,
        Err(error) => cli::report(&error),
    }
}
