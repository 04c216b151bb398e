//! Keys as paths below a folder. A key is text of another person: what would leave the folder is refused.

use anyhow::bail;

/// The parts of a path below the target folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeyPath {
    /// Folders, the outermost first.
    pub(super) folders: Vec<String>,
    /// The file; none for a key that ends with a slash.
    pub(super) file: Option<String>,
}

impl KeyPath {
    /// Takes a key apart. Refused are empty parts, `.` and `..`, and the character that no file name can have.
    pub(super) fn parse(key: &str) -> anyhow::Result<Self> {
        let mut parts: Vec<&str> = key.split('/').collect();
        let file = parts.pop().filter(|file| !file.is_empty());
        for part in parts.iter().copied().chain(file) {
            if matches!(part, "" | "." | "..") || part.contains('\0') {
                bail!("the key cannot be a path below the folder: its part {part:?} is none");
            }
        }
        if parts.is_empty() && file.is_none() {
            bail!("the key has no name");
        }
        Ok(Self { folders: parts.into_iter().map(str::to_owned).collect(), file: file.map(str::to_owned) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_never_leaves_the_folder() {
        for key in [
            "",
            "/",
            "/etc/passwd",
            "..",
            "../x",
            "a/../x",
            "a/..",
            "./a",
            "a//b",
            "a\0b",
            "a/./b",
            "../",
            ".",
            "a/../",
        ] {
            assert!(KeyPath::parse(key).is_err(), "{key:?}");
        }
    }

    #[test]
    fn other_keys_are_paths() {
        let check = |key: &str, folders: &[&str], file: Option<&str>| {
            let path = KeyPath::parse(key).unwrap();
            assert_eq!(
                (path.folders, path.file.as_deref()),
                (folders.iter().map(|part| (*part).to_owned()).collect(), file),
                "{key}"
            );
        };
        check("a", &[], Some("a"));
        check("a/b c/ü", &["a", "b c"], Some("ü"));
        check("x/", &["x"], None);
        check("...", &[], Some("..."));
        check("a\\..\\b", &[], Some("a\\..\\b"));
        check("-rf", &[], Some("-rf"));
    }
}
