//! What the compiler does not check about the repository: floors, lints, licences, forbidden words, wording, names,
//! commit subjects, sizes.
//! Sizes are listed, not enforced: a long file may have a reason, a growing list should be seen.

#![allow(clippy::unwrap_used, reason = "a test that meets an error has failed, and says where")]
#![allow(clippy::print_stdout, reason = "the listing of long files is for people")]

mod commits;
mod dependencies;
mod dialect;
mod floors;
mod lexer;
mod paths;
mod pictures;
mod prose;
mod sizes;
mod type_names;
mod words;

use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

/// Output of a command that succeeds, run in the workspace.
fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).current_dir(root()).output().unwrap();
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn metadata(arguments: &[&str]) -> serde_json::Value {
    let fixed = ["metadata", "--format-version", "1", "--locked"];
    serde_json::from_str(&output(env!("CARGO"), &[&fixed, arguments].concat())).unwrap()
}

/// Files that git tracks or would track, as paths below the root. A file that is gone is not among them.
fn tracked() -> Vec<String> {
    let listed = output("git", &["ls-files", "-z", "--cached", "--others", "--exclude-standard"]);
    let root = root();
    let is_there = |path: &&str| !path.is_empty() && root.join(path).is_file();
    listed.split('\0').filter(is_there).map(str::to_owned).collect()
}

/// The text of a tracked file, or nothing where it is not text.
fn text(path: &str) -> Option<String> {
    String::from_utf8(std::fs::read(root().join(path)).unwrap()).ok()
}

/// Whether a file is Rust of the product: no test, and not the test kit.
fn is_product(path: &str) -> bool {
    let is_test =
        |name: &str| name == "tests" || name == "tests.rs" || name.ends_with("_tests.rs") || name == "examples";
    let is_source = path.starts_with("crates/") && path.contains("/src/") && path.ends_with(".rs");
    is_source && !path.starts_with("crates/coho-testkit/") && !path.split('/').any(is_test)
}

/// A source file up to its test module.
fn without_inline_tests(text: &str) -> &str {
    text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default()
}
