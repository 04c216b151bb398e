//! Words that must not be in the repository: promises without an issue, hosts of package registries, and paths of a
//! developer's machine. The words are put together here so that this file does not contain them.

use crate::{text, tracked};

/// Files that a package manager writes.
const GENERATED: [&str; 3] = ["Cargo.lock", "package-lock.json", "go.sum"];

const PROMISES: [&str; 2] = [concat!("TO", "DO"), concat!("FIX", "ME")];

const REGISTRY_HOSTS: [&str; 10] = [
    concat!("registry.", "npmjs.org"),
    concat!("registry.", "npmmirror.com"),
    concat!("registry.", "yarnpkg.com"),
    concat!("pypi", ".org"),
    concat!("files.", "pythonhosted.org"),
    concat!("proxy.", "golang.org"),
    concat!("sum.", "golang.org"),
    concat!("index.", "crates.io"),
    concat!("static.", "crates.io"),
    concat!("rsproxy", ".cn"),
];

const MACHINE_PATHS: [&str; 3] = [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/ho", "me/")];

fn is_generated(path: &str) -> bool {
    GENERATED.iter().any(|name| path.rsplit('/').next() == Some(*name))
}

/// A promise without a name of an issue in parentheses.
fn has_loose_promise(line: &str) -> bool {
    PROMISES.iter().any(|word| {
        line.match_indices(word).any(|(at, _)| {
            let after = &line[at + word.len()..];
            let is_word = !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_')
                && !after.starts_with(|c: char| c.is_alphanumeric() || c == '_');
            let named = after.strip_prefix('(').and_then(|rest| rest.split_once(')'));
            is_word && named.is_none_or(|(issue, _)| issue.trim().is_empty())
        })
    })
}

/// A path of this kind at the beginning of a path, so that `/a/work/b` of a URL is none.
fn has_machine_path(line: &str) -> bool {
    MACHINE_PATHS.iter().any(|path| {
        line.match_indices(path)
            .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || "-_.~%}".contains(c)))
    })
}

fn check(what: &str, is_wrong: impl Fn(&str) -> bool) {
    let mut wrong = Vec::new();
    for path in tracked().iter().filter(|path| !is_generated(path)) {
        let Some(text) = text(path) else { continue };
        let lines = text.lines().enumerate().filter(|(_, line)| is_wrong(line));
        wrong.extend(lines.map(|(index, line)| format!("{path}:{}: {}", index + 1, line.trim())));
    }
    assert!(wrong.is_empty(), "{what}:\n{}", wrong.join("\n"));
}

#[test]
fn promises_name_an_issue() {
    check("without the name of an issue", has_loose_promise);
}

#[test]
fn no_registry_is_named() {
    check("names the host of a package registry", |line| REGISTRY_HOSTS.iter().any(|host| line.contains(host)));
}

#[test]
fn no_path_of_a_machine_is_named() {
    check("names a path of a machine", has_machine_path);
}

#[test]
fn the_checks_see_what_they_should() {
    let promise = PROMISES[0];
    for (line, wrong) in [
        (format!("// {promise}: later"), true),
        (format!("// {promise}() later"), true),
        (format!("// {promise}(issue 7): later"), false),
        (format!("X{promise}S"), false),
        ("nothing".to_owned(), false),
    ] {
        assert_eq!(has_loose_promise(&line), wrong, "{line}");
    }
    let path = MACHINE_PATHS[0];
    assert!(has_machine_path(&format!("see {path}x")) && has_machine_path(&format!("\"{path}x\"")));
    assert!(!has_machine_path(&format!("http://host{path}x")));
}
