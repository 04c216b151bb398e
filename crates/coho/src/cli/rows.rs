//! A list of results that is printed while it arrives, so that its length costs no memory.

use super::{
    exit::ClosedPipe,
    output::{Output, OutputForm, yaml},
};
use anyhow::anyhow;
use serde::Serialize;
use serde_json::Value;
use std::io::{self, BufWriter, StdoutLock, Write};

/// A list that is being printed.
pub(super) struct Rows {
    form: OutputForm,
    count: u64,
    out: BufWriter<StdoutLock<'static>>,
}

impl Rows {
    /// Begins a list. The heading is for people, and shown before the first row.
    pub(super) fn begin(output: Output) -> Self {
        Self { form: output.form(), count: 0, out: BufWriter::new(io::stdout().lock()) }
    }

    /// Prints a row; `line` writes it for people.
    pub(super) fn row<T: Serialize>(&mut self, row: &T, line: impl FnOnce(&T) -> String) -> anyhow::Result<()> {
        let text = match self.form {
            OutputForm::Table => line(row) + "\n",
            OutputForm::Json => {
                let opening = if self.count == 0 { "[\n  " } else { ",\n  " };
                format!("{opening}{}", serde_json::to_string(row)?)
            }
            OutputForm::Yaml => yaml(&Value::Array(vec![serde_json::to_value(row)?])),
        };
        self.count += 1;
        self.out.write_all(text.as_bytes()).map_err(closed)
    }

    /// How many rows were printed.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Ends the list.
    pub(super) fn end(mut self) -> anyhow::Result<()> {
        let text = match (self.form, self.count) {
            (OutputForm::Json, 0) => "[]\n",
            (OutputForm::Json, _) => "\n]\n",
            (OutputForm::Yaml, 0) => "[]\n",
            _ => "",
        };
        self.out.write_all(text.as_bytes()).and_then(|()| self.out.flush()).map_err(closed)
    }
}

/// A failed write to standard output.
pub(super) fn closed(error: io::Error) -> anyhow::Error {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return anyhow!(ClosedPipe);
    }
    anyhow!(error).context("cannot write to standard output")
}
