//! Folders of the user, by the XDG base directory specification.

use std::{env, path::PathBuf};

/// The name of our folder in each of them.
const OWN: &str = "coho";

/// The user's home.
pub(super) fn home() -> Option<PathBuf> {
    env::var_os("HOME").map(PathBuf::from).filter(|path| path.is_absolute())
}

/// `~/.config/coho/config.toml`.
pub(in crate::cli) fn config_file() -> Option<PathBuf> {
    base("XDG_CONFIG_HOME", ".config").map(|base| base.join(OWN).join("config.toml"))
}

/// `~/.cache/coho`.
pub(in crate::cli) fn cache_dir() -> Option<PathBuf> {
    base("XDG_CACHE_HOME", ".cache").map(|base| base.join(OWN))
}

/// The specification has relative paths ignored.
fn base(variable: &str, below_home: &str) -> Option<PathBuf> {
    let named = env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    named.or_else(|| home().map(|home| home.join(below_home)))
}
