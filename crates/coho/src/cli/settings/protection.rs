//! Files with secrets: bounded, and a warning if other users can read them.

use anyhow::{Context, bail};
use std::{fs::File, io::Read, os::unix::fs::PermissionsExt, path::Path};

/// Largest file that is read, in bytes.
const MAX_FILE_BYTES: u64 = 1 << 20;
/// Mode bits with which the group or other users read a file.
const OTHERS_READ: u32 = 0o044;

/// Reads a file; none if it does not exist.
pub(super) fn read(path: &Path) -> anyhow::Result<Option<String>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", path.display())),
    };
    let mut text = String::new();
    let read = file.take(MAX_FILE_BYTES + 1).read_to_string(&mut text);
    let read = read.with_context(|| format!("cannot read {}", path.display()))?;
    if read as u64 > MAX_FILE_BYTES {
        bail!("{} has more than {MAX_FILE_BYTES} bytes", path.display());
    }
    Ok(Some(text))
}

/// Not a refusal: secrets that a container runtime mounts often have such a mode.
#[expect(clippy::print_stderr, reason = "this is what the user reads")]
pub(super) fn warn_if_others_can_read(path: &Path) {
    let mode = std::fs::metadata(path).map_or(0, |metadata| metadata.permissions().mode());
    if mode & OTHERS_READ != 0 {
        let (file, mode) = (path.display(), mode & 0o777);
        eprintln!("coho: warning: other users can read the secrets in {file} (mode {mode:o}); chmod 600 protects them");
    }
}
