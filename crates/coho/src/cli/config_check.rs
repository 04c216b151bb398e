//! `coho config check`.

use super::output::Output;
use crate::config::{FileFault, check_file};
use clap::Args;
use serde::Serialize;
use std::{fmt::Write, path::PathBuf, process::ExitCode};

#[derive(Debug, Args)]
pub(super) struct ConfigCheck {
    /// The file to check.
    #[arg(long, env = "COHO_CONFIG", value_name = "FILE", default_value = "coho.toml")]
    config: PathBuf,
    /// The same without the option's name.
    #[arg(value_name = "FILE", conflicts_with = "config")]
    file: Option<PathBuf>,
    #[command(flatten)]
    output: Output,
}

/// The faults of a file.
#[derive(Debug, Serialize)]
struct ConfigFaults {
    file: String,
    faults: Vec<ConfigFault>,
}

#[derive(Debug, Serialize)]
struct ConfigFault {
    line: Option<usize>,
    column: Option<usize>,
    message: String,
}

impl ConfigCheck {
    pub(super) fn run(self) -> anyhow::Result<ExitCode> {
        let file = self.file.unwrap_or(self.config);
        let faults = check_file(&file)?;
        let shown = faults.iter().map(|fault| {
            let (line, column) = fault.place.unzip();
            ConfigFault { line, column, message: fault.message.clone() }
        });
        let found = ConfigFaults { file: file.display().to_string(), faults: shown.collect() };
        self.output.show(&found, |found| table(&found.file, &faults))?;
        Ok(if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn table(file: &str, faults: &[FileFault]) -> String {
    if faults.is_empty() {
        return format!("{file}: ok");
    }
    let mut out = String::new();
    for fault in faults {
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{file}: {fault}");
    }
    out
}
