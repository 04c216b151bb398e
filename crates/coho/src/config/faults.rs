//! All faults of a configuration, each with its key.

use anyhow::anyhow;
use std::fmt;

/// Faults found so far. A check that fails leaves a stand-in, so that the checks after it run as well.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<anyhow::Error>);

impl Faults {
    /// The checked value, or none and one more fault.
    pub(super) fn check<T>(&mut self, checked: anyhow::Result<T>) -> Option<T> {
        checked.map_err(|error| self.0.push(error)).ok()
    }

    /// One more fault unless the condition holds.
    pub(super) fn ensure(&mut self, holds: bool, fault: impl fmt::Display) {
        if !holds {
            self.0.push(anyhow!("{fault}"));
        }
    }

    /// The value if no fault was found.
    pub(super) fn or<T>(self, value: T) -> Result<T, Self> {
        if self.0.is_empty() { Ok(value) } else { Err(self) }
    }

    /// One message for each fault. It begins with the key.
    pub(crate) fn messages(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(|error| format!("{error:#}"))
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.messages().collect::<Vec<_>>().join("\n"))
    }
}

impl std::error::Error for Faults {}
