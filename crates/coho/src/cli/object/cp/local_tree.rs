//! The files below a folder. Symbolic links are not followed: they can lead anywhere, also in circles.

use anyhow::{Context, anyhow};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// Deepest nesting of folders that is read.
const MAX_DEPTH: usize = 256;

/// Something that was found.
pub(super) enum TreeEntry {
    /// A file, and its name below the folder, with slashes.
    File {
        path: PathBuf,
        name: String,
    },
    /// What is neither file nor folder.
    LeftOut {
        path: PathBuf,
        why: &'static str,
    },
    Failed {
        path: PathBuf,
        error: anyhow::Error,
    },
}

/// Visits every file, in the order of names within each folder, until `visit` returns false. The memory is that of the folders
/// on the way.
pub(super) fn walk(folder: &Path, visit: &mut dyn FnMut(TreeEntry) -> bool) -> anyhow::Result<()> {
    if !fs::metadata(folder).with_context(|| format!("cannot read {}", folder.display()))?.is_dir() {
        return Err(anyhow!("{} is not a folder; leave out -r to copy a file", folder.display()));
    }
    let entries = sorted(folder)?;
    let mut open = vec![(entries.into_iter(), String::new())];
    while let Some((entries, prefix)) = open.last_mut() {
        let Some(path) = entries.next() else {
            open.pop();
            continue;
        };
        let prefix = prefix.clone();
        let depth = open.len();
        let goes_on = match named(&path, &prefix, depth) {
            TreeFound::Folder(name) => match sorted(&path) {
                Ok(entries) => {
                    open.push((entries.into_iter(), name));
                    true
                }
                Err(error) => visit(TreeEntry::Failed { path, error }),
            },
            TreeFound::File(name) => visit(TreeEntry::File { path, name }),
            TreeFound::LeftOut(why) => visit(TreeEntry::LeftOut { path, why }),
            TreeFound::Failed(error) => visit(TreeEntry::Failed { path, error }),
        };
        if !goes_on {
            return Ok(());
        }
    }
    Ok(())
}

enum TreeFound {
    /// With a slash at its end.
    Folder(String),
    File(String),
    LeftOut(&'static str),
    Failed(anyhow::Error),
}

fn named(path: &Path, prefix: &str, depth: usize) -> TreeFound {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
        return TreeFound::Failed(anyhow!("the name is not UTF-8, which keys are"));
    };
    match fs::symlink_metadata(path) {
        Err(error) => TreeFound::Failed(anyhow!(error).context("cannot be read")),
        Ok(metadata) if metadata.is_dir() && depth >= MAX_DEPTH => {
            TreeFound::Failed(anyhow!("it is nested deeper than {MAX_DEPTH} folders"))
        }
        Ok(metadata) if metadata.is_dir() => TreeFound::Folder(format!("{prefix}{name}/")),
        Ok(metadata) if metadata.is_file() => TreeFound::File(format!("{prefix}{name}")),
        Ok(metadata) if metadata.is_symlink() => TreeFound::LeftOut("a symbolic link"),
        Ok(_) => TreeFound::LeftOut("not a regular file"),
    }
}

fn sorted(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let read = || fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>();
    let mut entries = read().with_context(|| format!("cannot read {}", folder.display()))?;
    entries.sort_unstable();
    Ok(entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn links_are_left_out_and_names_have_slashes() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        fs::create_dir_all(at("b/c")).unwrap();
        for name in ["a", "b/c/d", "z"] {
            fs::write(at(name), "x").unwrap();
        }
        symlink(at("a"), at("link")).unwrap();
        symlink(dir.path(), at("b/circle")).unwrap();
        let mut seen = Vec::new();
        walk(dir.path(), &mut |entry| {
            seen.push(match entry {
                TreeEntry::File { name, .. } => name,
                TreeEntry::LeftOut { why, .. } => why.to_owned(),
                TreeEntry::Failed { error, .. } => error.to_string(),
            });
            true
        })
        .unwrap();
        assert_eq!(seen, ["a", "b/c/d", "a symbolic link", "a symbolic link", "z"]);
        assert!(walk(&at("a"), &mut |_| true).is_err());
        assert!(walk(&at("missing"), &mut |_| true).is_err());
    }
}
