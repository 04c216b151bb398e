//! Licences and sources of everything that is linked on this machine, against the list in `deny.toml`. cargo-deny
//! looks closer and at all platforms; this runs wherever the tests run.

use std::fs;

use crate::{metadata, output, root};

/// One TLS stack, and no C library that brings another.
const BANNED: [&str; 2] = ["openssl-sys", "native-tls"];

fn allowed_licences() -> Vec<String> {
    let text = fs::read_to_string(root().join("deny.toml")).unwrap();
    let (_, list) = text.split_once("\nallow = [").unwrap();
    let (list, _) = list.split_once(']').unwrap();
    list.split('"').skip(1).step_by(2).map(str::to_owned).collect()
}

/// Evaluates an SPDX expression: AND binds tighter than OR, `/` is the old way to write OR.
fn satisfies(expression: &str, allowed: &[String]) -> bool {
    let tokens: Vec<String> = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ")
        .replace(" WITH ", "_WITH_")
        .split_whitespace()
        .map(str::to_owned)
        .collect();
    let mut at = 0;
    any_of(&tokens, &mut at, allowed)
}

fn any_of(tokens: &[String], at: &mut usize, allowed: &[String]) -> bool {
    let mut result = all_of(tokens, at, allowed);
    while tokens.get(*at).is_some_and(|token| token == "OR") {
        *at += 1;
        result |= all_of(tokens, at, allowed);
    }
    result
}

fn all_of(tokens: &[String], at: &mut usize, allowed: &[String]) -> bool {
    let mut result = one(tokens, at, allowed);
    while tokens.get(*at).is_some_and(|token| token == "AND") {
        *at += 1;
        result &= one(tokens, at, allowed);
    }
    result
}

fn one(tokens: &[String], at: &mut usize, allowed: &[String]) -> bool {
    let Some(token) = tokens.get(*at) else { return false };
    *at += 1;
    if token != "(" {
        return allowed.contains(&token.replace("_WITH_", " WITH "));
    }
    let result = any_of(tokens, at, allowed);
    *at += 1;
    result
}

#[test]
fn expressions_are_evaluated_as_spdx_says() {
    let allowed = ["MIT".to_owned(), "Apache-2.0".to_owned(), "Apache-2.0 WITH LLVM-exception".to_owned()];
    for (expression, expected) in [
        ("MIT", true),
        ("GPL-3.0", false),
        ("GPL-3.0 OR MIT", true),
        ("MIT AND GPL-3.0", false),
        ("MIT/Apache-2.0", true),
        ("(MIT OR GPL-3.0) AND Apache-2.0", true),
        ("MIT AND (GPL-3.0 OR LGPL-3.0)", false),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("GPL-3.0 AND MIT OR Apache-2.0", true),
        ("", false),
    ] {
        assert_eq!(satisfies(expression, &allowed), expected, "{expression}");
    }
}

#[test]
fn dependencies_have_allowed_licences_and_come_from_the_registry() {
    let rustc = output("rustc", &["-vV"]);
    let host = rustc.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let metadata = metadata(&["--filter-platform", host]);
    let resolved: Vec<&str> =
        metadata["resolve"]["nodes"].as_array().unwrap().iter().map(|node| node["id"].as_str().unwrap()).collect();
    let allowed = allowed_licences();
    let mut wrong = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        let name = package["name"].as_str().unwrap();
        if !resolved.contains(&package["id"].as_str().unwrap()) {
            continue;
        }
        let licence = package["license"].as_str().unwrap_or_default();
        if !satisfies(licence, &allowed) {
            wrong.push(format!("{name}: licence {licence:?} is not allowed"));
        }
        if package["source"].as_str().is_some_and(|source| !source.starts_with("registry+")) {
            wrong.push(format!("{name}: comes from {}", package["source"]));
        }
        if BANNED.contains(&name) {
            wrong.push(format!("{name}: is banned"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
