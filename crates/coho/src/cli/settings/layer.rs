//! What one source says.

use crate::cli::oss::AddressingStyle;
use std::{fmt, path::PathBuf};

/// Where values come from, in the order in which they count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) enum Source {
    /// An option of the command.
    Option,
    /// A profile of the configuration file, by `--profile`, a variable, or as the default.
    Profile {
        name: String,
        file: PathBuf,
    },
    /// The data folder of a store on this machine.
    DataDir(PathBuf),
    /// `OSS_*` variables.
    Variables,
    /// A section of ossutil's file.
    Ossutil {
        section: String,
        file: PathBuf,
    },
    /// The host name of the endpoint.
    EndpointName,
    Default,
}

/// An access key.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::cli) struct KeyPair {
    pub(in crate::cli) id: String,
    pub(in crate::cli) secret: String,
    pub(in crate::cli) token: Option<String>,
}

/// The values of a source; each may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::cli) struct Values {
    pub(in crate::cli) endpoint: Option<String>,
    pub(in crate::cli) region: Option<String>,
    pub(in crate::cli) addressing: Option<AddressingStyle>,
    pub(in crate::cli) key: Option<KeyPair>,
    pub(in crate::cli) data_dir: Option<PathBuf>,
}

/// A source with its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::cli) struct Layer {
    pub(in crate::cli) source: Source,
    pub(in crate::cli) values: Values,
    /// The key is used only with the endpoint of the same layer.
    pub(in crate::cli) is_bound: bool,
}

impl Layer {
    pub(super) fn new(source: Source, values: Values) -> Self {
        Self { source, values, is_bound: false }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option => f.write_str("option"),
            Self::Profile { name, file } => write!(f, "profile {name} of {}", file.display()),
            Self::DataDir(path) => write!(f, "data folder {}", path.display()),
            Self::Variables => f.write_str("OSS_* variables"),
            Self::Ossutil { section, file } => write!(f, "section [{section}] of {}", file.display()),
            Self::EndpointName => f.write_str("host name of the endpoint"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// Without secret and token.
impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPair").field("id", &self.id).finish_non_exhaustive()
    }
}

impl KeyPair {
    /// Takes a key whole; half of one is a mistake.
    pub(super) fn of(
        id: Option<String>,
        secret: Option<String>,
        token: Option<String>,
    ) -> Result<Option<Self>, &'static str> {
        let present = |text: Option<String>| text.filter(|text| !text.is_empty());
        match (present(id), present(secret), present(token)) {
            (Some(id), Some(secret), token) => Ok(Some(Self { id, secret, token })),
            (None, None, None) => Ok(None),
            _ => Err("an access key needs both its id and its secret"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_key_is_a_mistake() {
        let of =
            |id: &str, secret: &str, token: &str| KeyPair::of(Some(id.into()), Some(secret.into()), Some(token.into()));
        assert!(of("i", "s", "").unwrap().is_some_and(|key| key.token.is_none()));
        assert!(of("i", "s", "t").unwrap().is_some_and(|key| key.token.is_some()));
        assert_eq!(of("", "", ""), Ok(None));
        for (id, secret, token) in [("i", "", ""), ("", "s", ""), ("", "", "t")] {
            assert!(of(id, secret, token).is_err());
        }
        let shown = format!("{:?}", of("i", "hunter2", "t0ken").unwrap());
        assert!(shown.contains("\"i\"") && !shown.contains("hunter2") && !shown.contains("t0ken"), "{shown}");
    }
}
