//! Every file that ARCHITECTURE.md names exists: with its folder below `crates/`, or by name in the crate that its row
//! has named last.

use crate::{text, tracked};

/// Whether a name between backticks is one of a Rust file or of a source folder.
fn is_path(name: &str) -> bool {
    name.ends_with(".rs") || name.contains("/src/")
}

/// `a/{b,c}` as `a/b` and `a/c`; everything else as it is.
fn expand(path: &str) -> Vec<String> {
    let braces = path.split_once('{').and_then(|(head, rest)| Some((head, rest.split_once('}')?)));
    match braces {
        Some((head, (names, tail))) => names.split(',').map(|name| format!("{head}{name}{tail}")).collect(),
        None => vec![path.to_owned()],
    }
}

/// Whether one of the files is `path`, lies below it, or matches its single `*`.
fn exists(path: &str, files: &[String]) -> bool {
    let path = format!("crates/{}", path.trim_end_matches('/'));
    let (head, tail) = path.split_once('*').unwrap_or((&path, ""));
    files.iter().any(|file| {
        file.strip_prefix(head).is_some_and(|rest| match path.contains('*') {
            true => rest.ends_with(tail),
            false => rest.is_empty() || rest.starts_with('/'),
        })
    })
}

/// Paths of a document that no file has.
fn missing(document: &str, files: &[String]) -> Vec<String> {
    let mut missing = Vec::new();
    for line in document.lines() {
        let mut source = String::new();
        for name in line.split('`').skip(1).step_by(2).filter(|name| is_path(name)) {
            let is_found = if let Some((owner, _)) = name.split_once("/src/") {
                source = format!("crates/{owner}/src/");
                expand(name).iter().all(|path| exists(path, files))
            } else {
                let ending = format!("/{name}");
                files.iter().any(|file| file.starts_with(&source) && file.ends_with(&ending))
            };
            if !is_found {
                missing.push(format!("{name} in: {line}"));
            }
        }
    }
    missing
}

#[test]
fn every_path_of_the_architecture_exists() {
    let missing = missing(&text("ARCHITECTURE.md").unwrap(), &tracked());
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn paths_are_found_as_documents_write_them() {
    let files = ["crates/a/src/x.rs", "crates/a/src/y/z.rs", "crates/b/src/w.rs"].map(str::to_owned);
    for (line, is_missing) in [
        ("`a/src/x.rs`, then `z.rs` beside it", false),
        ("`a/src/{x.rs,y}`", false),
        ("`a/src/y/`", false),
        ("`a/src/y/*.rs`", false),
        ("`w.rs`", false),
        ("`a/src/x.rs`, then `w.rs`", true),
        ("`a/src/{x.rs,v}`", true),
        ("`a/src/v.rs`", true),
        ("`coho.example.toml` and `no/path`", false),
    ] {
        assert_eq!(!missing(line, &files).is_empty(), is_missing, "{line}");
    }
}
