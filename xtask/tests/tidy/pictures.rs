//! The pictures of the documents: each one that a document names exists, each that exists is named, and all are small.

use std::collections::BTreeSet;
use std::path::{Component, Path};

use crate::{root, text, tracked};

const FOLDER: &str = "docs/images/";
const PICTURE_BYTES: u64 = 120 * 1024;
const ALL_BYTES: u64 = 1024 * 1024;

/// What `![text](path)` names in the document at `path`, from the root of the repository on.
fn pictures_of(path: &str, document: &str) -> Vec<String> {
    let folder = Path::new(path).parent().unwrap_or(Path::new(""));
    let targets = document.split("![").skip(1).filter_map(|rest| Some(rest.split_once("](")?.1.split_once(')')?.0));
    targets.map(|target| joined(folder, target)).collect()
}

/// `target` from `folder` on, without `..`.
fn joined(folder: &Path, target: &str) -> String {
    let mut names = Vec::new();
    for component in folder.join(target).components() {
        match component {
            Component::ParentDir => drop(names.pop()),
            name => names.push(name.as_os_str().to_string_lossy().into_owned()),
        }
    }
    names.join("/")
}

#[test]
fn documents_name_every_picture_and_no_other() {
    let files = tracked();
    let documents = files.iter().filter(|path| path.ends_with(".md"));
    let named: BTreeSet<String> = documents.flat_map(|path| pictures_of(path, &text(path).unwrap())).collect();
    let there: BTreeSet<String> = files.iter().filter(|path| path.starts_with(FOLDER)).cloned().collect();
    assert_eq!(named, there, "left: named, right: there");
}

#[test]
fn pictures_are_small() {
    let mut all = 0;
    for path in tracked().iter().filter(|path| path.starts_with(FOLDER)) {
        let bytes = std::fs::metadata(root().join(path)).unwrap().len();
        assert!(
            bytes <= PICTURE_BYTES,
            "{path} has {bytes} bytes; npm run docs-shots uses pngquant if it is installed"
        );
        all += bytes;
    }
    assert!(all <= ALL_BYTES, "all pictures together have {all} bytes");
}

#[test]
fn pictures_are_found_as_documents_name_them() {
    for (path, line, expected) in [
        ("README.md", "![The console](docs/images/a.png)", &["docs/images/a.png"][..]),
        ("docs/console.md", "![a](images/a.png) and ![b](images/b.png)", &["docs/images/a.png", "docs/images/b.png"]),
        ("docs/adr/0001.md", "![a](../images/a.png)", &["docs/images/a.png"]),
        ("docs/console.md", "[a](images/a.png)", &[]),
    ] {
        assert_eq!(pictures_of(path, line), expected, "{path}: {line}");
    }
}
