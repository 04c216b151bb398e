//! Every fault of a configuration file, by line and column.

use super::{
    Config, RawConfig,
    place::{place, place_of, place_of_key},
};
use crate::credentials;
use anyhow::Context;
use std::{fmt, path::Path};

/// A fault of a file.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FileFault {
    /// Line and column from 1; none for a value that the file does not set.
    pub(crate) place: Option<(usize, usize)>,
    pub(crate) message: String,
}

/// All faults of a file. One that is not TOML has only the first.
pub(crate) fn check_file(path: &Path) -> anyhow::Result<Vec<FileFault>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(check_text(&text))
}

fn check_text(text: &str) -> Vec<FileFault> {
    let (raw, key_faults) = match RawConfig::read_leniently(text) {
        Ok(read) => read,
        Err(error) => {
            let place = error.span().and_then(|span| place(text, span.start));
            return vec![FileFault { place, message: error.message().trim_end().to_owned() }];
        }
    };
    let mut faults: Vec<_> = key_faults
        .into_iter()
        .map(|fault| {
            let place = if fault.is_unknown { place_of_key(text, &fault.key) } else { place_of(text, &fault.key) };
            FileFault { place, message: format!("{}: {}", fault.key, fault.message) }
        })
        .collect();
    let credentials = raw.credentials_file.as_deref().map(credentials::check);
    let credentials = credentials.and_then(|checked| checked.context("credentials_file").err());
    let resolved = Config::resolve(raw).err();
    let messages = resolved.iter().flat_map(|faults| faults.messages());
    for message in messages.chain(credentials.map(|error| format!("{error:#}"))) {
        // It begins with the key.
        let key = message.split(':').next().unwrap_or_default();
        faults.push(FileFault { place: place_of(text, key), message });
    }
    faults.sort_by_key(|fault| fault.place);
    faults
}

impl fmt::Display for FileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.place {
            Some((line, column)) => write!(f, "line {line}, column {column}: {}", self.message),
            None => f.write_str(&self.message),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_found_with_its_place() {
        let text = "region = 'oss-cn-hangzhou'\nlog = 7\nno_such_key = 1\n\n[origin]\nidle_timeout_ms = 0\nx = 1\n\n\
                    [limits]\nmax_connections = 0\n";
        let faults = check_text(text);
        let found: Vec<_> =
            faults.iter().map(|fault| (fault.place, fault.message.split(':').next().unwrap())).collect();
        assert_eq!(
            found,
            [
                (Some((1, 10)), "region"),
                (Some((2, 7)), "log"),
                (Some((3, 1)), "no_such_key"),
                (Some((6, 19)), "origin.idle_timeout_ms"),
                (Some((7, 1)), "origin.x"),
                (Some((10, 19)), "limits.max_connections"),
            ]
        );
        assert_eq!(check_text("region = 'cn-beijing'\n"), []);
        assert_eq!(check_text("region = 'x\n").len(), 1, "what is not TOML has one fault");
    }
}
