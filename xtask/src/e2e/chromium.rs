//! The browser that looks at the console: chromium as the distribution ships it.

use std::path::Path;

use anyhow::Result;

use super::apt_install;
use crate::step::Outcome;

/// Where Debian puts it; `COHO_E2E_CHROMIUM` names another.
const CHROMIUM: &str = "/usr/bin/chromium";

pub(super) fn set_up() -> Result<Outcome> {
    let is_here = std::env::var_os("COHO_E2E_CHROMIUM").is_some() || Path::new(CHROMIUM).is_file();
    if is_here { Ok(Outcome::Passed) } else { apt_install("chromium") }
}
