//! The browser that looks at the console: chromium as the distribution ships it.

use std::path::Path;

use anyhow::Result;

use super::apt_install;
use crate::step::Outcome;

/// Where Debian puts it; `COHO_E2E_CHROMIUM` names another.
const CHROMIUM: &str = "/usr/bin/chromium";

/// A font with Chinese characters: without one a screenshot shows boxes.
const FONT: &str = "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc";

pub(super) fn set_up() -> Result<Outcome> {
    let is_here = std::env::var_os("COHO_E2E_CHROMIUM").is_some() || Path::new(CHROMIUM).is_file();
    let browser = if is_here { Outcome::Passed } else { apt_install("chromium")? };
    if browser == Outcome::Passed && !Path::new(FONT).is_file() {
        // No test needs it.
        if let Outcome::Skipped(reason) = apt_install("fonts-wqy-microhei")? {
            println!("screenshots will lack Chinese characters: {reason}");
        }
    }
    Ok(browser)
}
