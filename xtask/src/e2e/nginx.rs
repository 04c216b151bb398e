//! The origin of the mirror tests: nginx as the distribution ships it.

use std::path::Path;

use anyhow::Result;

use super::apt_install;
use crate::step::{Outcome, exists};

/// Debian keeps it outside an ordinary user's path.
const SBIN: &str = "/usr/sbin/nginx";

pub(super) fn set_up() -> Result<Outcome> {
    if exists("nginx", "-v") || Path::new(SBIN).is_file() { Ok(Outcome::Passed) } else { apt_install("nginx") }
}
