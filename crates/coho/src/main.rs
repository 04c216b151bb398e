//! Coho: an object store that fetches what it does not have from where it used to live.

mod admin_file;
mod cli;
mod config;
mod credentials;
mod data_dir;
mod random_text;
mod settings_codec;
mod start_mirror;
mod website_text;
mod wiring;

use clap::Parser;
use std::process::ExitCode;

/// Every request makes and drops some hundred small things, on threads that hand them to each other.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match cli::Cli::parse().run() {
        Ok(code) => code,
        Err(error) => {
            cli::print_error(&error);
            ExitCode::FAILURE
        }
    }
}
